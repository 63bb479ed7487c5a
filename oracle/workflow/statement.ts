/**
 * One node's word, as lines of its log: the network's operator reads them to show who said what. A line has at most 1 KB, so
 * a statement is several lines, each a small JSON object with one field.
 */
import type { NodeRuntime } from '@chainlink/cre-sdk';
import type { Judgement } from '@milepost/protocol/judge/judgement';
import type { Config } from './config.js';

/** Characters of one part; JSON escapes and multi-byte characters still fit the line. */
const PART = 300;
/** Longer texts are of no use to a reader. */
const MOST_PARTS = 100;

export function logStatement(runtime: NodeRuntime<Config>, judgement: Judgement): void {
  const say = (line: object): void => {
    runtime.log(JSON.stringify(line));
  };
  if (judgement.status !== 'verdict') {
    for (const reason of judgement.reasons.slice(0, 20)) say({ reason: reason.slice(0, PART) });
    say({ status: judgement.status });
    return;
  }
  const { verdict, payBps, metrics, evidenceHash } = judgement;
  for (const { id, title, passed, detail } of judgement.checks)
    say({ check: { id, title: title.slice(0, 100), passed, detail } });
  for (const { name, sha256, text } of judgement.evidence) {
    say({ evidence: { name, sha256 } });
    for (let at = 0; at < (text?.length ?? 0) && at < PART * MOST_PARTS; at += PART)
      say({ text: { name, part: text?.slice(at, at + PART) } });
  }
  say({ status: 'verdict', verdict, payBps, metrics, evidenceHash });
}
