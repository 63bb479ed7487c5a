/** Names of the escrow's enums, by their number in the contract. Order is part of the deployed code. */

export const STATES = [
  'Planned',
  'Funded',
  'Submitted',
  'Rejected',
  'Disputed',
  'Released',
  'Refunded',
  'Cancelled',
] as const;
export type MilestoneState = (typeof STATES)[number];

export const CAUSES = ['GATE', 'SILENCE', 'RULING', 'STANDING', 'JOINT', 'DEFAULT', 'CANCEL'] as const;
export type Cause = (typeof CAUSES)[number];

export const KINDS = ['milestone', 'killfee', 'holdback', 'fee', 'refund'] as const;
export type PaymentKind = (typeof KINDS)[number];

/** Milestone numbers that are no milestones. */
export const HOLDBACK_POT = 254;
export const FIRST_SPECIAL = 253;

/** The name of an enum member. @throws RangeError for a number the contract does not have */
export function nameOf<T extends string>(names: readonly T[], index: number): T {
  const name = names[index];
  if (name === undefined) throw new RangeError(`${index} is not one of ${names.join(', ')}`);
  return name;
}
