/**
 * What one node does alone: fetch the signed criteria and what they need, judge. Written as a generator that asks for addresses
 * and is given answers, so that the engine's workflow (which blocks) and a native node (which does not) run the same code.
 */
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
import { isAllowedSource, type Config } from './config.js';
import type { OracleRequest } from './request.js';

/** What a node is asked. */
export interface Question {
  readonly request: OracleRequest;
  /** Unix seconds, by the chain's clock. */
  readonly now: number;
  /** In the second look at a sampled batch: the criteria that the nodes have agreed on, and the draw's block. */
  readonly second?: { readonly criteria: string; readonly randomness: Hex | undefined };
}

/** Text of an answer, or why there is none. */
export type Got = string | { readonly problem: string };

/** Asks for a block hash, which only the network together can read: how many blocks after the request's it comes. */
export interface Draw {
  readonly status: 'draw';
  readonly criteria: string;
}

/** Yields addresses to GET. */
export type Look = Generator<string, Judgement | Draw, Got>;

/**
 * One node's answer, as nodes compare it. Reasons are left out: nodes may word them differently, and they are in the node's log.
 * Status `draw` carries the criteria's text.
 */
export type Observation = {
  readonly status: string;
  readonly verdict: string;
  readonly payBps: string;
  readonly metrics: string;
  readonly evidenceHash: string;
  readonly criteria: string;
};

export function* look(config: Config, question: Question): Look {
  const text = question.second?.criteria ?? (yield* fetchCriteria(config, question.request));
  if (typeof text !== 'string') return text;
  const criteria = readCriteria(text, question.request.criteriaHash);
  if (criteria.kind === 'sampled-batch' && question.second === undefined) return { status: 'draw', criteria: text };
  return yield* judgeNow(config, criteria, question);
}

/** How long after the request's block the draw's block comes, by the criteria that a `draw` carries. */
export function drawDelay(criteria: string, request: OracleRequest): bigint {
  const read = readCriteria(criteria, request.criteriaHash);
  if (read.kind !== 'sampled-batch') throw new Error('these criteria draw nothing');
  return BigInt(read.drawDelay);
}

export function observationOf(answer: Judgement | Draw): Observation {
  const nothing = { verdict: '0', payBps: '0', metrics: '', evidenceHash: '', criteria: '' };
  if (answer.status === 'draw') return { ...nothing, status: 'draw', criteria: answer.criteria };
  if (answer.status !== 'verdict') return { ...nothing, status: answer.status };
  const { verdict, payBps, metrics, evidenceHash } = answer;
  return { ...nothing, status: 'verdict', verdict: String(verdict), payBps: String(payBps), metrics, evidenceHash };
}

function* judgeNow(config: Config, criteria: Criteria, question: Question): Generator<string, Judgement, Got> {
  const { request, now, second } = question;
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
        const got = yield url;
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
function* fetchCriteria(config: Config, request: OracleRequest): Generator<string, string | NoVerdict, Got> {
  const reasons: string[] = [];
  let isBroken = false;
  for (const mirror of config.mirrors) {
    const got = yield `${mirror}/${request.criteriaHash}`;
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
