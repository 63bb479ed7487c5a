/** The access table (docs/contracts/access.md) against the compiled contracts and the tests that it names. */
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';

import { ESCROW_PARTS, joinedAbi } from '../tools/lib/artifacts.ts';

const page = readFileSync(path.resolve(import.meta.dirname, '../../docs/contracts/access.md'), 'utf8');
const tests = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.t.sol'))
  .map((file) => readFileSync(path.join(import.meta.dirname, file), 'utf8'));

interface Row {
  readonly contract: string;
  readonly name: string;
  readonly error: string | undefined;
  readonly test: string | undefined;
}

const rows: Row[] = page.split(/^## /m).flatMap((section) => {
  const [contract = '', ...lines] = section.split('\n');
  return lines.flatMap((line) => {
    const [, name, , error, test] = line.split('|').map((cell) => cell.trim());
    if (name === undefined || !name.startsWith('`') || test === undefined) return [];
    const code = (text: string | undefined) => /`([^`]+)`/.exec(text ?? '')?.[1];
    return [{ contract, name: code(name) ?? '', error: code(error), test: code(test) }];
  });
});

const contracts = [...new Set(rows.map(({ contract }) => contract))];
const abiOf = (contract: string) => joinedAbi(contract === 'MilestoneEscrow' ? ESCROW_PARTS : [contract]);
const changing = (contract: string): string[] =>
  abiOf(contract)
    .filter(
      ({ type, ...item }) => type === 'function' && !/view|pure/.test(String(Reflect.get(item, 'stateMutability'))),
    )
    .map(({ name }) => name ?? '');

describe('the access table', () => {
  it('covers the contracts that people call', () => {
    expect(contracts).toEqual([
      'MilestoneEscrow',
      'EscrowFactory',
      'PolicyBook',
      'MilestoneGate',
      'CreOracle',
      'Arbitration',
      'FeeInbox',
      'AuditAnchor',
    ]);
  });

  it.each(contracts)('has a row for every function of %s that changes state, and no other', (contract) => {
    const listed = rows.filter((row) => row.contract === contract).map(({ name }) => name);
    expect(listed.sort()).toEqual(changing(contract).sort());
  });

  it.each(rows.filter(({ error }) => error !== undefined))('$contract $name refuses with $error', (row) => {
    expect(abiOf(row.contract).some(({ type, name }) => type === 'error' && name === row.error)).toBe(true);
  });

  it.each(rows.filter(({ test }) => test?.startsWith('test_')))('$contract $name is shown by $test', (row) => {
    const files = tests.filter((source) => source.includes(`function ${row.test ?? ''}(`));
    expect(files.filter((source) => source.includes(row.error ?? ''))).not.toEqual([]);
  });
});
