// Entry of the single-file verifier (tools/build-verifier.mjs).
import { basename } from 'node:path';
import { main } from '../dist/cli.js';

process.exitCode = await main(
  process.argv.slice(2),
  (line) => {
    process.stdout.write(`${line}\n`);
  },
  process.env,
  `node ${basename(process.argv[1] ?? 'milepost-verify.mjs')}`,
);
