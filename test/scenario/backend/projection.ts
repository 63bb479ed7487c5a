/** Compares the backend's projection with the chain: ledger and milestones of each project, and every payment. */
import type pg from 'pg';
import type { TransactionReceipt } from 'ethers';
import { STATES } from '../chain/observe.js';
import type { ChainProject } from '../chain/project.js';
import type { ChainWorld } from '../chain/world.js';

type Row = { readonly [column: string]: string | number | boolean | Buffer | null };

const FINAL_FROM = STATES.indexOf('Released');

/** Differences between projection and chain, in words; none if they agree. */
export async function projectionDifferences(
  sql: pg.Pool,
  world: ChainWorld,
  projects: readonly ChainProject[],
): Promise<string[]> {
  const found: string[] = [];
  const { rows } = await sql.query<Row>('SELECT * FROM escrow_project');
  const { rows: gaps } = await sql.query<Row>('SELECT block, reason FROM chain_gap WHERE closed_at IS NULL');
  found.push(...gaps.map((gap) => `the indexer doubts block ${String(gap['block'])}: ${String(gap['reason'])}`));
  if (rows.length !== projects.length)
    found.push(`the projection has ${rows.length} projects, the chain ${projects.length}`);
  for (const project of projects) {
    const row = rows.find((item) => addressOf(item['escrow']) === project.address.toLowerCase());
    if (row === undefined) found.push(`${project.name}: the projection does not know it`);
    else found.push(...(await compareProject(sql, world, project, row)));
  }
  return found;
}

const addressOf = (value: Row[string] | undefined): string =>
  Buffer.isBuffer(value) ? `0x${value.toString('hex')}` : String(value);

async function compareProject(sql: pg.Pool, world: ChainWorld, project: ChainProject, row: Row): Promise<string[]> {
  const found: string[] = [];
  const check = (what: string, projected: unknown, chain: unknown): void => {
    if (String(projected) !== String(chain))
      found.push(`${project.name}.${what}: projection ${String(projected)}, chain ${String(chain)}`);
  };
  const ledger = (await project.escrow.getFunction('ledger').staticCall()) as { readonly [bucket: string]: bigint };
  const terms = (await project.escrow.getFunction('terms').staticCall()) as {
    readonly milestones: bigint;
    readonly version: bigint;
  };
  const amount = (column: string): bigint => BigInt(String(row[column]));
  const credits = amount('credited') - amount('claimed');
  const booked = amount('funded') - amount('outflow') + credits;
  check('booked', booked, ledger['booked']);
  check('credits', credits, ledger['credits']);
  check('holdback', amount('holdback'), ledger['holdback']);
  check('version', row['version'], terms.version);

  const { rows } = await sql.query<Row>('SELECT * FROM escrow_milestone WHERE escrow = $1 ORDER BY m', [row['escrow']]);
  check('milestones', rows.length, terms.milestones);
  let allDecided = true;
  for (const [index, milestone] of rows.entries()) {
    const seen = (await project.escrow.getFunction('milestone').staticCall(index)) as {
      readonly state: bigint;
      readonly round: bigint;
      readonly amount: bigint;
      readonly due: bigint;
      readonly digest: string;
      toObject(): { readonly shift: bigint };
    };
    allDecided &&= Number(seen.state) >= FINAL_FROM;
    const id = project.idOf(index);
    check(`${id}.status`, milestone['status'], STATES[Number(seen.state)]);
    check(`${id}.round`, milestone['round'], seen.round);
    check(`${id}.amount`, milestone['amount'], seen.amount);
    check(`${id}.due`, milestone['due'], seen.due);
    check(`${id}.shift`, milestone['shift'], seen.toObject().shift);
    if (Number(seen.round) > 0) check(`${id}.digest`, addressOf(milestone['digest']), seen.digest);
  }
  // Of what no other bucket holds, the projection tells pool and refundable apart by whether all is decided.
  const rest = booked - credits - amount('holdback') - (ledger['milestones'] ?? 0n) - (ledger['cover'] ?? 0n);
  const refundable = allDecided ? rest : amount('refundable');
  check('refundable', refundable, ledger['refundable']);
  check('pool', rest - refundable, ledger['pool']);
  found.push(...(await comparePayments(sql, world, project, row)));
  return found;
}

/** Every `Paid` and `Credited` event, once and in order. */
async function comparePayments(sql: pg.Pool, world: ChainWorld, project: ChainProject, row: Row): Promise<string[]> {
  const { rows } = await sql.query<Row>('SELECT * FROM escrow_payment WHERE escrow = $1 ORDER BY block, log_index', [
    row['escrow'],
  ]);
  const projected = rows.map(
    (item) =>
      `${addressOf(item['account'])} ${String(item['amount'])} ${item['credited'] === true ? 'credited' : 'paid'}`,
  );
  const logs = await world.chain.provider.getLogs({ address: project.address, fromBlock: 0 });
  const onChain = logs
    .map((log: TransactionReceipt['logs'][number]) => project.escrow.interface.parseLog(log))
    .filter((event) => event !== null)
    .filter((event) => event.name === 'Paid' || event.name === 'Credited')
    .map((event) => {
      const account = String(event.args.getValue('account')).toLowerCase();
      return `${account} ${String(event.args.getValue('amount'))} ${event.name.toLowerCase()}`;
    });
  return JSON.stringify(projected) === JSON.stringify(onChain)
    ? []
    : [`${project.name}.payments: projection [${projected.join('; ')}], chain [${onChain.join('; ')}]`];
}
