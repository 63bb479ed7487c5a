/** The page that says which test notices which removal, and whether it still speaks of today's code. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';

import { ORACLE_FILE, TRANSMITTER_FILE } from './bench.ts';
import { RULES, type Removal } from './removals.ts';

export const TABLE_FILE = path.resolve(import.meta.dirname, '../../../docs/contracts/oracle-rules.md');

/** A removal and the tests that failed with it. */
export interface Outcome {
  readonly removal: Removal;
  readonly killers: readonly string[];
}

/** Of the sources that the removals were planted in. */
export function sourcesHash(): string {
  const hash = createHash('sha256');
  for (const file of [ORACLE_FILE, TRANSMITTER_FILE]) hash.update(readFileSync(file));
  return hash.digest('hex').slice(0, 16);
}

const killersOf = (killers: readonly string[]): string => {
  const shown = killers.slice(0, 3).map((name) => (name.startsWith('“') ? name : `\`${name}\``));
  return killers.length > 3 ? `${shown.join(', ')} and ${killers.length - 3} more` : shown.join(', ');
};

/** The whole page. */
export function tableOf(outcomes: readonly Outcome[]): string {
  const rows = outcomes.map(
    ({ removal, killers }) =>
      `| ${removal.rule} | ${RULES[removal.rule] ?? ''} | ${removal.name} | ${killersOf(killers)} |`,
  );
  return `# Thirteen consumer rules, and what notices their removal

Made by \`node contracts/tools/oracle-rules.ts --write\`, sources ${sourcesHash()}. Each row is the code without that part of the rule;
the tests in the last column failed on it, and none fails on the code as it is. A test compares the sources with the number above and
asks for a new run when they differ.

| Rule | What it keeps | Without it | Noticed by |
|---|---|---|---|
${rows.join('\n')}

Rule 12 is the transmitter's, \`oracle/network/transmitter.ts\`; all others are \`CreOracle\`'s. Rule 13, the reading of a price feed, has no code to
remove: amounts are units of the project's token, and nothing reads a feed.
`;
}
