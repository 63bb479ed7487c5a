/**
 * `milepost-check CRITERIA.json [FOLDER] [--commit ID] [--json]`: judges work by an acceptance document before anything is
 * submitted, with the code that the oracle's nodes run. Exit code 0: it passes; 1: it does not; 2: the call or the document is
 * wrong; 3: there is no answer yet.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { criteriaHash, describeCriteria, parseCriteria } from '@milepost/protocol';
import { checkWork, type WorkCheck } from './check-work.js';

const USAGE = `Usage: milepost-check CRITERIA.json [FOLDER] [--commit ID] [--json]

Judges work by an acceptance document, before it is submitted.
  FOLDER        the files that will be delivered (suites, documents, records.jsonl of a batch)
  --commit ID   the commit that will be delivered (check runs)
  --json        one JSON object instead of words
  --explain     say what the document asks for, and stop

Exit code: 0 passes, 1 does not pass, 2 the call or the document is wrong, 3 no answer yet.
`;
const CODES: Record<WorkCheck['status'], number> = { passes: 0, fails: 1, broken: 2, 'not-ready': 3 };

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      commit: { type: 'string' },
      json: { type: 'boolean', default: false },
      explain: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const [file, folder] = positionals;
  if (file === undefined || positionals.length > 2) throw new Error(USAGE.trimEnd());
  const criteria = parseCriteria(readJson(file));
  if (values.explain) {
    process.stdout.write(`${criteria.title} (${criteria.kind}, ${criteriaHash(criteria)})\n`);
    for (const sentence of describeCriteria(criteria)) process.stdout.write(`- ${sentence}\n`);
    return 0;
  }
  const found = await checkWork(criteria, {
    now: Math.floor(Date.now() / 1000),
    ...(folder === undefined ? {} : { folder }),
    ...(values.commit === undefined ? {} : { commit: values.commit }),
  });
  process.stdout.write(values.json ? `${JSON.stringify({ kind: criteria.kind, ...found })}\n` : inWords(found));
  return CODES[found.status];
}

function inWords({ status, payBps, checks, reasons, facts }: WorkCheck): string {
  const lines = checks.map(({ id, passed, detail }) => `${passed ? 'ok    ' : 'FAILED'} ${id}: ${detail}`);
  for (const [name, value] of Object.entries(facts ?? {})) lines.push(`       ${name}: ${String(value)}`);
  for (const reason of reasons) lines.push(`${status === 'broken' ? 'broken' : 'open  '} ${reason}`);
  lines.push(
    {
      passes: `passes, pays ${String(payBps)} of 10000`,
      fails: 'does not pass, pays nothing',
      broken: 'cannot be judged: nothing would be reported',
      'not-ready': 'no answer yet: nothing would be reported',
    }[status],
  );
  return `${lines.join('\n')}\n`;
}

function readJson(file: string): unknown {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    throw new Error(`${file} cannot be read.`);
  }
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`${file} is not JSON.`);
  }
}
