/**
 * Mutation score of `src/escrow` and `src/approval`: how many planted mistakes the tests find.
 *
 *   node contracts/tools/mutate.ts                      all mutants; prints the score of each file and the survivors
 *     --file src/escrow/Money.sol                       only this file (may be repeated)
 *     --share 0.2                                       a fifth of each file's mutants, evenly spread
 *     --jobs 2                                          so many at a time
 *     --write                                           records the result in contracts/test/mutation/record.json
 *
 * One build holds every mutant; `block.prevrandao` says which one is on. Needs forge and the Hardhat build.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';

import { forge as findForge } from './lib/forge.ts';
import { contractsRoot } from './mutation/compile.ts';
import { type Outcome, runTests } from './mutation/run.ts';
import { type PlacedMutant, type Tree, buildTree, hashOf } from './mutation/tree.ts';

/** What is known about one file's mutants. `reason` of a survivor is written by hand. */
interface FileRecord {
  sha256: string;
  mutants: number;
  tried: number;
  killed: number;
  survivors: { line: number; operator: string; before: string; after: string; reason?: string }[];
}

const recordFile = path.join(contractsRoot, 'test/mutation/record.json');
const { values } = parseArgs({
  options: {
    file: { type: 'string', multiple: true },
    share: { type: 'string', default: '1' },
    jobs: { type: 'string', default: '2' },
    write: { type: 'boolean', default: false },
  },
});
const jobs = Number(values.jobs);
const share = Number(values.share);
const forge = findForge().program;

/** The tests most likely to notice come first. */
const phases = (file: string): string[] => {
  const [own, other] = file.startsWith('src/escrow') ? ['escrow', 'approval'] : ['approval', 'escrow'];
  return [
    `test/concrete/${own}/*`,
    `test/{fuzz,regression}/${own}/*`,
    `test/invariant/${own}/*`,
    `test/{concrete,fuzz}/${other}/*`,
  ];
};

const note = (text: string): void => void process.stderr.write(`${text}\n`);

async function baseline(tree: Tree): Promise<string[]> {
  const failed: string[] = [];
  for (const paths of ['test/{concrete,fuzz,regression}/*/*', 'test/invariant/*/*']) {
    const outcome = await runTests(forge, tree, 0, paths, []);
    if (outcome === 'timeout') throw new Error(`The tests of ${paths} take too long without any mutant.`);
    note(`as written: ${paths}: ${outcome.passed} tests pass, ${outcome.failed.length} fail`);
    // A suite that cannot even start would count as noticing every mutant.
    if (outcome.failed.includes('setUp')) throw new Error(`A suite of ${paths} does not start without any mutant.`);
    failed.push(...outcome.failed);
  }
  // The copy is not optimised: tests that count gas say nothing here and are left out.
  if (failed.length > 0) note(`left out: ${failed.join(', ')}`);
  return failed;
}

async function killer(tree: Tree, mutant: PlacedMutant, skipped: readonly string[]): Promise<string | undefined> {
  for (const paths of phases(mutant.file)) {
    const outcome: Outcome | 'timeout' = await runTests(forge, tree, mutant.id, paths, skipped);
    if (outcome === 'timeout') return 'timeout';
    if (outcome.failed.length > 0) return outcome.failed[0];
  }
  return undefined;
}

const started = Date.now();
const tree = await buildTree(jobs);
note(`${tree.mutants.length} mutants in one build, ${Math.round((Date.now() - started) / 1000)} s`);
const skipped = await baseline(tree);

const wanted = tree.mutants.filter(({ file }) => values.file === undefined || values.file.includes(file));
const byFile = Map.groupBy(wanted, ({ file }) => file);
const chosen = [...byFile.values()].flatMap((own) =>
  own.filter((_, i) => Math.floor((i + 1) * share) > Math.floor(i * share) || own.length * share < 1),
);
const records = new Map<string, FileRecord>();
for (const [file, own] of byFile) {
  records.set(file, { sha256: hashOf(file), mutants: own.length, tried: 0, killed: 0, survivors: [] });
}

let done = 0;
const queue = [...chosen];
await Promise.all(
  Array.from({ length: jobs }, async () => {
    for (let mutant = queue.shift(); mutant !== undefined; mutant = queue.shift()) {
      const by = await killer(tree, mutant, skipped);
      const record = records.get(mutant.file);
      if (record === undefined) continue;
      record.tried += 1;
      done += 1;
      if (by !== undefined) record.killed += 1;
      else {
        const { line, operator, before, text } = mutant;
        record.survivors.push({ line, operator, before, after: text });
        note(`survived: ${mutant.file}:${line} ${operator}: ${before}`);
      }
      if (done % 50 === 0) note(`${done}/${chosen.length}, ${Math.round((Date.now() - started) / 1000)} s`);
    }
  }),
);

let [killed, tried] = [0, 0];
for (const [file, record] of records) {
  record.survivors.sort((a, b) => a.line - b.line || a.operator.localeCompare(b.operator));
  killed += record.killed;
  tried += record.tried;
  const percent = record.tried === 0 ? '-' : `${((100 * record.killed) / record.tried).toFixed(1)} %`;
  process.stdout.write(
    `${file.padEnd(40)} ${String(record.killed).padStart(5)} of ${record.tried} (${record.mutants}) ${percent}\n`,
  );
}
process.stdout.write(`${killed} of ${tried} mutants killed: ${((100 * killed) / tried).toFixed(2)} %\n`);

if (values.write) {
  const old = existsSync(recordFile)
    ? (JSON.parse(readFileSync(recordFile, 'utf8')) as Record<string, FileRecord>)
    : {};
  const known = (file: string, before: string, after: string) =>
    old[file]?.survivors.find((s) => s.before === before && s.after === after)?.reason;
  for (const [file, record] of records) {
    const survivors = record.survivors.map((survivor) => {
      const reason = known(file, survivor.before, survivor.after);
      return reason === undefined ? survivor : { ...survivor, reason };
    });
    old[file] = { ...record, survivors };
  }
  mkdirSync(path.dirname(recordFile), { recursive: true });
  writeFileSync(recordFile, `${JSON.stringify(old, null, 2)}\n`);
}
