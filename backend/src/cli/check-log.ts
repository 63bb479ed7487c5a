import { ConfigError, loadConfig } from '../platform/config/index.js';
import { createDataSource } from '../platform/database/index.js';
import { auditLog } from '../modules/audit/log/full-check.js';

/**
 * `check-log`: recomputes the whole audit log of DATABASE_URL from its entries and compares every leaf, subtree, checkpoint and
 * index column. Exit codes: 0 all agree, 1 something was altered, 2 the check could not run.
 */
async function main(): Promise<number> {
  const { databaseUrl } = loadConfig({ ...process.env, ROLE: 'worker' });
  if (databaseUrl === undefined) throw new ConfigError('DATABASE_URL is missing.');
  const dataSource = createDataSource(databaseUrl, { poolSize: 1, statementTimeout: 0 });
  await dataSource.initialize();
  try {
    const { size, problems } = await auditLog(dataSource);
    process.stdout.write(
      problems.length === 0
        ? `The log of ${String(size)} entries agrees with its hashes.\n`
        : `${problems.join('\n')}\n${String(problems.length)} problems in a log of ${String(size)} entries.\n`,
    );
    return problems.length === 0 ? 0 : 1;
  } finally {
    await dataSource.destroy();
  }
}

main().then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    process.stderr.write(`Nothing was checked: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 2;
  },
);
