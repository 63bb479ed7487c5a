import type { ChainLog } from '../../platform/chain/index.js';
import { amount, hash, type Fact, type Readers } from './fact.js';

const changed = (parameter: string, refs: Fact['refs'] = {}, accounts?: Fact['accounts']): Fact => ({
  type: 'parameter.changed',
  refs: { parameter, ...refs },
  ...(accounts === undefined ? {} : { accounts }),
});
const named = (log: ChainLog, ...names: readonly string[]): { readonly [name: string]: string } =>
  Object.fromEntries(names.map((name) => [name, log.account(name)]));

/** Events of the factory: new projects, and rules for those to come. */
export const factoryFacts: Readers = {
  EscrowCreated: (log) => ({
    type: 'project.activated',
    refs: { total: amount(log, 'total'), termsHash: hash(log, 'termsHash'), policyHash: hash(log, 'policyHash') },
    accounts: { escrow: log.account('escrow') },
  }),
  CreationStopSet: (log) => changed('creation-stop', { before: log.int('oldUntil'), after: log.int('until') }),
  FeeBpsSet: (log) => changed('fee-bps', { before: log.int('oldBps'), after: log.int('newBps') }),
  GuardianSet: (log) => changed('factory-guardian', {}, named(log, 'oldGuardian', 'newGuardian')),
  TokenSet: (log) => changed('token', { allowed: log.bool('allowed') }, named(log, 'token')),
  ZoneFactorySet: (log) => changed('zone-factory', {}, named(log, 'oldFactory', 'newFactory')),
};

/** Events of the inbox of fees. */
export const feeFacts: Readers = {
  Swept: (log) => ({
    type: 'fee.swept',
    refs: { amount: amount(log) },
    accounts: named(log, 'token', 'treasury'),
  }),
  TreasurySet: (log) => changed('treasury', {}, named(log, 'oldTreasury', 'newTreasury')),
  VaultSet: (log) => changed('reward-vault', {}, named(log, 'oldVault', 'newVault', 'asset')),
};

/** Events of the log's anchor. */
export const anchorFacts: Readers = {
  Equivocation: (log) => ({
    type: 'log.forked',
    refs: { size: amount(log, 'size'), root: hash(log, 'root'), timestamp: log.int('timestamp') },
    accounts: named(log, 'key', 'reporter'),
  }),
  KeyRotated: (log) => ({
    type: 'key.rotated',
    refs: { key: 'log', compromised: log.bool('compromised') },
    accounts: named(log, 'previous', 'next'),
  }),
};

/** Events of the forwarder of the oracle's reports. */
export const forwarderFacts: Readers = {
  ConfigSet: (log) =>
    changed('oracle-network', { don: log.int('donId'), version: log.int('configVersion'), faulty: log.int('f') }),
  ForwarderAdded: (log) => changed('forwarder-added', {}, named(log, 'forwarder')),
  ForwarderRemoved: (log) => changed('forwarder-removed', {}, named(log, 'forwarder')),
  OwnershipTransferRequested: (log) => changed('forwarder-owner', {}, named(log, 'from', 'to')),
  ReportProcessed: (log) => ({
    type: 'report.delivered',
    refs: { execution: hash(log, 'workflowExecutionId'), accepted: log.bool('result') },
    accounts: named(log, 'receiver'),
  }),
};
