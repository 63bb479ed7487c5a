import type { z } from 'zod';
import type { Deployment } from '../../../platform/config/index.js';
import type { EscrowFacts, MilestoneFacts, PaymentFacts } from '../domain/escrow-facts.js';
import { policyWords } from '../domain/policy-words.js';
import { exitsOf, isDecided, latestEndOf, ledgerOf, type ProjectExit } from '../domain/project-model.js';
import { type MilestoneDraft, payeesOf, type PolicyDraft, type TermsDraft, totalOf } from '../domain/terms-draft.js';
import type { PartyRole, PartySignature, ProjectRecord } from '../persistence/project.repository.js';
import type { milestoneSchema, projectSchema, projectSummarySchema } from './schemas.js';

export type ProjectView = z.infer<typeof projectSchema>;
type MilestoneView = z.infer<typeof milestoneSchema>;

/** Everything a project's page is made of. */
export interface ProjectParts {
  readonly record: ProjectRecord;
  readonly signatures: readonly PartySignature[];
  /** Null before the escrow exists. */
  readonly facts: EscrowFacts | null;
  /** Position of the projection. */
  readonly chain: { readonly block: number; readonly finalized: number };
  readonly token: Deployment['token'];
}

const DAY = 86_400;
const iso = (seconds: number): string => new Date(seconds * 1000).toISOString();
const text = (amount: bigint): string => amount.toString();

/** The project as the API shows it. */
export function projectView(parts: ProjectParts): ProjectView {
  const { record, facts, chain } = parts;
  const { terms } = record;
  const payees = payeesOf(terms);
  const ledger = facts === null ? null : ledgerOf(terms, facts);
  return {
    ...summaryHead(parts),
    version: record.version,
    payees: payees.map(({ account, weight }) => ({ account, weight })),
    seats: terms.seats.map((seat) => ({ ...seat, excluded: payees.some((payee) => payee.account === seat.account) })),
    feeBps: terms.feeBps,
    signatures: { client: signatureView(parts, 'client'), contributor: signatureView(parts, 'contributor') },
    creation: record.creationIntent === null ? null : { intent: record.creationIntent },
    ledger:
      ledger === null
        ? null
        : {
            pool: text(ledger.pool),
            open: text(ledger.open),
            cover: text(ledger.cover),
            holdback: text(ledger.holdback),
            refundable: text(ledger.refundable),
            credits: text(ledger.credits),
            booked: text(ledger.booked),
            funded: text(ledger.funded),
            paid: text(ledger.paid),
            fees: text(ledger.fees),
            refunded: text(ledger.refunded),
          },
    payments: paidOf(facts?.payments ?? [], null),
    milestones: milestoneViews(parts),
    finalBy: iso(latestEndOf(terms, facts)),
    chain: {
      block: chain.block,
      finality: facts === null ? 'none' : facts.changedBlock <= chain.finalized ? 'finalized' : 'included',
    },
    terms,
  };
}

/** The project in a list. */
export function projectSummary(parts: ProjectParts): z.infer<typeof projectSummarySchema> {
  return {
    ...summaryHead(parts),
    milestones: milestoneViews(parts).map(({ index, title, status, amount, due, round }) => ({
      index,
      title,
      status,
      amount,
      due,
      round,
    })),
    updatedAt: parts.record.updatedAt.toISOString(),
  };
}

function summaryHead({ record, signatures, facts, token }: ProjectParts) {
  const status =
    facts !== null ? (isDecided(facts) ? 'closed' : 'active') : signatures.length > 0 ? 'signing' : 'draft';
  return {
    id: record.id,
    title: record.title,
    summary: record.summary,
    status,
    client: record.terms.client,
    contributor: record.terms.contributor,
    total: text(totalOf(record.terms)),
    token,
    escrow: facts === null ? null : record.escrow,
  } as const;
}

function signatureView({ signatures }: ProjectParts, role: PartyRole): { signer: string; at: string } | null {
  const found = signatures.find((signature) => signature.role === role);
  return found === undefined ? null : { signer: found.signer, at: found.signedAt.toISOString() };
}

function milestoneViews({ record: { terms }, facts }: ProjectParts): MilestoneView[] {
  const exits = facts === null ? [] : exitsOf(terms, facts);
  return terms.milestones.map((draft, index) =>
    milestoneView(draft, index, terms, facts?.milestones[index] ?? null, exits[index] ?? null, facts?.payments ?? []),
  );
}

function milestoneView(
  draft: MilestoneDraft,
  index: number,
  terms: TermsDraft,
  facts: MilestoneFacts | null,
  exit: ProjectExit | null,
  payments: readonly PaymentFacts[],
): MilestoneView {
  const policy = terms.policies[draft.policy] as PolicyDraft;
  const decision = facts?.decision ?? null;
  return {
    index,
    title: draft.title,
    description: draft.description,
    criteria: draft.criteria.map((criterion) => ({ ...criterion })),
    amount: facts === null ? draft.amount : text(facts.amount),
    due: iso(terms.start + (facts?.due ?? draft.due) * DAY + (facts?.shift ?? 0)),
    fundBy: iso(terms.start + (facts?.fundBy ?? draft.fundBy) * DAY),
    policy: policyWords(policy),
    status: facts?.status ?? 'Draft',
    round: facts?.round ?? 0,
    maxRounds: terms.profiles[facts?.profile ?? draft.profile]?.maxRounds ?? 1,
    digest: facts?.digest ?? null,
    submittedAt: facts?.submittedAt == null ? null : iso(facts.submittedAt),
    exit: exit === null ? null : { at: iso(exit.at), outcome: exit.outcome, payBps: exit.payBps },
    decision:
      decision === null
        ? null
        : {
            cause: decision.cause,
            payBps: decision.payBps,
            gross: text(decision.gross),
            lateCredit: text(decision.lateCredit),
            holdback: text(decision.holdback),
            fee: text(decision.fee),
            net: text(decision.net),
            refundable: text(decision.refundable),
            paid: paidOf(payments, index),
            at: iso(decision.at),
            txHash: decision.tx,
          },
  };
}

const paidOf = (payments: readonly PaymentFacts[], m: number | null): ProjectView['payments'] =>
  payments
    .filter((payment) => payment.m === m)
    .map(({ account, amount, kind, credited }) => ({ account, amount: text(amount), kind, credited }));
