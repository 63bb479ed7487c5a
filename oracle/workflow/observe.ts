/** What one node does alone: fetch the signed criteria and what they need, judge. */
import { HTTPClient, type NodeRuntime } from '@chainlink/cre-sdk';
import type { Hex } from '@milepost/protocol/canonical';
import { readCriteria, type Criteria } from '@milepost/protocol/criteria';
import { judge, wantsOf, type Want } from '@milepost/protocol/judge/judge';
import {
  broken,
  notReady,
  wordsOf,
  type Fetched,
  type JudgeContext,
  type Judgement,
  type NoVerdict,
} from '@milepost/protocol/judge/judgement';
import type { OracleRequest } from './chain.js';
import { isAllowedSource, type Config } from './config.js';
import { logStatement } from './statement.js';

/** What a node is asked. */
export interface Question {
  readonly request: OracleRequest;
  /** Unix seconds, by the chain's clock. */
  readonly now: number;
  /** In the second look at a sampled batch: the criteria that the nodes have agreed on, and the draw's block. */
  readonly second?: { readonly criteria: string; readonly randomness: Hex | undefined };
}

/**
 * One node's answer. Reasons are left out: nodes may word them differently, and they are in the node's log. Status `draw` asks
 * for a block hash, which only the network together can read; then `criteria` carries the text that was fetched.
 */
export type Observation = {
  readonly status: string;
  readonly verdict: string;
  readonly payBps: string;
  readonly metrics: string;
  readonly evidenceHash: string;
  readonly criteria: string;
};

const NOTHING = { verdict: '0', payBps: '0', metrics: '', evidenceHash: '', criteria: '' };

export function observe(runtime: NodeRuntime<Config>, question: Question): Observation {
  const found = question.second?.criteria ?? fetchCriteria(runtime, question.request);
  if (typeof found !== 'string') return answer(runtime, found);
  const criteria = readCriteria(found, question.request.criteriaHash);
  if (criteria.kind === 'sampled-batch' && question.second === undefined)
    return { ...NOTHING, status: 'draw', criteria: found };
  return answer(runtime, judgeNow(runtime, criteria, question));
}

function answer(runtime: NodeRuntime<Config>, judgement: Judgement): Observation {
  logStatement(runtime, judgement);
  if (judgement.status !== 'verdict') return { ...NOTHING, status: judgement.status };
  const { verdict, payBps, metrics, evidenceHash } = judgement;
  return {
    ...NOTHING,
    status: 'verdict',
    verdict: String(verdict),
    payBps: String(payBps),
    metrics,
    evidenceHash,
  };
}

function judgeNow(runtime: NodeRuntime<Config>, criteria: Criteria, question: Question): Judgement {
  const { request, now, second } = question;
  const { config } = runtime;
  const { requestId, digest, criteriaHash, round } = request;
  const context: JudgeContext = {
    chainId: BigInt(config.chainId),
    oracle: config.oracle.toLowerCase() as Hex,
    requestId,
    digest,
    criteriaHash,
    round,
    now,
    ...(second?.randomness === undefined ? {} : { randomness: second.randomness }),
  };
  const fetched: Fetched[] = [];
  const missing: string[] = [];
  for (let wants = wantsOf(criteria, context, fetched); wants.length > 0; wants = wantsOf(criteria, context, fetched)) {
    const before = missing.length;
    for (const want of wants) {
      for (const url of addressesOf(config, want, requestId)) {
        if (want.from === 'source' && !isAllowedSource(config, url))
          return broken(`this network does not read from ${want.url}`);
        const got = get(runtime, url);
        if (typeof got === 'string') fetched.push({ name: want.name, text: got });
        else missing.push(got.problem);
        // One mirror is enough: what it says is checked by its hash.
        if (want.from === 'mirror' && typeof got === 'string') break;
      }
    }
    // What is missing stays missing in this run; all that is there has been fetched.
    if (missing.length > before) break;
  }
  const judgement = judge(criteria, fetched, context);
  return judgement.status === 'verdict' ? judgement : { ...judgement, reasons: [...judgement.reasons, ...missing] };
}

/** The criteria's text from the first mirror that has them; a document with another hash counts for nothing. */
function fetchCriteria(runtime: NodeRuntime<Config>, request: OracleRequest): string | NoVerdict {
  const reasons: string[] = [];
  let isBroken = false;
  for (const mirror of runtime.config.mirrors) {
    const got = get(runtime, `${mirror}/${request.criteriaHash}`);
    if (typeof got !== 'string') {
      reasons.push(got.problem);
      continue;
    }
    try {
      readCriteria(got, request.criteriaHash);
      return got;
    } catch (error) {
      isBroken = true;
      reasons.push(`criteria from ${mirror}: ${wordsOf(error)}`);
    }
  }
  return isBroken ? broken(...reasons) : notReady(...reasons);
}

function addressesOf(config: Config, want: Want, requestId: Hex): readonly string[] {
  switch (want.from) {
    case 'mirror':
      return config.mirrors.map((mirror) => `${mirror}/${want.sha256}`);
    case 'runners':
      return config.runners.map((runner) => `${runner}/results/${requestId}.json`);
    case 'evidence':
      return [`${config.evidence}/${requestId}/evidence/${want.name}`];
    case 'source':
      return [want.url];
  }
}

function get(runtime: NodeRuntime<Config>, url: string): string | { problem: string } {
  try {
    const headers = { accept: 'application/json', 'user-agent': 'milepost-judge' };
    const { statusCode, body } = new HTTPClient().sendRequest(runtime, { url, method: 'GET', headers }).result();
    if (statusCode !== 200) return { problem: `${url} answered ${String(statusCode)}` };
    return new TextDecoder().decode(body);
  } catch (error) {
    return { problem: `${url}: ${wordsOf(error)}` };
  }
}
