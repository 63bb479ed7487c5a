/**
 * forge on the contracts as Hardhat built them: `node contracts/tools/forge.ts test --match-path test/concrete/…`.
 * Copies the artifacts to forge's folder first, where the tests' `getCode` finds them.
 */
import { spawnSync } from 'node:child_process';
import { forge } from './lib/forge.ts';

const { program, root, env } = forge();
const { status } = spawnSync(program, process.argv.slice(2), { cwd: root, env, stdio: 'inherit' });
process.exitCode = status ?? 1;
