/** Child process: compiles one source with all mutants in it and prints `{ contract: creation code }`. */
import { readFileSync } from 'node:fs';
import path from 'node:path';

import { compile } from './compile.ts';

const [tree = '', entry = ''] = process.argv.slice(2);
const read = (file: string): string =>
  readFileSync(file.startsWith('@') ? path.join(tree, '../node_modules', file) : path.join(tree, file), 'utf8');

// The stack is laid out anew, nothing else is optimised: the code is large, and says what the source says.
const yulDetails = { stackAllocation: true, optimizerSteps: ':' };
const off = { peephole: false, jumpdestRemover: false, deduplicate: false, cse: false, constantOptimizer: false };
const details = { ...off, orderLiterals: false, inliner: false, yul: true, yulDetails };
const output = compile(
  [entry],
  {
    viaIR: true,
    optimizer: { enabled: true, runs: 1, details },
    outputSelection: { [entry]: { '*': ['evm.bytecode.object'] } },
  },
  read,
);
const codes = Object.entries(output.contracts?.[entry] ?? {}).map(([name, { evm }]) => [name, evm.bytecode.object]);
process.stdout.write(JSON.stringify(Object.fromEntries(codes)));
