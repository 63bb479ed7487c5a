/**
 * Branching trees and tests belong together: every leaf names a test that exists, every test has a leaf. A `.tree` begins
 * with the names of its test files.
 */
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';

const folder = import.meta.dirname;
const trees = readdirSync(folder).filter((name) => name.endsWith('.tree'));

const leavesOf = (text: string): string[] => [...text.matchAll(/\[(test_\w+)\]/g)].map(([, name]) => name ?? '');
const testsOf = (text: string): string[] => [...text.matchAll(/function (test_\w+)\(/g)].map(([, name]) => name ?? '');

describe('trees of the approval contracts', () => {
  it.each(trees)('%s: every leaf has its test, every test its leaf', (name) => {
    const text = readFileSync(path.join(folder, name), 'utf8');
    const files = (text.split('\n')[0] ?? '').trim().split(' ');
    const tests = files.flatMap((file) => testsOf(readFileSync(path.join(folder, file), 'utf8')));
    expect(leavesOf(text).sort()).toEqual(tests.sort());
  });

  it('cover every test file', () => {
    const named = trees.flatMap((name) =>
      (readFileSync(path.join(folder, name), 'utf8').split('\n')[0] ?? '').trim().split(' '),
    );
    const files = readdirSync(folder).filter((name) => name.endsWith('.t.sol'));
    expect(named.sort()).toEqual(files.sort());
  });
});
