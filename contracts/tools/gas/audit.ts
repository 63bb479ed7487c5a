/** What the anchor of the audit log costs (design page 50): the first head, the next one with a proof of 18 hashes, a report. */
import { createHash } from 'node:crypto';

import { type Contract, Wallet, ZeroAddress, ZeroHash, hexlify, id as hashOf } from 'ethers';

import { World } from './world.ts';
import type { Row } from './table.ts';

const HEAD = {
  Head: [
    { name: 'size', type: 'uint64' },
    { name: 'root', type: 'bytes32' },
    { name: 'timestamp', type: 'uint64' },
  ],
};
/** Heads of some 100,000 entries: from 2^16 + 1 to 2^17 the last leaf grows by 16 neighbours to its right. */
const [OLD, NEW] = [2n ** 16n + 1n, 2n ** 17n];

const bytes = (text: string): Buffer => Buffer.from(hashOf(text).slice(2), 'hex');
const node = (left: Buffer, right: Buffer): Buffer =>
  createHash('sha256').update(Buffer.of(1)).update(left).update(right).digest();

export async function auditRows(): Promise<Row[]> {
  const world = await World.create();
  try {
    return await measure(world);
  } finally {
    await world.close();
  }
}

async function measure(world: World): Promise<Row[]> {
  const key = new Wallet(hashOf('log key'));
  const { deployer, stranger } = world.people;
  const fresh = async (): Promise<Contract> =>
    world.deploy('AuditAnchor', key.address, await deployer.getAddress(), ZeroAddress, 0, ZeroHash);
  const [left, last] = [bytes('left half'), bytes('last leaf')];
  const neighbours = Array.from({ length: 16 }, (_, i) => bytes(`neighbour ${i}`));
  const oldRoot = node(left, last);
  const newRoot = node(left, neighbours.reduce(node, last));
  const proof = [last, ...neighbours, left].map((hash) => hexlify(hash));

  const head = async (contract: Contract, size: bigint, root: Buffer): Promise<readonly unknown[]> => {
    const { chainId } = (await deployer.provider?.getNetwork()) ?? { chainId: 0n };
    const verifyingContract = await contract.getAddress();
    const domain = { name: 'Milepost Audit Log', version: '1', chainId, verifyingContract };
    const value = { size, root: hexlify(root), timestamp: 1_000_000_000 };
    return [size, value.root, value.timestamp, await key.signTypedData(domain, HEAD, value)];
  };
  const anchor = await fresh();
  const first = await world.send(stranger, anchor, 'anchor', ...(await head(anchor, OLD, oldRoot)), []);
  const next = await world.send(stranger, anchor, 'anchor', ...(await head(anchor, NEW, newRoot)), proof);
  const forked = await fresh();
  await world.send(stranger, forked, 'anchor', ...(await head(forked, OLD, bytes('another history'))), []);
  const report = await world.send(
    stranger,
    forked,
    'reportEquivocation',
    ...(await head(forked, NEW, newRoot)),
    hexlify(oldRoot),
    proof,
  );
  return [
    { key: 'audit.anchor.first', gas: first, budget: 85_000 },
    { key: 'audit.anchor.next18', gas: next, budget: 75_000 },
    { key: 'audit.report.larger', gas: report, budget: 70_000 },
  ];
}
