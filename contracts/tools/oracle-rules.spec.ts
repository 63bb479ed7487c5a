/** The page about the thirteen rules speaks of today's code, and each removal can still be planted. */
import { readFileSync } from 'node:fs';
import path from 'node:path';

import { ORACLE_FILE, RULE_TESTS, TRANSMITTER_FILE } from './oracle-rules/bench.ts';
import { CONTRACT_REMOVALS, removed, RULES, TRANSMITTER_REMOVALS } from './oracle-rules/removals.ts';
import { sourcesHash, TABLE_FILE } from './oracle-rules/table.ts';

const page = readFileSync(TABLE_FILE, 'utf8');

describe('the thirteen consumer rules', () => {
  it('were each removed and missed, on the sources of today', () => {
    // Fails after a change of CreOracle.sol or transmitter.ts: run `node contracts/tools/oracle-rules.ts --write`.
    expect(page).toContain(`sources ${sourcesHash()}`);
    const rows = [...page.matchAll(/^\| +(\d+) \|.*\| (.+) \|$/gm)];
    expect(rows).toHaveLength(CONTRACT_REMOVALS.length + TRANSMITTER_REMOVALS.length);
    expect(rows.filter(([, , killers]) => String(killers).trim() === '')).toEqual([]);
  });

  it('name tests that exist', () => {
    const tests = RULE_TESTS.map((file) => readFileSync(path.resolve(import.meta.dirname, '..', file), 'utf8')).join(
      '',
    );
    const named = [...page.matchAll(/`(test\w+)`/g)].map(([, name]) => String(name));
    expect(named.length).toBeGreaterThan(20);
    expect(named.filter((name) => !tests.includes(`function ${name}(`))).toEqual([]);
  });

  it('can each be taken out of the code', () => {
    const contract = readFileSync(ORACLE_FILE, 'utf8');
    const transmitter = readFileSync(TRANSMITTER_FILE, 'utf8');
    for (const removal of CONTRACT_REMOVALS) expect(removed(contract, removal)).not.toBe(contract);
    for (const removal of TRANSMITTER_REMOVALS) expect(removed(transmitter, removal)).not.toBe(transmitter);
    const covered = new Set([...CONTRACT_REMOVALS, ...TRANSMITTER_REMOVALS].map(({ rule }) => rule));
    expect(
      Object.keys(RULES)
        .map(Number)
        .filter((rule) => !covered.has(rule)),
    ).toEqual([13]);
  });
});
