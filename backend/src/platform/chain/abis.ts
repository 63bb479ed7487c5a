import {
  arbitrationAbi,
  auditAnchorAbi,
  creOracleAbi,
  escrowFactoryAbi,
  feeInboxAbi,
  keystoneForwarderAbi,
  milestoneEscrowAbi,
  milestoneGateAbi,
  policyBookAbi,
  testTokenAbi,
} from '@milepost/protocol/generated/abi';
import type { InterfaceAbi } from 'ethers';
import type { ContractKind } from './chain-log.js';

/** The contracts' interfaces, generated from the compiled sources. */
export const abis: Readonly<Record<ContractKind, InterfaceAbi>> = {
  EscrowFactory: escrowFactoryAbi,
  MilestoneEscrow: milestoneEscrowAbi,
  PolicyBook: policyBookAbi,
  MilestoneGate: milestoneGateAbi,
  CreOracle: creOracleAbi,
  Arbitration: arbitrationAbi,
  KeystoneForwarder: keystoneForwarderAbi,
  FeeInbox: feeInboxAbi,
  AuditAnchor: auditAnchorAbi,
};

/** Contracts that ours call: their errors come through. */
export const calledAbis: readonly InterfaceAbi[] = [testTokenAbi];
