/**
 * One node's run without the CRE engine: the same look, judge and report as the workflow, on this process's own endpoints. No
 * code under a business-source licence takes part.
 */
import { canonicalize, encodePayload, requestId, type Hex, type Verdict } from '@milepost/protocol';
import { bytesOf, concat, hexOf, keccakHex } from '@milepost/protocol/evm-words';
import { quotas } from '../quotas.js';
import type { Config } from '../judging/config.js';
import {
  drawDelay,
  look,
  observationOf,
  type Got,
  type Look,
  type Observation,
  type Question,
} from '../judging/look.js';
import { VALID_SECONDS, type OracleRequest } from '../judging/request.js';
import { statementLines } from '../judging/statement.js';
import { Quota, reasonOf, readLimited, type Fetch } from '../network/capabilities.js';
import type { Committee, NodeKey } from '../network/committee.js';
import type { Peers } from '../network/node-run.js';
import { toTag, type Rpc } from '../network/rpc.js';
import type { NodeRecord } from '../network/statements.js';
import { attestationOf } from '../network/watcher.js';
import type { TaskMessage } from './wire.js';

export interface NativeNode {
  readonly committee: Committee;
  readonly config: Config;
  readonly key: NodeKey;
  readonly rpc: Rpc;
  readonly fetch: Fetch;
}

/** A coordinator may name an older block, but not one of another time. Seconds. */
const MAX_AGE = 600;

/** Runs one task. Resolves with how it ended. @throws Error when this node has no part in the outcome. */
export async function runNative(
  node: NativeNode,
  task: TaskMessage,
  peers: Peers,
  record: Pick<NodeRecord, 'observation' | 'log'>,
): Promise<string> {
  const { config, rpc } = node;
  const request = requestOf(task);
  const id = requestId({ ...request, chainId: BigInt(config.chainId), oracle: config.oracle, gate: config.gate });
  if (id !== request.requestId)
    throw new Error(`the fields of the request give the id ${id}, not ${request.requestId}`);
  await checkBlock(rpc, task);
  const tag = toTag(task.block.number);
  // The contract's own record, read by this node, decides whether there is something to do.
  const known = await attestationOf(rpc, config.oracle as Hex, id, tag);
  await same(peers, 'attestation', canonicalize(known));
  if (known.requestedAt === 0) throw new Error(`${config.oracle} knows no request ${id}`);
  if (known.verdict !== 0) return 'answered';
  const now = task.block.timestamp;
  if (now > known.expiresAt) return 'expired';

  const calls = new Quota(quotas.execution.httpCalls, 'HTTP calls');
  const seeTogether = async (question: Question, name: string): Promise<Observation> => {
    const answer = await drive(node, calls, look(config, question));
    if (answer.status !== 'draw') record.log.push(...statementLines(answer));
    const seen = observationOf(answer);
    record.observation = seen;
    return JSON.parse(await peers.offer(name, canonicalize(seen))) as Observation;
  };
  let seen = await seeTogether({ request, now }, 'look');
  if (seen.status === 'draw') {
    const { criteria } = seen;
    const height = known.requestBlock + Number(drawDelay(criteria, request));
    const hash = height > task.block.number ? '' : (await rpc.block(toTag(height))).hash;
    const agreed = await peers.offer('block', hash);
    const randomness = agreed === '' ? undefined : (agreed as Hex);
    seen = await seeTogether({ request, now, second: { criteria, randomness } }, 'second look');
  }
  if (seen.status !== 'verdict') return seen.status;
  await report(node, task, request, seen, peers);
  return seen.verdict === '1' ? 'passed' : 'failed';
}

async function report(
  { committee, config, key }: NativeNode,
  task: TaskMessage,
  request: OracleRequest,
  seen: Observation,
  peers: Peers,
): Promise<void> {
  const observedAt = BigInt(task.block.timestamp);
  const payload = encodePayload({
    schema: 1,
    chainSelector: BigInt(config.chainSelector),
    receiver: config.oracle as Hex,
    ...request,
    verdict: Number(seen.verdict) as Verdict,
    payBps: Number(seen.payBps),
    observedAt,
    validUntil: observedAt + VALID_SECONDS,
    metrics: seen.metrics as Hex,
    evidenceHash: seen.evidenceHash as Hex,
  });
  await same(peers, 'report', hexOf(payload));
  const unsigned = committee.unsigned(task.executionId, task.block.timestamp, payload, BigInt(task.sequence));
  const { digest, ...signed } = unsigned;
  const signatures = await peers.sign(digest, key.sign(digest));
  await same(peers, 'delivery', keccakHex(concat(bytesOf(config.oracle), unsigned.rawReport)));
  const delivery = await peers.deliver(config.oracle as Hex, { ...signed, signatures }, BigInt(config.gasLimit));
  if (delivery.outcome !== 'delivered')
    throw new Error(`the report was ${delivery.outcome}: ${delivery.reason ?? 'no reason given'}`);
}

/** This node's own answer must be the one that holds: it signs nothing that it has not seen itself. */
async function same(peers: Peers, question: string, own: string): Promise<void> {
  if ((await peers.offer(question, own)) !== own) throw new Error(`this node sees another ${question} than the others`);
}

async function checkBlock(rpc: Rpc, { block }: TaskMessage): Promise<void> {
  const own = await rpc.block(toTag(block.number));
  if (own.hash !== block.hash || own.timestamp !== block.timestamp)
    throw new Error(`block ${String(block.number)} is another one at this node's endpoint`);
  const head = await rpc.block('latest');
  if (head.timestamp - block.timestamp > MAX_AGE)
    throw new Error(`block ${String(block.number)} is older than ${String(MAX_AGE)} s`);
}

async function drive(
  node: NativeNode,
  calls: Quota,
  asking: Look,
): Promise<ReturnType<Look['next']>['value'] & object> {
  let step = asking.next();
  while (step.done !== true) step = asking.next(await get(node, calls, step.value));
  return step.value;
}

async function get({ fetch }: NativeNode, calls: Quota, url: string): Promise<Got> {
  try {
    calls.take();
    const response = await fetch(url, {
      headers: { accept: 'application/json', 'user-agent': 'milepost-judge' },
      redirect: 'error',
      signal: AbortSignal.timeout(quotas.http.milliseconds),
    });
    const body = await readLimited(response, quotas.http.responseBytes);
    if (response.status !== 200) return { problem: `${url} answered ${String(response.status)}` };
    return new TextDecoder().decode(body);
  } catch (error) {
    return { problem: `${url}: ${reasonOf(error)}` };
  }
}

function requestOf({ topics, data }: TaskMessage): OracleRequest {
  const [, id, escrow, milestone] = topics;
  if (id === undefined || escrow === undefined || milestone === undefined)
    throw new Error('the event is no Requested event');
  const bytes = bytesOf(data);
  const word = (index: number): Hex => hexOf(bytes.slice(index * 32, index * 32 + 32));
  return {
    requestId: id,
    escrow: `0x${escrow.slice(26)}`,
    milestone: Number(milestone),
    round: Number(word(0)),
    digest: word(1),
    criteriaHash: word(2),
  };
}
