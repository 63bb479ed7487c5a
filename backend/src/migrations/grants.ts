import type { Grants } from '../platform/database/index.js';

/** A queue or projection that the application works on freely. */
const FREE = { app: 'SELECT, INSERT, UPDATE, DELETE' };
/** Rows change, none goes. */
const KEPT = { app: 'SELECT, INSERT, UPDATE' };
/** Rows come, and stay as they are. */
const FIXED = { app: 'SELECT, INSERT' };

/**
 * Who may do what, one line per table; the owner alone migrates. The application cannot change or remove an audit row, the
 * sequencer cannot write a business row. Rights stop accidents and a leaked password; the tree stops the owner.
 */
export const grants: Grants = {
  schema_migration: { app: 'SELECT', sequencer: 'SELECT' },
  idempotency_key: FREE,

  person: KEPT,
  signer: FREE,
  login_nonce: FREE,
  login_session: FREE,

  project: KEPT,
  project_member: FREE,
  project_signature: FREE,
  escrow_project: FREE,
  escrow_milestone: FREE,
  escrow_submission: FREE,
  escrow_payment: FREE,

  deliverable_file: KEPT,
  deliverable_manifest: FIXED,
  deliverable_download: FIXED,

  chain_cursor: KEPT,
  chain_block: FREE,
  chain_contract: FREE,
  chain_log: FREE,
  chain_undo: FREE,
  chain_gap: KEPT,
  chain_ledger: FREE,
  relay_lane: KEPT,
  relay_intent: KEPT,
  relay_attempt: KEPT,

  gate_policy: FREE,
  gate_roster: FREE,
  gate_ballot: FREE,
  gate_vote: FREE,
  ballot_received: { app: 'SELECT, INSERT, UPDATE (intent)' },

  arbitration_dispute: FREE,

  oracle_document: FIXED,
  oracle_request: FREE,
  oracle_report: FIXED,
  oracle_run: KEPT,
  oracle_evidence: KEPT,

  reward_escrow: FREE,
  reward_milestone: FREE,
  reward_request: FREE,
  reward_fee: FREE,
  reward_line: FREE,
  reputation_line: FREE,

  outbox: FREE,
  feed: FREE,
  feed_lead: KEPT,

  erasure_request: KEPT,
  legal_hold: KEPT,
  auditor_grant: KEPT,

  // The sequencer writes an event of its own when the log halts or goes on.
  audit_event: { app: 'SELECT, INSERT', sequencer: 'SELECT, INSERT' },
  audit_payload: { app: 'SELECT, INSERT, UPDATE (salt, ciphertext, erased_at)', sequencer: 'SELECT, INSERT' },
  'audit_keys.audit_dek': { app: 'SELECT, INSERT, UPDATE (wrapped_dek, shredded_at)', sequencer: 'SELECT, INSERT' },
  actor_alias: { app: 'SELECT, INSERT, DELETE' },
  audit_pending: { app: 'SELECT, INSERT', sequencer: 'SELECT, INSERT, DELETE' },
  audit_leaf: { app: 'SELECT', sequencer: 'SELECT, INSERT' },
  audit_subtree: { app: 'SELECT', sequencer: 'SELECT, INSERT' },
  audit_checkpoint: { app: 'SELECT', sequencer: 'SELECT, INSERT' },
  audit_cosignature: { app: 'SELECT', sequencer: 'SELECT, INSERT' },
  audit_lead: { app: 'SELECT', sequencer: 'SELECT, UPDATE' },
};
