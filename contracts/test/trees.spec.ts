/** Each branching tree names its tests, each test stands in its tree: what was thought of is tested, and only once said. */
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, 'concrete');
// A tree whose first line names its test files says in brackets which test each leaf is.
const trees = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(
  (file) => file.endsWith('.tree') && /^\S+\.t\.sol/.test(readFileSync(path.join(root, file), 'utf8')),
);

function namesIn(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map((match) => match[1] ?? '').sort();
}

describe('branching trees', () => {
  it('exist', () => {
    expect(trees.length).toBeGreaterThan(5);
  });

  it.each(trees)('%s and its tests name each other', (tree) => {
    const text = readFileSync(path.join(root, tree), 'utf8');
    const [files = ''] = text.split('\n');
    const sources = files.split(' ').map((file) => readFileSync(path.join(root, path.dirname(tree), file), 'utf8'));
    const tests = namesIn(sources.join('\n'), /function (test\w*)\(/g);
    const leaves = text.split('\n').filter((line) => line.includes('it should'));
    expect(leaves.filter((line) => !/\[test\w*\]$/.test(line))).toEqual([]);
    expect(namesIn(text, /\[(test\w*)\]/g)).toEqual(tests);
  });
});
