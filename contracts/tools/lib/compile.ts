/** One contract, or a few, compiled as Hardhat does, with the text of some files replaced. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

const require = createRequire(import.meta.url);
const root = path.resolve(import.meta.dirname, '../..');

export interface Compiled {
  name: string;
  artifact: { contractName: string; bytecode: string };
}

interface Output {
  errors?: { severity: string; formattedMessage: string }[];
  contracts: Record<string, Record<string, { evm: { bytecode: { object: string } } }>>;
}

export function compile(contracts: { file: string; name: string }[], changed: Map<string, string>): Compiled[] {
  const solc = require('solc') as { compile(input: string, callbacks: { import: typeof read }): string };
  const read = (file: string) => {
    const full = path.join(file.startsWith('@') ? path.join(root, '../node_modules') : root, file);
    try {
      return { contents: changed.get(file) ?? readFileSync(full, 'utf8') };
    } catch {
      return { error: `${file} is missing` };
    }
  };
  const input = {
    language: 'Solidity',
    sources: Object.fromEntries(contracts.map(({ file }) => [file, { content: read(file).contents }])),
    settings: {
      evmVersion: 'cancun',
      viaIR: true,
      optimizer: { enabled: true, runs: 200 },
      outputSelection: Object.fromEntries(
        contracts.map(({ file, name }) => [file, { [name]: ['evm.bytecode.object'] }]),
      ),
    },
  };
  const output = JSON.parse(solc.compile(JSON.stringify(input), { import: read })) as Output;
  const errors = (output.errors ?? []).filter(({ severity }) => severity === 'error');
  if (errors.length > 0) throw new Error(errors.map(({ formattedMessage }) => formattedMessage).join('\n'));
  return contracts.map(({ file, name }) => ({
    name,
    artifact: { contractName: name, bytecode: `0x${output.contracts[file]?.[name]?.evm.bytecode.object ?? ''}` },
  }));
}
