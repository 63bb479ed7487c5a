/** Machine code in a form that a reader can follow: for the few lines that need no compiler. */
import { toBeHex } from 'ethers';

const OPS = {
  ADD: '01',
  MUL: '02',
  SUB: '03',
  LT: '10',
  EQ: '14',
  AND: '16',
  SHL: '1b',
  SHR: '1c',
  CALLDATALOAD: '35',
  CALLDATASIZE: '36',
  CALLDATACOPY: '37',
  RETURNDATASIZE: '3d',
  RETURNDATACOPY: '3e',
  POP: '50',
  MLOAD: '51',
  MSTORE: '52',
  JUMP: '56',
  JUMPI: '57',
  GAS: '5a',
  JUMPDEST: '5b',
  DUP1: '80',
  DUP2: '81',
  DUP3: '82',
  DUP4: '83',
  DUP5: '84',
  SWAP1: '90',
  SWAP3: '92',
  RETURN: 'f3',
  STATICCALL: 'fa',
  REVERT: 'fd',
} as const;

/** Bytes of a program: capitals are opcodes, 0x… is pushed, :name is a place, @name pushes it, the rest is comment. */
export function assemble(source: string): string {
  const places = new Map<string, number>();
  const parts: (() => string)[] = [];
  let at = 0;
  const put = (bytes: number, hex: () => string): void => {
    parts.push(hex);
    at += bytes;
  };
  for (const word of source.split(/\s+/)) {
    const [mark, name] = [word.slice(0, 1), word.slice(1)];
    if (mark === ':') {
      places.set(name, at);
      put(1, () => OPS.JUMPDEST);
    } else if (mark === '@') {
      put(2, () => `60${toBeHex(places.get(name) ?? 0, 1).slice(2)}`);
    } else if (word.startsWith('0x')) {
      const bytes = (word.length - 2) / 2;
      put(1 + bytes, () => `${(0x5f + bytes).toString(16)}${word.slice(2)}`);
    } else if (word in OPS) put(1, () => OPS[word as keyof typeof OPS]);
  }
  return `0x${parts.map((part) => part()).join('')}`;
}
