/**
 * Writes the ABIs that all sides share, from the compiled artifacts, to packages/protocol/src/generated/abi.ts.
 * Run after `hardhat build`: `node contracts/tools/export-abis.ts`.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { type AbiItem, hasArtifact, readArtifact } from './lib/artifacts.ts';

const root = path.resolve(import.meta.dirname, '../..');
const target = path.join(root, 'packages/protocol/src/generated/abi.ts');

/** Exported contracts, each with the artifacts that make up its ABI (an escrow's code is in two parts). */
const contracts: Readonly<Record<string, readonly string[]>> = {
  EscrowFactory: ['EscrowFactory'],
  MilestoneEscrow: ['IMilestoneEscrow', 'MilestoneEscrow', 'EscrowAgreements'],
  MilestoneGate: ['MilestoneGate'],
  CreOracle: ['CreOracle'],
  Arbitration: ['Arbitration'],
  FeeInbox: ['FeeInbox'],
  KeystoneForwarder: ['KeystoneForwarder'],
  TestToken: ['TestToken'],
  AuditAnchor: ['AuditAnchor'],
};

/** What a call or log looks like on the wire: items that share it are the same. */
function signature({ type, name, inputs }: AbiItem): string {
  return `${type} ${name ?? ''}(${(inputs ?? []).map(({ type: t }) => t).join(',')})`;
}

function abiOf(names: readonly string[]): AbiItem[] {
  const items = new Map<string, AbiItem>();
  for (const [part, name] of names.entries()) {
    if (!hasArtifact(name)) {
      process.stderr.write(`${name} is not compiled: its ABI stays empty.\n`);
      continue;
    }
    for (const item of readArtifact(name).abi) {
      // Constructors and the seam between an escrow's two parts are nobody's business.
      const inner =
        names.length > 1 && (item.type === 'constructor' || item.type === 'fallback' || item.name === 'wiring');
      if (inner) continue;
      const key = signature(item);
      if (part === 0 || !items.has(key)) items.set(key, item);
    }
  }
  return [...items.values()];
}

const lines = ['// Written by contracts/tools/export-abis.ts from the compiled contracts. Do not edit.'];
for (const [name, parts] of Object.entries(contracts)) {
  const constant = `${name[0]?.toLowerCase() ?? ''}${name.slice(1)}Abi`;
  lines.push(`export const ${constant} = ${JSON.stringify(abiOf(parts))} as const;`);
}
mkdirSync(path.dirname(target), { recursive: true });
writeFileSync(target, `${lines.join('\n')}\n`);
process.stdout.write(`${Object.keys(contracts).length} ABIs → ${path.relative(root, target)}\n`);
