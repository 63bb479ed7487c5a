/** `node oracle/dist/network/keys.js`: makes the oracle's keys if they are missing and prints their public side as JSON. */
import { oracleKeys, publicKeys } from '../shared/keys.js';
import { readDataDir } from '../shared/settings.js';

try {
  process.stdout.write(`${JSON.stringify(publicKeys(oracleKeys(readDataDir(process.env))), null, 2)}\n`);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
