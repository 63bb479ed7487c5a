/**
 * Writes the ABIs that all sides share, from the compiled artifacts, to packages/protocol/src/generated/abi.ts.
 * Run after `hardhat build`: `node contracts/tools/export-abis.ts`.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { ESCROW_PARTS, checkParts, joinedAbi } from './lib/artifacts.ts';

const root = path.resolve(import.meta.dirname, '../..');
const target = path.join(root, 'packages/protocol/src/generated/abi.ts');

/** Exported contracts, each with the artifacts that make up its ABI (an escrow's code is in two parts). */
const contracts: Readonly<Record<string, readonly string[]>> = {
  EscrowFactory: ['EscrowFactory'],
  MilestoneEscrow: ESCROW_PARTS,
  PolicyBook: ['PolicyBook'],
  MilestoneGate: ['MilestoneGate'],
  CreOracle: ['CreOracle'],
  Arbitration: ['Arbitration'],
  FeeInbox: ['FeeInbox'],
  KeystoneForwarder: ['KeystoneForwarder'],
  TestToken: ['TestToken'],
  AuditAnchor: ['AuditAnchor'],
};

const [escrowInterface = '', ...parts] = ESCROW_PARTS;
checkParts(escrowInterface, parts);

const lines = ['// Written by contracts/tools/export-abis.ts from the compiled contracts. Do not edit.'];
for (const [name, artifacts] of Object.entries(contracts)) {
  const constant = `${name[0]?.toLowerCase() ?? ''}${name.slice(1)}Abi`;
  lines.push(`export const ${constant} = ${JSON.stringify(joinedAbi(artifacts))} as const;`);
}
mkdirSync(path.dirname(target), { recursive: true });
writeFileSync(target, `${lines.join('\n')}\n`);
process.stdout.write(`${Object.keys(contracts).length} ABIs → ${path.relative(root, target)}\n`);
