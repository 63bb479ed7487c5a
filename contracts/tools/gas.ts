/**
 * What everything costs, from receipts on an in-process EVM (exact, no estimates).
 *
 *   node contracts/tools/gas.ts            a table beside the budgets of the design
 *   node contracts/tools/gas.ts --json     one JSON object on standard output, the table on standard error
 *   node contracts/tools/gas.ts --check    fails if a value is more than 2 % above the committed one
 *   node contracts/tools/gas.ts --write    commits the values to contracts/test/gas/snapshot.json
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';

import { approvalRows } from './gas/approval.ts';
import { auditRows } from './gas/audit.ts';
import { escrowRows } from './gas/escrow.ts';
import { systemRows } from './gas/system.ts';
import { printTable, regressions } from './gas/table.ts';

const snapshotFile = path.resolve(import.meta.dirname, '../test/gas/snapshot.json');
const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    check: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
  },
});

const committed = existsSync(snapshotFile)
  ? (JSON.parse(readFileSync(snapshotFile, 'utf8')) as Record<string, number>)
  : {};
const rows = [...(await systemRows()), ...(await escrowRows()), ...(await approvalRows()), ...(await auditRows())];
const result = Object.fromEntries(rows.map(({ key, gas }) => [key, gas]));
const table = `${printTable(rows, committed)}\n`;
if (values.json) {
  process.stdout.write(`${JSON.stringify(result)}\n`);
  process.stderr.write(table);
} else {
  process.stdout.write(table);
}
if (values.write) writeFileSync(snapshotFile, `${JSON.stringify(result, null, 2)}\n`);
if (values.check) {
  const worse = regressions(rows, committed);
  for (const line of worse) process.stderr.write(`${line}\n`);
  if (worse.length > 0) process.exitCode = 1;
}
