/** Calls and answers made of 32-byte words: all that this workflow needs of the ABI. */
import {
  addressWord,
  bytesOf,
  concat,
  fixedBytes,
  hexOf,
  keccakHex,
  toUint,
  uintWord,
} from '@milepost/protocol/evm-words';
import type { Hex } from '@milepost/protocol/canonical';

/** Topic of an event, or the hash whose first four bytes select a function. */
export function signatureHash(signature: string): Hex {
  return keccakHex(signature);
}

/** Call data of a function with static arguments: addresses (20 bytes), 32-byte words, integers. */
export function callData(signature: string, args: readonly (Hex | bigint | number)[]): Hex {
  const words = args.map((arg) => {
    if (typeof arg !== 'string') return uintWord(arg);
    return arg.length === 42 ? addressWord(arg) : fixedBytes(arg, 32);
  });
  return hexOf(concat(bytesOf(signatureHash(signature)).slice(0, 4), ...words));
}

/** An answer, read word by word. */
export class Words {
  constructor(private readonly bytes: Uint8Array) {}

  bytes32(index: number): Hex {
    const word = this.bytes.slice(index * 32, index * 32 + 32);
    if (word.length !== 32)
      throw new Error(`an answer of ${String(this.bytes.length)} bytes has no word ${String(index)}`);
    return hexOf(word);
  }

  uint(index: number): bigint {
    return toUint(bytesOf(this.bytes32(index)));
  }

  /** A uint8 or another small number. */
  small(index: number): number {
    return Number(this.uint(index));
  }

  address(index: number): Hex {
    return `0x${this.bytes32(index).slice(26)}`;
  }
}
