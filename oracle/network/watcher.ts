/** Reads `Requested` events and the oracle's list of open requests. */
import { AbiCoder } from 'ethers';
import type { Hex } from '@milepost/protocol';
import { addressWord, bytesOf, concat, hexOf, keccakHex, uintWord } from '@milepost/protocol/evm-words';
import { quotas } from '../quotas.js';
import type { Job, RequestedLog } from './jobs.js';
import { toTag, type Rpc } from './rpc.js';

const REQUESTED = keccakHex('Requested(bytes32,address,uint8,uint8,bytes32,bytes32,uint40)');
const PENDING_ITEM =
  '(address escrow,uint8 milestone,uint8 round,uint40 requestedAt,uint40 expiresAt,bytes32 requestId)';

interface RawLog {
  readonly address: Hex;
  readonly topics: readonly Hex[];
  readonly data: Hex;
  readonly transactionHash: Hex;
  readonly blockHash: Hex;
  readonly blockNumber: Hex;
  readonly transactionIndex: Hex;
  readonly logIndex: Hex;
}

/** New jobs of the blocks `from` to `to`, oldest first. */
export async function requestedBetween(rpc: Rpc, oracle: Hex, from: number, to: number): Promise<Job[]> {
  const jobs: Job[] = [];
  for (let start = from; start <= to; start += quotas.logSpan) {
    const end = Math.min(to, start + quotas.logSpan - 1);
    const filter = { address: oracle, topics: [REQUESTED], fromBlock: toTag(start), toBlock: toTag(end) };
    const logs = (await rpc.call('eth_getLogs', [filter])) as RawLog[];
    jobs.push(...logs.map((log) => newJob(toRequestedLog(log))));
  }
  return jobs;
}

/** Ids of requests that have no verdict and are not expired: all of them, page by page. */
export async function pendingIds(rpc: Rpc, oracle: Hex): Promise<Hex[]> {
  const coder = AbiCoder.defaultAbiCoder();
  const call = (data: Uint8Array): Promise<string> =>
    rpc.text('eth_call', [{ to: oracle, data: hexOf(data) }, 'latest']);
  const selector = (signature: string): Uint8Array => bytesOf(keccakHex(signature)).slice(0, 4);
  const count = BigInt(await call(selector('requestCount()')));
  let cursor = BigInt(await call(selector('head()')));
  const ids: Hex[] = [];
  while (cursor < count) {
    const data = concat(selector('pending(uint256,uint256)'), uintWord(cursor), uintWord(100));
    const [items, next] = coder.decode([`${PENDING_ITEM}[]`, 'uint256'], await call(data)) as unknown as [
      { requestId: Hex }[],
      bigint,
    ];
    ids.push(...items.map(({ requestId }) => requestId));
    if (next <= cursor) break;
    cursor = next;
  }
  return ids;
}

/** What the contract has stored about a request; verdict 0 = none yet. */
export async function attestationOf(
  rpc: Rpc,
  oracle: Hex,
  requestId: Hex,
  tag = 'latest',
): Promise<{ verdict: number; requestedAt: number; requestBlock: number; expiresAt: number }> {
  const data = hexOf(concat(bytesOf(keccakHex('attestation(bytes32)')).slice(0, 4), bytesOf(requestId)));
  const words = bytesOf(await rpc.text('eth_call', [{ to: oracle, data }, tag]));
  const word = (index: number): number => Number(hexOf(words.slice(index * 32, index * 32 + 32)));
  return { verdict: word(1), requestedAt: word(2), requestBlock: word(3), expiresAt: word(4) };
}

function toRequestedLog(log: RawLog): RequestedLog {
  return {
    address: log.address,
    topics: log.topics,
    data: log.data,
    txHash: log.transactionHash,
    blockHash: log.blockHash,
    block: Number(log.blockNumber),
    txIndex: Number(log.transactionIndex),
    index: Number(log.logIndex),
  };
}

/** @throws when the log is no `Requested` event. */
export function newJob(log: RequestedLog): Job {
  const [, requestId, escrow, milestone] = log.topics;
  if (requestId === undefined || escrow === undefined || milestone === undefined)
    throw new Error('the log is no Requested event');
  const data = bytesOf(log.data);
  const word = (index: number): Hex => hexOf(data.slice(index * 32, index * 32 + 32));
  return {
    requestId,
    escrow: `0x${escrow.slice(26)}`,
    milestone: Number(milestone),
    round: Number(word(0)),
    digest: word(1),
    criteriaHash: word(2),
    expiresAt: Number(word(3)),
    log,
    state: 'new',
    attempts: 0,
    verdict: null,
    error: null,
    nodes: [],
    delivery: null,
    milliseconds: null,
    updatedAt: new Date().toISOString(),
  };
}

/** The engine's trigger id of an event: what makes two deliveries of it the same execution. */
export function executionIdOf(workflowId: Hex, log: RequestedLog, attempt: number): Hex {
  const event = concat(bytesOf(workflowId), bytesOf(log.txHash), uintWord(log.index), addressWord(log.address));
  // The first run has the event's own id, as on the real network; a later run of the same event needs one of its own.
  return keccakHex(attempt === 0 ? event : concat(event, uintWord(attempt)));
}
