import type { MigrationInterface } from 'typeorm';
import { Platform1700000000100 } from './0100-platform.js';
import { Identity1700000000101 } from './0101-identity.js';
import { Projects1700000000102 } from './0102-projects.js';
import { Deliverables1700000000103 } from './0103-deliverables.js';
import { Chain1700000000201 } from './0201-chain.js';
import { Approvals1700000000202 } from './0202-approvals.js';
import { Oracle1700000000203 } from './0203-oracle.js';
import { Rewards1700000000204 } from './0204-rewards.js';
import { ChainLedger1700000000205 } from './0205-chain-ledger.js';
import { Audit1700000000301 } from './0301-audit.js';
import { Outbox1700000000302 } from './0302-outbox.js';
import { AuditDemands1700000000310 } from './0310-audit-demands.js';
import { ChainJournal1700000000311 } from './0311-chain-journal.js';
import { ChainFacts1700000000312 } from './0312-chain-facts.js';
import { AuditAppend1700000000313 } from './0313-audit-append.js';
import { PersonSeal1700000000320 } from './0320-person-seal.js';
import { Oversight1700000000321 } from './0321-oversight.js';
import { GatePolicies1700000000330 } from './0330-gate-policies.js';
import { OracleRuns1700000000410 } from './0410-oracle-runs.js';

/** Every migration in the order in which it runs. Add a line; never change one that was released. */
export const migrations: readonly (new () => MigrationInterface)[] = [
  Platform1700000000100,
  Identity1700000000101,
  Projects1700000000102,
  Deliverables1700000000103,
  Chain1700000000201,
  Approvals1700000000202,
  Oracle1700000000203,
  Rewards1700000000204,
  ChainLedger1700000000205,
  Audit1700000000301,
  Outbox1700000000302,
  AuditDemands1700000000310,
  ChainJournal1700000000311,
  ChainFacts1700000000312,
  AuditAppend1700000000313,
  PersonSeal1700000000320,
  Oversight1700000000321,
  GatePolicies1700000000330,
  OracleRuns1700000000410,
];
