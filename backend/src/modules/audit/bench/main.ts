/**
 * `node backend/dist/modules/audit/bench/main.js [--json] [--leaves N] [--seconds S]`: figures of the audit trail on this
 * machine, on a Postgres of its own with default durability. With --json the last line is one JSON object.
 */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startPostgres } from '../../../platform/database/embedded-postgres.js';
import * as figures from './figures.js';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    leaves: { type: 'string', default: '1000000' },
    seconds: { type: 'string', default: '8' },
  },
});
const leaves = Number(values.leaves);
const say = (line: string): void => void process.stderr.write(`${line}\n`);

const dir = mkdtempSync(join(tmpdir(), 'milepost-bench-'));
chmodSync(dir, 0o755);
const server = await startPostgres(dir, { say });
process.env['MILEPOST_TEST_PG'] = server.url;
const load = loadavg()[0] ?? 0;
try {
  const bench = await figures.prepare(Number(values.seconds));
  try {
    const measured = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
      const result = await work();
      say(`${name}: ${JSON.stringify(result)}`);
      return result;
    };
    const events = await measured('events/s, batches of 100, one connection', () => figures.eventsPerSecond(bench));
    const integrated = await measured('leaves/s of the sequencer', () => figures.leavesPerSecond(bench));
    const plain = await measured('transactions without audit', () => figures.transactionsPerSecond(bench, false));
    const audited = await measured('audited transactions', () => figures.transactionsPerSecond(bench, true));
    const integrate = await measured('commit to leaf, p99 ms, 200 votes/s', async () => {
      await bench.log.integrateAll();
      return figures.integrateP99Ms(bench);
    });
    const size = await measured('leaves', () => figures.fill(bench, leaves));
    const proof = await measured('proofs, ms', () => figures.proofMs(bench, size));
    const verified = await measured('full verification, s', () => figures.verifySeconds(bench));
    const report = {
      eventsPerSecond: events,
      auditedTxPerSecond: audited.perSecond,
      plainTxPerSecond: plain.perSecond,
      auditedToPlain: Number((audited.perSecond / plain.perSecond).toFixed(2)),
      integrateP99Ms: integrate,
      proofP95Ms: proof.p95,
      verifyMillionSeconds: Number(((verified * 1e6) / size).toFixed(2)),
      leavesPerSecond: integrated,
      auditedP99Ms: audited.p99Ms,
      consistencyP95Ms: proof.consistencyP95,
      leaves: size,
      cpus: cpus().length,
      loadBefore: Number(load.toFixed(2)),
      synchronousCommit: true,
    };
    process.stdout.write(`${values.json ? JSON.stringify(report) : JSON.stringify(report, null, 2)}\n`);
  } finally {
    await bench.close();
  }
} finally {
  await server.stop();
  rmSync(dir, { recursive: true, force: true });
}
