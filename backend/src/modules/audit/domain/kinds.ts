/** Families of event types, as `LIKE` patterns. A type may stand in one family only; what no pattern takes is `operation`. */
export const KINDS = {
  access: ['auth.%', 'key.%', 'role.%', 'profile.%', 'trail.viewed', 'deliverable.viewed', 'export.made'],
  project: [
    'project.%',
    'terms.%',
    'creation.%',
    'milestone.created',
    'milestone.amended',
    'milestone.voided',
    'cancel.%',
  ],
  work: [
    'deliverable.uploaded',
    'manifest.%',
    'submission.%',
    'review.%',
    'comment.%',
    'document.%',
    'evidence.%',
    'acceptance.%',
  ],
  decision: [
    'ballot.%',
    'body.%',
    'silence.%',
    'milestone.approved',
    'milestone.rejected',
    'milestone.escalated',
    'milestone.decided',
    'milestone.lapsed',
    'verdict.%',
    'dispute.%',
    'ruling.%',
    'claim.%',
  ],
  money: [
    'milestone.funded',
    'milestone.defunded',
    'milestone.paid',
    'holdback.%',
    'killfee.%',
    'refund.%',
    'fee.%',
    'credit.%',
    'payee.%',
    'deposit.%',
    'intent.%',
  ],
  dao: ['proposal.%', 'vote.%', 'zone.%', 'parameter.%'],
  rewards: ['reward.%', 'assessment.%', 'epoch.%', 'reputation.%', 'indicator.%'],
  operation: ['config.%', 'portal.%', 'erasure.%', 'hold.%', 'log.%', 'rollup.%', 'chain.%'],
} as const satisfies Record<string, readonly string[]>;
export type Kind = keyof typeof KINDS;
export const kindNames = Object.keys(KINDS) as readonly Kind[];

/** The family of a type. */
export function kindOf(type: string): Kind {
  return (
    kindNames.find((kind) =>
      KINDS[kind].some((pattern) => (pattern.endsWith('%') ? type.startsWith(pattern.slice(0, -1)) : type === pattern)),
    ) ?? 'operation'
  );
}
