/** What one node does alone: fetch the signed criteria, fetch the runners' results, judge. */
import { HTTPClient, type NodeRuntime } from '@chainlink/cre-sdk';
import { judgeAcceptanceSuite } from '@milepost/protocol/judge/acceptance-suite';
import { readCriteria, type Criteria } from '@milepost/protocol/criteria';
import type { Judgement } from '@milepost/protocol/judge/judgement';
import type { OracleRequest } from './chain.js';
import type { Config } from './config.js';

/** One node's answer. Reasons are left out: nodes may word them differently, and they are in the node's log. */
export type Observation = {
  readonly status: string;
  readonly verdict: string;
  readonly payBps: string;
  readonly metrics: string;
  readonly evidenceHash: string;
};

export function observe(runtime: NodeRuntime<Config>, request: OracleRequest): Observation {
  const judgement = judge(runtime, request);
  if (judgement.status !== 'verdict') {
    runtime.log(JSON.stringify({ status: judgement.status, reasons: judgement.reasons }));
    return { status: judgement.status, verdict: '0', payBps: '0', metrics: '', evidenceHash: '' };
  }
  const { verdict, payBps, metrics, evidenceHash } = judgement;
  runtime.log(JSON.stringify({ status: judgement.status, verdict, payBps, metrics, evidenceHash }));
  return { status: 'verdict', verdict: String(verdict), payBps: String(payBps), metrics, evidenceHash };
}

function judge(runtime: NodeRuntime<Config>, request: OracleRequest): Judgement {
  const criteria = fetchCriteria(runtime, request);
  if ('status' in criteria) return criteria;
  const results: string[] = [];
  const missing: string[] = [];
  for (const runner of runtime.config.runners) {
    const answer = get(runtime, `${runner}/results/${request.requestId}.json`);
    if (typeof answer === 'string') results.push(answer);
    else missing.push(answer.problem);
  }
  const judgement = judgeAcceptanceSuite(criteria, results, {
    chainId: BigInt(runtime.config.chainId),
    oracle: lower(runtime.config.oracle),
    requestId: request.requestId,
    digest: request.digest,
    criteriaHash: request.criteriaHash,
  });
  return judgement.status === 'verdict' ? judgement : { ...judgement, reasons: [...judgement.reasons, ...missing] };
}

/** The criteria from the first mirror that has them; a document with another hash counts for nothing. */
function fetchCriteria(
  runtime: NodeRuntime<Config>,
  request: OracleRequest,
): Criteria | Exclude<Judgement, { status: 'verdict' }> {
  const reasons: string[] = [];
  let status: 'broken' | 'not-ready' = 'not-ready';
  for (const mirror of runtime.config.mirrors) {
    const answer = get(runtime, `${mirror}/${request.criteriaHash}`);
    if (typeof answer !== 'string') {
      reasons.push(answer.problem);
      continue;
    }
    try {
      return readCriteria(answer, request.criteriaHash);
    } catch (error) {
      status = 'broken';
      reasons.push(`criteria from ${mirror}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return { status, reasons };
}

function get(runtime: NodeRuntime<Config>, url: string): string | { problem: string } {
  try {
    const { statusCode, body } = new HTTPClient().sendRequest(runtime, { url, method: 'GET' }).result();
    if (statusCode !== 200) return { problem: `${url} answered ${String(statusCode)}` };
    return new TextDecoder().decode(body);
  } catch (error) {
    return { problem: `${url}: ${error instanceof Error ? error.message : String(error)}` };
  }
}

function lower(address: string): `0x${string}` {
  return address.toLowerCase() as `0x${string}`;
}
