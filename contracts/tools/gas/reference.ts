/** The reference escrow of the tests, as clones with terms behind their code, and test accounts: compiled here, no artifacts. */
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import path from 'node:path';

import { Contract, ContractFactory, type InterfaceAbi, type Signer } from 'ethers';

import type { World } from './world.ts';

const require = createRequire(import.meta.url);
const root = path.resolve(import.meta.dirname, '../..');

export interface Compiled {
  readonly abi: InterfaceAbi;
  readonly bytecode: string;
}

interface SolcOutput {
  readonly contracts: Record<string, Record<string, { abi: unknown[]; evm: { bytecode: { object: string } } }>>;
  readonly errors?: readonly { severity: string; formattedMessage: string }[];
}

/** A contract of the tests' support folder, compiled with the project's settings. */
export function compileSupport(file: string, name: string): Compiled {
  const solc = require('solc') as { compile(input: string, callbacks: { import(file: string): unknown }): string };
  const source = `test/support/approval/${file}`;
  const find = (imported: string): string =>
    imported.startsWith('@') ? require.resolve(imported) : path.resolve(root, imported);
  const input = {
    language: 'Solidity',
    sources: { [source]: { content: readFileSync(path.resolve(root, source), 'utf8') } },
    settings: {
      optimizer: { enabled: true, runs: 200 },
      viaIR: true,
      evmVersion: 'cancun',
      outputSelection: { [source]: { [name]: ['abi', 'evm.bytecode.object'] } },
    },
  };
  const output = JSON.parse(
    solc.compile(JSON.stringify(input), { import: (imported) => ({ contents: readFileSync(find(imported), 'utf8') }) }),
  ) as SolcOutput;
  const failed = output.errors?.find((error) => error.severity === 'error');
  const compiled = output.contracts[source]?.[name];
  if (failed !== undefined || compiled === undefined) throw new Error(failed?.formattedMessage ?? `No ${name}.`);
  return { abi: compiled.abi as InterfaceAbi, bytecode: compiled.evm.bytecode.object };
}

/** Deploys a compiled contract. */
export async function deployCompiled(from: Signer, compiled: Compiled, ...args: readonly unknown[]): Promise<Contract> {
  const deployed = await new ContractFactory(compiled.abi, compiled.bytecode, from).deploy(...args);
  await deployed.waitForDeployment();
  return new Contract(await deployed.getAddress(), compiled.abi, from);
}

/** OpenZeppelin's clone with immutable arguments: 45 bytes of proxy, then the arguments. */
export async function deployClone(world: World, implementation: Contract, args: string): Promise<Contract> {
  const proxy = `363d3d373d3d3d363d73${String(implementation.target).slice(2)}5af43d82803e903d91602b57fd5bf3${args.slice(2)}`;
  const size = (proxy.length / 2).toString(16).padStart(4, '0');
  const transaction = await world.people.deployer.sendTransaction({ data: `0x61${size}3d81600a3d39f3${proxy}` });
  const receipt = await transaction.wait();
  if (receipt?.contractAddress == null) throw new Error('The clone was not deployed.');
  return new Contract(receipt.contractAddress, implementation.interface, world.people.deployer);
}
