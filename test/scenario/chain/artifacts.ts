/** Compiled contracts: bytecode and ABI as the contracts' build wrote them. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Interface, type Fragment, type InterfaceAbi } from 'ethers';
import { ROOT } from './anvil.js';

export interface Artifact {
  readonly bytecode: string;
  readonly contract: Interface;
}

const SOURCES: { readonly [name: string]: string } = {
  EscrowFactory: 'src/escrow/EscrowFactory.sol',
  EscrowAgreements: 'src/escrow/EscrowAgreements.sol',
  MilestoneEscrow: 'src/escrow/MilestoneEscrow.sol',
  PolicyBook: 'src/approval/PolicyBook.sol',
  MilestoneGate: 'src/approval/MilestoneGate.sol',
  Arbitration: 'src/approval/Arbitration.sol',
  CreOracle: 'src/approval/CreOracle.sol',
  AuditAnchor: 'src/audit/AuditAnchor.sol',
  FeeInbox: 'src/rewards/FeeInbox.sol',
  TestToken: 'src/test-token/TestToken.sol',
  ERC7913WebAuthnVerifier: '@openzeppelin/contracts/utils/cryptography/verifiers/ERC7913WebAuthnVerifier.sol',
  KeystoneForwarder: '@chainlink/contracts/src/v0.8/keystone/KeystoneForwarder.sol',
};

/** Reads one contract. `CONTRACTS_OUT` names another build folder than `contracts/`. */
export function artifact(name: string): Artifact {
  const source = SOURCES[name];
  if (source === undefined) throw new Error(`${name} is no contract of this test.`);
  const folder = process.env['CONTRACTS_OUT'] ?? path.join(ROOT, 'contracts');
  const file = path.join(folder, 'artifacts', source, `${name}.json`);
  if (!existsSync(file)) throw new Error(`${file} is missing. Build the contracts first: npm run build`);
  const { abi, bytecode } = JSON.parse(readFileSync(file, 'utf8')) as { abi: InterfaceAbi; bytecode: string };
  return { bytecode, contract: new Interface(abi) };
}

/** Calls, events and errors of an escrow, whichever part of its code answers. */
export function escrowInterface(): Interface {
  const parts = [artifact('MilestoneEscrow').contract, artifact('EscrowAgreements').contract];
  const fragments = new Map<string, Fragment>();
  for (const part of parts)
    for (const fragment of part.fragments) {
      if (fragment.type !== 'constructor') fragments.set(fragment.format('full'), fragment);
    }
  return new Interface([...fragments.values()]);
}
