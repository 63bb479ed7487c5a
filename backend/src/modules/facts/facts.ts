import type { ChainLog, ContractKind, EventNames } from '../../platform/chain/index.js';
import { arbitrationFacts, gateFacts, oracleFacts, policyFacts } from './decision-facts.js';
import { escrowFacts } from './escrow-facts.js';
import type { Fact, Readers } from './fact.js';
import { anchorFacts, factoryFacts, feeFacts, forwarderFacts } from './service-facts.js';

const readers: { readonly [contract in ContractKind]: Readers } = {
  EscrowFactory: factoryFacts,
  MilestoneEscrow: escrowFacts,
  PolicyBook: policyFacts,
  MilestoneGate: gateFacts,
  CreOracle: oracleFacts,
  Arbitration: arbitrationFacts,
  FeeInbox: feeFacts,
  AuditAnchor: anchorFacts,
  KeystoneForwarder: forwarderFacts,
};

/** Events that are no entries of the audit trail, and why. */
export const SILENT: { readonly [contract in ContractKind]?: { readonly [event: string]: string } } = {
  AuditAnchor: {
    Anchored: 'the head stands in the contract; an entry for each anchor would make the log grow by being anchored',
  },
};

/** Events that become entries, per contract. */
export const FACTS: EventNames = Object.fromEntries(
  Object.entries(readers).map(([contract, events]) => [contract, Object.keys(events)]),
);

/** Null for an event that is none of {@link FACTS}. */
export const factOf = (log: ChainLog): Fact | null => readers[log.contract][log.event]?.(log) ?? null;
