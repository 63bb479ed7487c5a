import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { auditAnchorAbi } from '@milepost/protocol/generated/abi';
import {
  MemorySource,
  proveConsistency,
  proveInclusion,
  toHex,
  treeRoot,
  verifyConsistency,
  verifyInclusion,
  type Hash,
} from '@milepost/tlog';
import { Interface } from 'ethers';
import { startTestChain, type TestChain } from '../../platform/chain/testing.js';
import { hasher } from './log/log-source.js';

// The contract's own code; what it was constructed with plays no part in a proof.
const ARTIFACT = fileURLToPath(
  new URL('../../../../contracts/artifacts/src/audit/AuditAnchor.sol/AuditAnchor.json', import.meta.url),
);
const ANCHOR = `0x${'a0'.repeat(20)}`;
/** Where the contract keeps size and root of its head: behind two strings of EIP-712, the key and the states of keys. */
const [SIZE_SLOT, ROOT_SLOT] = [4, 5].map((slot) => `0x${slot.toString(16).padStart(64, '0')}`) as [string, string];
const CASES = 10_000;
const LEAVES = 4_096;

const contract = new Interface(auditAnchorAbi);
const hex = (hash: Uint8Array): string => `0x${toHex(hash)}`;
const word = (value: bigint): string => `0x${value.toString(16).padStart(64, '0')}`;

/** Repeatable numbers below `limit` (xorshift32); the seed is in the test's name. */
const SEED = 0x5eed;
let state = SEED;
const random = (limit: number): number => {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >>> 0) % limit;
};

let chain: TestChain;
beforeAll(async () => {
  chain = await startTestChain();
  const { deployedBytecode } = JSON.parse(readFileSync(ARTIFACT, 'utf8')) as { deployedBytecode: string };
  await chain.rpc.call('anvil_setCode', [ANCHOR, deployedBytecode]);
}, 60_000);
afterAll(() => chain?.close());

/** One short, one too many, one changed, or two in the other order. */
function damaged(proof: readonly Hash[]): Hash[] {
  const at = proof.length === 0 ? 0 : random(proof.length);
  switch (random(4)) {
    case 0:
      return proof.filter((_, i) => i !== at);
    case 1:
      return [...proof, hasher.empty];
    case 2:
      return proof.map((hash, i) => (i === at ? hash.map((byte) => byte ^ 1) : hash));
    default:
      return proof.toReversed();
  }
}

interface Case {
  readonly here: boolean;
  readonly call: { readonly method: string; readonly params: readonly unknown[] };
}

test(`library and contract agree on ${String(CASES)} random proofs (seed ${String(SEED)})`, async () => {
  const leaves = Array.from({ length: LEAVES }, (_, i) => hasher.leaf(Buffer.from(String(i))));
  const tree = new MemorySource(hasher, leaves);
  const roots = new Map<number, Hash>();
  const rootOf = async (size: number): Promise<Hash> => {
    const root = roots.get(size) ?? (await treeRoot(hasher, tree, BigInt(size)));
    roots.set(size, root);
    return root;
  };

  const consistency = async (): Promise<Case> => {
    const [a, b] = [random(LEAVES + 1), random(LEAVES + 1)];
    const [m, n] = [Math.min(a, b), Math.max(a, b)];
    const proof = await proveConsistency(hasher, tree, BigInt(m), BigInt(n));
    const sent = random(3) === 0 ? damaged(proof) : proof;
    const [rootM, rootN] = [await rootOf(m), await rootOf(random(8) === 0 ? Math.max(0, n - 1) : n)];
    return {
      here: verifyConsistency(hasher, BigInt(m), BigInt(n), sent, rootM, rootN),
      call: {
        method: 'eth_call',
        params: [
          {
            to: ANCHOR,
            data: contract.encodeFunctionData('verifyConsistency', [m, n, sent.map(hex), hex(rootM), hex(rootN)]),
          },
          'latest',
        ],
      },
    };
  };

  const inclusion = async (): Promise<Case> => {
    const size = 1 + random(LEAVES);
    const index = random(size);
    const proof = await proveInclusion(hasher, tree, BigInt(index), BigInt(size));
    const sent = random(3) === 0 ? damaged(proof) : proof;
    const claimed = random(8) === 0 ? random(size) : index;
    const leaf = leaves[index] as Hash;
    const root = await rootOf(size);
    return {
      here: verifyInclusion(hasher, leaf, BigInt(claimed), BigInt(size), sent, root),
      call: {
        method: 'eth_call',
        params: [
          { to: ANCHOR, data: contract.encodeFunctionData('verifyInclusion', [hex(leaf), claimed, sent.map(hex)]) },
          'latest',
          { [ANCHOR]: { stateDiff: { [SIZE_SLOT]: word(BigInt(size)), [ROOT_SLOT]: hex(root) } } },
        ],
      },
    };
  };

  const verdicts = { accepted: 0, refused: 0 };
  for (let done = 0; done < CASES; done += 500) {
    const cases: Case[] = [];
    for (let i = 0; i < 500; i += 1) cases.push(await (i % 2 === 0 ? consistency() : inclusion()));
    const answers = await chain.rpc.batch(cases.map(({ call }) => call));
    expect(answers.map((answer) => BigInt(answer as string) === 1n)).toEqual(cases.map(({ here }) => here));
    for (const { here } of cases) verdicts[here ? 'accepted' : 'refused'] += 1;
  }
  expect(verdicts.accepted).toBeGreaterThan(CASES / 3);
  expect(verdicts.refused).toBeGreaterThan(CASES / 5);
}, 300_000);
