import { readFileSync } from 'node:fs';

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');

test('the Solidity tests use the vectors of the TypeScript tests', () => {
  const { leaves, roots } = JSON.parse(read('../../../../packages/tlog/vectors/tree.json')) as {
    leaves: string[];
    roots: string[];
  };
  const solidity = read('../../support/audit/TreeVectors.sol');
  expect([...solidity.matchAll(/sha256\(\s*hex"00([0-9a-f]*)"/g)].map((match) => match[1])).toEqual(leaves);
  expect([...solidity.matchAll(/roots\[\d+\] = 0x([0-9a-f]{64});/g)].map((match) => match[1])).toEqual(roots);
});
