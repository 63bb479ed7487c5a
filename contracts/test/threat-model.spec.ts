/** The threat model names the test that proves each rule: every one of them exists. */
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '../..');
const SKIPPED = new Set(['node_modules', 'dist', 'artifacts', 'cache', '.git', '.milepost']);

function* testFiles(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const full = path.join(folder, entry.name);
    if (entry.isDirectory()) {
      if (!SKIPPED.has(entry.name)) yield* testFiles(full);
    } else if (/\.(t\.sol|spec\.tsx?|journey\.ts)$/.test(entry.name) && full !== import.meta.filename) {
      yield full;
    }
  }
}

const model = readFileSync(path.join(root, 'docs/security/threat-model.md'), 'utf8');
const rows = model.split('\n').filter((line) => /^\| [BC]\d\d/.test(line));
const named = rows.flatMap((row) => {
  const cells = row.split(' | ');
  return [...(cells.at(-1) ?? '').matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? '');
});
const sources = [...testFiles(root)].map((file) => readFileSync(file, 'utf8')).join('\n');

describe('the threat model', () => {
  it('has a test in every row', () => {
    expect(rows.length).toBeGreaterThan(40);
    expect(rows.filter((row) => !/`[^`]+` *(, `[^`]+` *)*\|$/.test(row))).toEqual([]);
  });

  it.each(named)('names a test that exists: %s', (name) => {
    const declared = /^(test|invariant)\w*_/.test(name) ? `function ${name}(` : name;
    expect(sources.includes(declared)).toBe(true);
  });
});
