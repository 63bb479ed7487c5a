/** Many views in one call: code without a source file, laid over an empty address for the time of the call. */
import type { Interface, ParamType } from 'ethers';
import { assemble } from './assembler.js';
import type { Evm } from './evm.js';

/** Where nothing lies. */
const AT = '0x0000000000000000000000000000000000001e45';

const GAS = `0x${(90_000_000).toString(16)}`;
/** Answers are collected from here on; arguments lie below. */
const OUT = '2000';

/**
 * Input: per call 20 bytes of address, 2 of length, the call's data. Output: all answers after one another; the first
 * call that fails fails the whole. The stack is shown behind each line, its top last.
 */
const SOURCE = `
  0x00 0x${OUT}                                       in out
  :next CALLDATASIZE DUP3 LT @body JUMPI              in out
  0x${OUT} SWAP1 SUB 0x${OUT} RETURN
  :body DUP2 CALLDATALOAD                             in out word
  DUP1 0x60 SHR SWAP1 0x50 SHR 0xffff AND             in out address length
  DUP1 DUP5 0x16 ADD 0x00 CALLDATACOPY                in out address length
  SWAP3 DUP4 ADD 0x16 ADD SWAP3                       in out address length
  0x00 SWAP1 0x00 SWAP1 0x00 DUP5 GAS STATICCALL      in out address ok
  @good JUMPI                                         in out address
  RETURNDATASIZE 0x00 0x00 RETURNDATACOPY RETURNDATASIZE 0x00 REVERT
  :good POP RETURNDATASIZE 0x00 DUP3 RETURNDATACOPY   in out
  RETURNDATASIZE ADD @next JUMP
`;

const CODE = assemble(SOURCE);

/** One view, and who takes its words. */
interface Read {
  readonly to: string;
  readonly data: string;
  readonly words: number;
  readonly take: (words: readonly bigint[]) => void;
}

/** Words of a static type. */
function sizeOf(type: ParamType): number {
  if (type.arrayChildren !== null) {
    if (type.arrayLength === null || type.arrayLength < 0) throw new Error('The lens reads static types only.');
    return type.arrayLength * sizeOf(type.arrayChildren);
  }
  if (type.components !== null) return type.components.reduce((sum, part) => sum + sizeOf(part), 0);
  return 1;
}

/** Collects views, reads them in one call. */
export class Lens {
  private readonly known = new Map<string, { readonly data: string; readonly words: number }>();
  private reads: Read[] = [];

  constructor(private readonly evm: Evm) {}

  /** Adds a view of static types. `take` gets its words. */
  view(
    contract: { readonly target: unknown; readonly interface: Interface },
    name: string,
    args: readonly unknown[],
    take: Read['take'],
  ): void {
    const to = String(contract.target);
    const key = `${to} ${name} ${JSON.stringify(args)}`;
    let call = this.known.get(key);
    if (call === undefined) {
      const fragment = contract.interface.getFunction(name);
      if (fragment === null) throw new Error(`There is no view ${name}.`);
      const words = fragment.outputs.reduce((sum, output) => sum + sizeOf(output), 0);
      call = { data: contract.interface.encodeFunctionData(fragment, args).slice(2), words };
      this.known.set(key, call);
    }
    this.reads.push({ to: to.slice(2), ...call, take });
  }

  /** Reads everything that was added since the last time. */
  async read(): Promise<void> {
    const { reads } = this;
    this.reads = [];
    const input = reads.map(({ to, data }) => to + (data.length / 2).toString(16).padStart(4, '0') + data).join('');
    const call = { to: AT, data: `0x${input}`, gas: GAS };
    const output = String(await this.evm.rpc('eth_call', call, 'latest', { [AT]: { code: CODE } }));
    let at = 2;
    for (const { words, take } of reads) {
      take(
        Array.from({ length: words }, (_, word) => BigInt(`0x${output.slice(at + word * 64, at + word * 64 + 64)}`)),
      );
      at += words * 64;
    }
    if (at !== output.length) throw new Error('A view answered another number of words than it declares.');
  }

  /** The next life has other contracts. */
  forget(): void {
    this.known.clear();
  }
}
