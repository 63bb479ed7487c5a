import { AbiCoder, Interface, type InterfaceAbi, type ParamType, type Result } from 'ethers';
import type { ChainValue, ContractKind } from './chain-log.js';

export interface DecodedEvent {
  readonly event: string;
  readonly args: ReadonlyMap<string, ChainValue>;
}

/** A revert in the contract's own words. */
export interface DecodedError {
  readonly name: string;
  readonly args: ReadonlyMap<string, ChainValue>;
}

/** Events that contracts of all kinds emit; they carry nothing that a projection needs. */
const genericEvents = new Set([
  'Transfer',
  'Approval',
  'OwnershipTransferred',
  'OwnershipTransferStarted',
  'EIP712DomainChanged',
  'Initialized',
]);

const plain = (type: ParamType, value: unknown): ChainValue => {
  if (type.isArray() || type.isTuple()) {
    const items = [...(value as Iterable<unknown>)];
    return items.map((item, i) => {
      const child = type.isArray() ? type.arrayChildren : type.components?.[i];
      if (!child) throw new TypeError(`no type for element ${i} of ${type.format()}`);
      return plain(child, item);
    });
  }
  if (typeof value === 'bigint' || typeof value === 'boolean') return value;
  if (typeof value === 'string') return type.baseType.startsWith('bytes') ? value.toLowerCase() : value;
  throw new TypeError(`unexpected ${typeof value} for ${type.format()}`);
};

const named = (inputs: readonly ParamType[], values: Result): Map<string, ChainValue> =>
  new Map(inputs.map((input, i) => [input.name || String(i), plain(input, values[i])]));

/** Turns the bytes of the chain into names and values, and calls into bytes, by the contracts' own ABIs. */
export class ChainCodec {
  private readonly interfaces: ReadonlyMap<ContractKind, Interface>;
  private readonly errorsBySelector = new Map<string, { name: string; inputs: readonly ParamType[] }>();

  /** `others`: contracts whose errors may come up in a call of ours, e.g. the token's. */
  constructor(abis: Readonly<Record<ContractKind, InterfaceAbi>>, others: readonly InterfaceAbi[] = []) {
    this.interfaces = new Map(
      (Object.entries(abis) as [ContractKind, InterfaceAbi][]).map(([kind, abi]) => [kind, new Interface(abi)]),
    );
    for (const known of [...others.map((abi) => new Interface(abi)), ...this.interfaces.values()])
      known.forEachError((error) => {
        this.errorsBySelector.set(error.selector, { name: error.name, inputs: error.inputs });
      });
  }

  interfaceOf(contract: ContractKind): Interface {
    const found = this.interfaces.get(contract);
    if (!found) throw new Error(`no ABI for ${contract}`);
    return found;
  }

  /** First topics of every event of ours. Generic ones are left out: the whole chain would answer. */
  topics(): string[] {
    const topics = new Set<string>();
    for (const known of this.interfaces.values())
      known.forEachEvent((event) => {
        if (!genericEvents.has(event.name)) topics.add(event.topicHash);
      });
    return [...topics];
  }

  /** Throws if somebody waits for an event that the contract does not have: the ABI and the code do not fit. */
  check(wanted: ReadonlyMap<ContractKind, ReadonlySet<string>>): void {
    for (const [contract, names] of wanted)
      for (const name of names)
        if (genericEvents.has(name) || !this.interfaceOf(contract).getEvent(name))
          throw new Error(`${contract} has no event ${name} that the indexer keeps`);
  }

  /** Null if this contract has no such event. */
  event(contract: ContractKind, topics: readonly string[], data: string): DecodedEvent | null {
    const first = topics[0];
    const known = first === undefined ? null : this.interfaceOf(contract).getEvent(first);
    if (!known) return null;
    const values = this.interfaceOf(contract).decodeEventLog(known, data, [...topics]);
    return { event: known.name, args: named(known.inputs, values) };
  }

  call(contract: ContractKind, method: string, args: readonly unknown[]): string {
    return this.interfaceOf(contract).encodeFunctionData(method, [...args]);
  }

  answer(contract: ContractKind, method: string, data: string): readonly ChainValue[] {
    const fragment = this.interfaceOf(contract).getFunction(method);
    if (!fragment) throw new Error(`${contract} has no function ${method}`);
    const values = this.interfaceOf(contract).decodeFunctionResult(fragment, data);
    return fragment.outputs.map((output, i) => plain(output, values[i]));
  }

  /** Null for revert data that no contract of ours writes (or none at all). */
  error(data: string | null): DecodedError | null {
    if (!data || data.length < 10) return null;
    const selector = data.slice(0, 10).toLowerCase();
    if (selector === '0x08c379a0')
      return {
        name: 'Error',
        args: new Map([['reason', String(AbiCoder.defaultAbiCoder().decode(['string'], `0x${data.slice(10)}`)[0])]]),
      };
    const known = this.errorsBySelector.get(selector);
    if (!known) return null;
    try {
      return {
        name: known.name,
        args: named(known.inputs, AbiCoder.defaultAbiCoder().decode([...known.inputs], `0x${data.slice(10)}`)),
      };
    } catch {
      return { name: known.name, args: new Map() };
    }
  }
}
