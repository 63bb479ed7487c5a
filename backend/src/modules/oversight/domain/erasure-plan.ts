/** One thing that is kept although a person asked to be forgotten. */
export interface Kept {
  readonly what: string;
  readonly why: string;
}

/** Days after which no backup holds a destroyed key: audit keys are dumped apart and kept no longer. */
export const BACKUP_DAYS = 30;

/** What an erasure cannot or may not take. Said to the person before, not after. */
export const KEPT: readonly Kept[] = [
  {
    what: 'Your wallet address and what it did on the chain',
    why: 'A public chain has no owner who could delete from it. Nothing here links the address to your name any more.',
  },
  {
    what: 'Terms, deliverables, ballots and signatures of projects you took part in',
    why: 'They are the contract and the proof of what was owed, delivered and decided; the other parties need them to establish or defend claims (GDPR Art. 17(3)(b) and (e)). They carry your wallet address, not your name.',
  },
  {
    what: 'Entries of the audit log',
    why: 'An entry names a random pseudonym, ids and salted commitments. Pseudonym and salts are destroyed, so it no longer points to anybody; removing it would break the proofs of everyone else.',
  },
  {
    what: 'The fact that an erasure took place',
    why: 'It is the receipt: a log entry with a random number, a reason code and counts.',
  },
];

/** Why an erasure was executed or refused. Codes only: the entry can never be taken back. */
export const ERASURE_REASONS = ['person-asked', 'court-order', 'retention-over', 'mistake'] as const;
export type ErasureReason = (typeof ERASURE_REASONS)[number];
export const REFUSAL_REASONS = ['legal-claims', 'legal-obligation', 'identity-not-proven'] as const;
export type RefusalReason = (typeof REFUSAL_REASONS)[number];
export const HOLD_REASONS = ['dispute', 'tax', 'court-order', 'investigation'] as const;
export type HoldReason = (typeof HOLD_REASONS)[number];
