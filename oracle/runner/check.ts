/**
 * `node oracle/dist/runner/check.js CRITERIA.json FOLDER [--json]`: runs the tests of an acceptance document over the files of a
 * folder, before anything is submitted. The same code as the runner's, so the same outcome. Exit code 0: all that is
 * needed passes; 1: it does not; 2: the call is wrong.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { outcomeOf, parseCriteria, runSuite, type DeliveredFile } from '@milepost/protocol';

const [criteriaFile, folder] = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
try {
  if (criteriaFile === undefined || folder === undefined)
    throw new Error('Usage: check.js CRITERIA.json FOLDER [--json]');
  const criteria = parseCriteria(JSON.parse(readFileSync(criteriaFile, 'utf8')));
  const results = runSuite(criteria.suite, filesOf(folder));
  const { passed, payBps } = outcomeOf(criteria, results);
  if (process.argv.includes('--json')) process.stdout.write(`${JSON.stringify({ passed, payBps, results })}\n`);
  else {
    for (const { id, outcome, detail } of results)
      process.stdout.write(`${outcome === 'passed' ? 'ok    ' : 'FAILED'} ${id}: ${detail}\n`);
    process.stdout.write(passed ? `passes, pays ${String(payBps)} of 10000\n` : 'does not pass, pays nothing\n');
  }
  process.exitCode = passed ? 0 : 1;
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}

function filesOf(dir: string): DeliveredFile[] {
  return readdirSync(dir)
    .map((name) => path.join(dir, name))
    .filter((file) => statSync(file).isFile())
    .map((file) => ({ name: path.basename(file).normalize('NFC'), bytes: readFileSync(file) }));
}
