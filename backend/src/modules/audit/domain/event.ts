/**
 * What other modules say when something happened. The audit module turns an event into a log entry: a public, pseudonymous
 * header (hashed into the Merkle log) and encrypted sections (committed to in the header, erasable).
 */

/** Every event type, by family. Add a line here for a new one; a type that is not listed does not compile and is refused. */
export const auditTypes = [
  // access
  'auth.login',
  'auth.logout',
  'auth.failed',
  'key.rotated',
  'role.granted',
  'role.revoked',
  'profile.changed',
  'deliverable.viewed',
  'trail.viewed',
  // project
  'project.created',
  'project.edited',
  'project.activated',
  'project.closed',
  'terms.signed',
  'terms.withdrawn',
  'creation.requested',
  'milestone.created',
  'milestone.funded',
  'milestone.amended',
  'milestone.voided',
  'milestone.defunded',
  'milestone.lapsed',
  'holdback.kept',
  'holdback.released',
  'holdback.paid',
  'killfee.paid',
  // work
  'deliverable.uploaded',
  'manifest.made',
  'submission.made',
  'review.requested',
  'comment.created',
  'comment.edited',
  'comment.deleted',
  // decision
  'ballot.received',
  'ballot.cast',
  'ballot.held',
  'ballot.extended',
  'ballot.objected',
  'body.decided',
  'silence.applied',
  'milestone.approved',
  'milestone.rejected',
  'milestone.escalated',
  'milestone.decided',
  'verdict.requested',
  'verdict.recorded',
  'verdict.pushed',
  'verdict.counted',
  'verdict.unreachable',
  'report.delivered',
  'acceptance.run',
  'document.stored',
  'evidence.stored',
  'dispute.opened',
  'dispute.withdrawn',
  'dispute.settled',
  'ruling.made',
  'dispute.entered',
  'dispute.rung',
  'dispute.challenged',
  'dispute.appealed',
  'dispute.standing',
  'dispute.costs',
  'dispute.closed',
  'evidence.added',
  // money
  'milestone.paid',
  'refund.paid',
  'fee.paid',
  'credit.recorded',
  'credit.claimed',
  'payee.changed',
  'intent.accepted',
  'intent.refused',
  'intent.settled',
  'deposit.received',
  'claim.opened',
  'claim.answered',
  'claim.decided',
  'cancel.noticed',
  'intent.revoked',
  'token.recovered',
  'deposit.returned',
  'fee.swept',
  // dao
  'proposal.created',
  'proposal.decided',
  'vote.cast',
  'zone.changed',
  'parameter.changed',
  'policy.registered',
  // rewards
  'reward.accrued',
  'assessment.committed',
  'assessment.revealed',
  'epoch.computed',
  'epoch.proposed',
  'epoch.challenged',
  'epoch.active',
  'reputation.slashed',
  'indicator.snapshot',
  'indicator.alarm',
  // operation
  'config.changed',
  'portal.deployed',
  'export.made',
  'erasure.requested',
  'erasure.withdrawn',
  'erasure.refused',
  'erasure.executed',
  'hold.set',
  'hold.lifted',
  'log.halted',
  'log.resumed',
  'log.forked',
  'rollup.project',
  'chain.reorged',
] as const;
export type AuditType = (typeof auditTypes)[number];

/** Who did it. A person is written as a random pseudonym of that person in that project; a chain fact never names a person. */
export type AuditActor = { readonly person: string } | { readonly chain: number } | { readonly system: string };

/** Public values of the header: integers (safe range) and short ASCII strings. No address, name, e-mail, IP or free text: those go into a section. */
export type RefValue = string | number | boolean | null | readonly RefValue[] | { readonly [key: string]: RefValue };

/** Values of a section: JSON with integers only (amounts as decimal strings); any text is allowed. */
export type SectionValue =
  string | number | boolean | null | readonly SectionValue[] | { readonly [key: string]: SectionValue };

/** Private details, encrypted under the key of one subject, so that they can be erased without breaking a proof. */
export interface AuditSection {
  /** Name within the event, `[a-z][a-z0-9-]{0,31}`, e.g. `request`, `payment`. */
  readonly section: string;
  /** Whose key encrypts it (`person:<id>`); left out: the project's, or the deployment's without a project. */
  readonly about?: string;
  readonly data: SectionValue;
}

/** Where a fact stands on the chain: its natural key, at most one entry each. Only facts of final blocks may be appended. */
export interface ChainFact {
  readonly chainId: number;
  /** 0x and 64 hex digits. */
  readonly blockHash: string;
  readonly txHash: string;
  readonly logIndex: number;
}

export interface AuditEvent {
  readonly type: AuditType;
  /** The row it is about, e.g. `['project', projectId]`, `['milestone', projectId + '/' + n]`, `['ballot', digest]`. ASCII, no address. */
  readonly subject: readonly [type: string, id: string];
  /** Project id (the backend's, not the escrow's address): decides who may read the event. */
  readonly project?: string | null;
  readonly actor: AuditActor;
  readonly refs?: { readonly [key: string]: RefValue };
  readonly sections?: readonly AuditSection[];
  /** Demanded with a chain actor. Appending the same fact again adds nothing and returns the first receipt. */
  readonly chain?: ChainFact;
  /** Time of the fact in ms since 1970; default: now. For a chain fact: its block's time. */
  readonly at?: number;
}

/** The promise made for one event: its leaf is in the log by `integrateBy`. */
export interface AuditReceipt {
  readonly eventId: string;
  /** Base64 of the 32-byte RFC 9162 leaf hash. */
  readonly leafHash: string;
  /** ms since 1970 */
  readonly at: number;
  /** ms since 1970 */
  readonly integrateBy: number;
}
