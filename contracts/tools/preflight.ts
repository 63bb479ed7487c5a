/**
 * Looks at a deployment before its oracle decides about money, and says in words what is wrong. Changes nothing.
 *
 *   CHAIN_RPC_URL=… node contracts/tools/preflight.ts RECORD.json
 *
 * Exit code 0: nothing is wrong (lines with “look” are for a person); 1: something is; 2: it could not look.
 */
import { readFileSync } from 'node:fs';

import { JsonRpcProvider } from 'ethers';

import { preflight, type DeploymentRecord } from './preflight/checks.ts';

const [file] = process.argv.slice(2);
const url = process.env['CHAIN_RPC_URL'];

try {
  if (file === undefined || url === undefined || url === '')
    throw new Error('Usage: CHAIN_RPC_URL=<node of the chain> node contracts/tools/preflight.ts RECORD.json');
  const record = JSON.parse(readFileSync(file, 'utf8')) as DeploymentRecord;
  const provider = new JsonRpcProvider(url, undefined, { cacheTimeout: -1 });
  try {
    const findings = await preflight(record, provider);
    for (const { ok, text } of findings) console.log(`${ok === null ? 'look  ' : ok ? 'ok    ' : 'WRONG '} ${text}`);
    const wrong = findings.filter(({ ok }) => ok === false).length;
    console.log(
      wrong === 0
        ? '\nNothing is wrong.'
        : `\n${wrong} ${wrong === 1 ? 'thing is' : 'things are'} wrong. Do not go live.`,
    );
    process.exitCode = wrong === 0 ? 0 : 1;
  } finally {
    provider.destroy();
  }
} catch (error) {
  console.error(`Nothing was checked: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 2;
}
