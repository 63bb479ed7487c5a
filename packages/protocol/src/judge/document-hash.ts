/** Judges a submission by a signed checklist of its documents. */
import { matchesName, type DeliveredFile } from '../acceptance-checks.js';
import { canonicalHash, canonicalize, DocumentError, sha256Hex, type Hex } from '../canonical.js';
import type { DocumentHashCriteria, RequiredDocument } from '../criteria.js';
import { ObjectReader } from '../document-reader.js';
import { readStatement, signStatement, type StatementContext } from '../signed-statement.js';
import { evidenceOf, failed, passed, type CheckResult, type JudgeContext, type Judgement } from './judgement.js';
import { payFor } from './pay.js';
import { countSigners } from './signers.js';

export const CHECKLIST_SCHEMA = 'milepost/checklist@1';

/** One line of a checklist: the hashes of the delivered files that match the item, sorted; empty when none does. */
export interface ChecklistLine {
  readonly id: string;
  readonly sha256: readonly Hex[];
}

const MAX_MATCHES = 100;

/** Fills a checklist from the delivered files. The caller has checked each file against the manifest's hash. */
export function fillChecklist(criteria: DocumentHashCriteria, files: readonly DeliveredFile[]): ChecklistLine[] {
  return criteria.items.map(({ id, file }) => ({
    id,
    sha256: [...new Set(files.filter(({ name }) => matchesName(file, name)).map(({ bytes }) => sha256Hex(bytes)))]
      .sort()
      .slice(0, MAX_MATCHES),
  }));
}

/** The exact text of a signed checklist, as a checker serves it. */
export function checklistText(context: StatementContext, lines: readonly ChecklistLine[], privateKey: Hex): string {
  return canonicalize(signStatement(context, CHECKLIST_SCHEMA, lines, privateKey));
}

/** What a checklist says about each item, in words. */
export function documentChecks(criteria: DocumentHashCriteria, lines: readonly ChecklistLine[]): CheckResult[] {
  return criteria.items.map((item) => {
    const found = lines.find(({ id }) => id === item.id)?.sha256 ?? [];
    return { id: item.id, title: item.title, ...stateOf(item, found) };
  });
}

/** `checklists` are the exact texts that checkers serve. Metrics: present, required. */
export function judgeDocumentHash(
  criteria: DocumentHashCriteria,
  checklists: readonly string[],
  context: JudgeContext,
): Judgement {
  const sources = checklists.map((text) => () => {
    const { content, signer } = readStatement(JSON.parse(text), context, CHECKLIST_SCHEMA, (value, path) =>
      readLines(value, path, criteria),
    );
    return { signer, key: canonicalHash(content), value: { content, text } };
  });
  const answer = countSigners(sources, criteria.runners, criteria.need, 'checker');
  if ('status' in answer) return answer;
  const checks = documentChecks(criteria, answer.counted[0]?.value.content ?? []);
  const won = checks.filter((check) => check.passed);
  const findings = {
    figures: [won.length, checks.length],
    evidence: [
      { name: 'criteria', sha256: context.criteriaHash },
      ...answer.counted.map(({ signer, value }) => evidenceOf(`checklist:${signer}`, value.text)),
    ],
    checks,
  };
  const outcome = payFor(criteria, new Set(won.map(({ id }) => id)));
  return outcome.passed ? passed(outcome.payBps, findings) : failed('INCOMPLETE', findings);
}

/** Every matching file must have the stated hash: a second, altered copy under the same pattern is no delivery of it. */
function stateOf(item: RequiredDocument, found: readonly Hex[]): { passed: boolean; detail: string } {
  if (found.length === 0) return { passed: false, detail: `no delivered file matches ${item.file}` };
  const [first] = found;
  if (item.sha256 === undefined) return { passed: true, detail: `${item.file} is there, SHA-256 ${short(first)}` };
  if (found.length === 1 && first === item.sha256)
    return { passed: true, detail: `${item.file} has the agreed SHA-256 ${short(first)}` };
  const other = found.find((hash) => hash !== item.sha256);
  return { passed: false, detail: `${item.file} has the SHA-256 ${short(other)}, agreed is ${short(item.sha256)}` };
}

function short(hash: Hex | undefined): string {
  return `${(hash ?? '').slice(0, 18)}…`;
}

function readLines(value: unknown, path: string, criteria: DocumentHashCriteria): ChecklistLine[] {
  if (!Array.isArray(value) || value.length !== criteria.items.length)
    throw new DocumentError(path, 'exactly one line per item is expected, in the order of the criteria');
  return value.map((line: unknown, i) => {
    const at = `${path}[${String(i)}]`;
    const reader = new ObjectReader(line, at);
    const read: ChecklistLine = {
      id: reader.text('id', 1, 40),
      sha256: reader.list('sha256', 0, MAX_MATCHES, (hash, where) => {
        if (typeof hash !== 'string' || !/^0x[0-9a-f]{64}$/.test(hash))
          throw new DocumentError(where, '0x and 64 lower-case hex digits is expected');
        return hash as Hex;
      }),
    };
    reader.done();
    if (read.id !== criteria.items[i]?.id)
      throw new DocumentError(`${at}.id`, 'exactly one line per item is expected, in the order of the criteria');
    if (read.sha256.some((hash, k) => k > 0 && hash <= (read.sha256[k - 1] ?? '')))
      throw new DocumentError(`${at}.sha256`, 'sorted, unique hashes are expected');
    return read;
  });
}
