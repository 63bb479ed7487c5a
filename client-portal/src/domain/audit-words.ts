import type { AuditEvent } from '../api/types';

/** Audit events in words. A type that is not listed is shown by its own name. */
const WORDS: Record<string, string> = {
  'auth.login': 'signed in',
  'project.created': 'created the project',
  'project.edited': 'edited the draft',
  'project.activated': 'The escrow was opened',
  'project.closed': 'The project was closed',
  'terms.signed': 'signed the terms',
  'terms.withdrawn': 'withdrew a signature',
  'creation.requested': 'asked to open the escrow',
  'auth.logout': 'signed out',
  'profile.changed': 'changed the profile',
  'milestone.amended': 'A milestone was changed by both sides',
  'milestone.voided': 'A milestone was cancelled',
  'milestone.defunded': 'Money was taken back from a milestone',
  'review.requested': 'A review began',
  'ballot.held': 'An approval is on hold',
  'deposit.received': 'Money was paid in',
  'cancel.noticed': 'The client gave notice',
  'claim.opened': 'A warranty claim was opened',
  'claim.answered': 'A warranty claim was answered',
  'claim.decided': 'A warranty claim was decided',
  'payee.changed': 'A payee’s address was changed',
  'dispute.settled': 'A dispute was settled',
  'milestone.created': 'A milestone was created',
  'milestone.funded': 'A milestone got its money',
  'milestone.lapsed': 'A clock ran out',
  'milestone.approved': 'A milestone was approved',
  'milestone.rejected': 'Changes were requested',
  'milestone.escalated': 'A milestone went to dispute',
  'milestone.decided': 'A milestone was decided',
  'milestone.paid': 'Money was paid',
  'refund.paid': 'Money was refunded',
  'fee.paid': 'The fee was paid',
  'credit.recorded': 'A payment was credited',
  'credit.claimed': 'A credit was claimed',
  'holdback.kept': 'A holdback was kept',
  'holdback.paid': 'Holdback was paid',
  'killfee.paid': 'A kill fee was paid',
  'deliverable.uploaded': 'uploaded a file',
  'deliverable.viewed': 'opened a file',
  'manifest.made': 'listed the files of a delivery',
  'submission.made': 'Work was delivered',
  'ballot.received': 'voted',
  'ballot.cast': 'A vote was counted on chain',
  'body.decided': 'A body decided',
  'silence.applied': 'The agreed outcome of silence applied',
  'verdict.requested': 'The oracle was asked',
  'verdict.recorded': 'The oracle answered',
  'acceptance.run': 'The agreed tests were run',
  'document.stored': 'stored the tests',
  'evidence.stored': 'handed in evidence for the oracle',
  'dispute.opened': 'A dispute was opened',
  'ruling.made': 'A ruling was made',
  'intent.accepted': 'asked for a transaction',
  'intent.refused': 'A transaction was refused',
  'intent.settled': 'A transaction was settled',
  'reward.accrued': 'A reward was earned',
  'export.made': 'exported the trail',
  'trail.viewed': 'read the trail as auditor',
  'role.granted': 'let an auditor in',
  'role.revoked': 'took an auditor’s right back',
  'holdback.released': 'Part of the holdback was released',
  'erasure.requested': 'asked to be forgotten',
  'erasure.withdrawn': 'withdrew the request to be forgotten',
  'erasure.refused': 'refused a request to be forgotten',
  'erasure.executed': 'erased a person',
  'hold.set': 'set a legal hold',
  'hold.lifted': 'lifted a legal hold',
};

export const eventWords = (event: Pick<AuditEvent, 'type'>): string => WORDS[event.type] ?? event.type;

/** "milestone 2", when the event is about one. */
export function subjectWords(event: AuditEvent): string | null {
  const [kind, id] = event.subject;
  if (kind === 'milestone') {
    const index = Number(id.split('/')[1]);
    return Number.isInteger(index) ? `milestone ${index + 1}` : null;
  }
  const milestone = event.refs['milestone'];
  return typeof milestone === 'number' ? `milestone ${milestone + 1}` : null;
}
