/** Every rule of the design (E1 to E16, G1 to G9) has a function of its number, and the README names them all. */
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, 'invariant');
const readme = readFileSync(path.join(root, 'README.md'), 'utf8');
const rows = [...readme.matchAll(/^\| ([EG]\d+) \| .* \| `(\w+)` \| `([\w./]+)` \|$/gm)].map((row) => ({
  number: row[1]!,
  name: row[2]!,
  file: row[3]!,
}));
const numbers = (letter: string, count: number) => Array.from({ length: count }, (_, i) => `${letter}${i + 1}`);
const functionsIn = (file: string) => [
  ...readFileSync(path.join(root, file), 'utf8').matchAll(/function (invariant_([EG]\d+)_\w+)\(/g),
];

describe('invariants', () => {
  it.each([...numbers('E', 16), ...numbers('G', 9)])('%s has a function', (number) => {
    expect(rows.filter((row) => row.number === number)).not.toEqual([]);
  });

  it.each(rows)('$number: $name exists', ({ number, name, file }) => {
    expect(readFileSync(path.join(root, file), 'utf8')).toContain(`function ${name}(`);
    expect(name).toMatch(new RegExp(`_${number}_`));
  });

  it.each(readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.t.sol')))(
    '%s has no function without a row, and the deep run calls them all',
    (file) => {
      const names = functionsIn(file).map((match) => match[1]!);
      expect(names.filter((name) => !rows.some((row) => row.name === name))).toEqual([]);
      const [, all] = readFileSync(path.join(root, file), 'utf8').split('function invariant_All()');
      if (all !== undefined) expect(names.filter((name) => !all.includes(`${name}();`))).toEqual([]);
      else expect(names).toHaveLength(1);
    },
  );
});
