import type { ParamType } from 'ethers';
import { ChainLog, type ChainValue, type ContractKind } from '../../platform/chain/index.js';
import { abis } from '../../platform/chain/abis.js';
import { ChainCodec } from '../../platform/chain/codec.js';
import { checkEvent, headerBytes } from '../audit/index.js';
import { FACTS, SILENT, factOf } from './facts.js';

const codec = new ChainCodec(abis);
const kept = new Set(codec.topics());
const contracts = Object.keys(abis) as ContractKind[];

/** Every event that the indexer keeps, of every contract. */
const events = contracts.flatMap((contract) =>
  codec
    .interfaceOf(contract)
    .fragments.filter((fragment) => fragment.type === 'event')
    .map((fragment) => ({ contract, fragment: codec.interfaceOf(contract).getEvent(fragment.format()) }))
    .flatMap(({ contract: kind, fragment }) =>
      fragment !== null && kept.has(fragment.topicHash) ? [{ contract: kind, event: fragment.name, fragment }] : [],
    ),
);

/** The largest value of a type: also the longest text in an entry. */
function valueOf(type: ParamType): ChainValue {
  if (type.isArray()) return [];
  if (type.baseType === 'bool') return true;
  if (type.baseType === 'address') return '0x70997970C51812dc3A010C7d01b50e0d17dc79C8';
  if (type.baseType.startsWith('bytes')) return `0x${'ab'.repeat(Number(type.baseType.slice(5) || 200))}`;
  const bits = Number(/\d+/.exec(type.baseType)?.[0] ?? 256);
  return 2n ** BigInt(bits > 53 && /Bps|size|timestamp/.test(type.name) ? 53 : bits) - 1n;
}

const logOf = ({ contract, event, fragment }: (typeof events)[number]): ChainLog =>
  new ChainLog({
    chainId: 31_337,
    block: { number: 1, hash: `0x${'cd'.repeat(32)}`, time: 1_800_000_000 },
    logIndex: 0,
    txHash: `0x${'ef'.repeat(32)}`,
    address: '0x70997970C51812dc3A010C7d01b50e0d17dc79C8',
    contract,
    event,
    args: new Map(fragment.inputs.map((input) => [input.name, valueOf(input)])),
  });

test('every event of every contract becomes an entry, or says why not', () => {
  expect(events.length).toBeGreaterThan(70);
  const unmapped = events.filter(
    ({ contract, event }) => !FACTS[contract]?.includes(event) && SILENT[contract]?.[event] === undefined,
  );
  expect(unmapped.map(({ contract, event }) => `${contract}.${event}`)).toEqual([]);
});

test('no entry waits for an event that no contract has', () => {
  const known = new Set(events.map(({ contract, event }) => `${contract}.${event}`));
  const waiting = Object.entries(FACTS).flatMap(([contract, names]) => names.map((event) => `${contract}.${event}`));
  expect(waiting.filter((event) => !known.has(event))).toEqual([]);
});

test.each(events.map((event) => [`${event.contract}.${event.event}`, event] as const))(
  '%s makes a header without an address, whatever its values',
  (_, event) => {
    const fact = factOf(logOf(event));
    if (fact === null) {
      expect(SILENT[event.contract]).toHaveProperty(event.event);
      return;
    }
    const entry = {
      type: fact.type,
      subject: ['chain', '31337'] as const,
      actor: { chain: 31_337 },
      refs: fact.refs,
      chain: { chainId: 31_337, blockHash: `0x${'cd'.repeat(32)}`, txHash: `0x${'ef'.repeat(32)}`, logIndex: 0 },
    };
    expect(() => {
      checkEvent(entry);
    }).not.toThrow();
    expect(() =>
      headerBytes(entry, '0190a0b0-1111-7222-8333-444455556666', 1_800_000_000_000, 'chain:31337', []),
    ).not.toThrow();
  },
);
