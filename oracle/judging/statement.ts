/**
 * One node's word, as lines of its log: the network's operator reads them to show who said what. A line has at most 1 KB, so
 * a statement is several lines, each a small JSON object with one field.
 */
import type { Judgement } from '@milepost/protocol/judge/judgement';

/** Characters of one part; JSON escapes and multi-byte characters still fit the line. */
const PART = 300;
/** Longer texts are of no use to a reader. */
const MOST_PARTS = 100;

export function statementLines(judgement: Judgement): string[] {
  const lines: object[] = [];
  if (judgement.status !== 'verdict') {
    lines.push(...judgement.reasons.slice(0, 20).map((reason) => ({ reason: reason.slice(0, PART) })));
    lines.push({ status: judgement.status });
    return lines.map((line) => JSON.stringify(line));
  }
  const { verdict, payBps, metrics, evidenceHash } = judgement;
  for (const { id, title, passed, detail } of judgement.checks)
    lines.push({ check: { id, title: title.slice(0, 100), passed, detail } });
  for (const { name, sha256, text } of judgement.evidence) {
    lines.push({ evidence: { name, sha256 } });
    for (let at = 0; at < (text?.length ?? 0) && at < PART * MOST_PARTS; at += PART)
      lines.push({ text: { name, part: text?.slice(at, at + PART) } });
  }
  lines.push({ status: 'verdict', verdict, payBps, metrics, evidenceHash });
  return lines.map((line) => JSON.stringify(line));
}
