/**
 * Replay: what must be true of a project if its entries are all that happened, worked out from the entries alone, and compared
 * with what the service claims. Only chain facts count; their amounts stand in the headers, so erasure takes nothing away.
 */
import type { EntryHeader, Json } from './entry.js';
import { TlogFormatError } from './text.js';

/** What a decided milestone paid. Amounts in base units, decimal. */
export interface DecisionClaim {
  readonly payBps: number;
  readonly gross: string;
  readonly lateCredit: string;
  readonly holdback: string;
  readonly fee: string;
  readonly net: string;
}

export interface MilestoneClaim {
  readonly index: number;
  /** Planned, Funded, Submitted, Rejected, Disputed, Released, Refunded or Cancelled. */
  readonly status: string;
  readonly round: number;
  readonly decision: DecisionClaim | null;
}

/** The state of a project as the service shows it. */
export interface Claims {
  readonly milestones: readonly MilestoneClaim[];
  readonly totals: Totals;
}

export interface Totals {
  /** Paid in by the funders. */
  readonly funded: string;
  /** Paid out to payees: milestones, kill fees, holdback. */
  readonly paid: string;
  /** Kept for payees or funders whose payment was refused. */
  readonly credited: string;
  readonly claimed: string;
  /** Paid back to funders. */
  readonly refunded: string;
  /** In the holdback pot. */
  readonly holdback: string;
}

export interface Replay {
  readonly state: Claims;
  /** Steps that the rules do not allow, by entry, and claims that the entries do not bear out. */
  readonly problems: readonly string[];
  /** Chain facts that the state was worked out from. */
  readonly facts: number;
}

interface Milestone {
  status: string;
  round: number;
  decision: DecisionClaim | null;
  paid: bigint;
}

const DECIDED = new Set(['Released', 'Refunded', 'Cancelled']);
const ZERO = { funded: 0n, paid: 0n, credited: 0n, claimed: 0n, holdback: 0n, refunded: 0n, fees: 0n };

/**
 * Replays the headers of one project in the order of the log.
 * @param claims what to compare with; null: only the rules are checked
 */
export function replay(headers: readonly EntryHeader[], claims: Claims | null): Replay {
  const milestones = new Map<number, Milestone>();
  const sums = { ...ZERO };
  const problems: string[] = [];
  let facts = 0;
  for (const header of headers) {
    if (header.source === 'app') continue;
    facts += 1;
    try {
      step(header, milestones, sums);
    } catch (error) {
      if (!(error instanceof RuleBroken)) throw error;
      problems.push(`${header.type} of ${new Date(header.at).toISOString()} (${header.id}): ${error.message}`);
    }
    const out = sums.paid + sums.fees + sums.refunded + sums.credited;
    if (out > sums.funded)
      problems.push(`${header.type} (${header.id}): ${String(out)} went out, but only ${String(sums.funded)} came in`);
  }
  const state: Claims = {
    milestones: [...milestones]
      .sort(([a], [b]) => a - b)
      .map(([index, { status, round, decision }]) => ({ index, status, round, decision })),
    totals: {
      funded: String(sums.funded),
      paid: String(sums.paid),
      credited: String(sums.credited),
      claimed: String(sums.claimed),
      refunded: String(sums.refunded),
      holdback: String(sums.holdback),
    },
  };
  if (claims !== null) problems.push(...differences(state, claims));
  return { state, problems, facts };
}

class RuleBroken extends Error {}

function demand(condition: boolean, rule: string): void {
  if (!condition) throw new RuleBroken(rule);
}

type Sums = typeof ZERO;
type Step = (header: EntryHeader, milestone: () => Milestone, sums: Sums) => void;

const steps: { readonly [type: string]: Step } = {
  'deposit.received': (header, _, sums) => {
    sums.funded += amount(header);
  },
  'milestone.funded': (_, milestone) => {
    const it = milestone();
    demand(it.status === 'Planned', `a milestone that is ${it.status} cannot be funded`);
    it.status = 'Funded';
  },
  'submission.made': (header, milestone) => {
    const it = milestone();
    const round = int(header, 'round');
    demand(
      it.status === 'Funded' || it.status === 'Rejected',
      `nothing can be submitted for a milestone that is ${it.status}`,
    );
    demand(round === it.round + 1, `round ${String(round)} does not follow round ${String(it.round)}`);
    it.status = 'Submitted';
    it.round = round;
  },
  'milestone.rejected': (_, milestone) => {
    const it = milestone();
    demand(
      it.status === 'Submitted' || it.status === 'Disputed',
      `a milestone that is ${it.status} cannot be rejected`,
    );
    it.status = 'Rejected';
  },
  'dispute.opened': (header, milestone) => {
    // A dispute about the warranty is about no milestone.
    if (header.subject[0] !== 'milestone') return;
    const it = milestone();
    demand(!DECIDED.has(it.status), `a milestone that is ${it.status} cannot be disputed`);
    it.status = 'Disputed';
  },
  'milestone.decided': (header, milestone, sums) => {
    const it = milestone();
    demand(!DECIDED.has(it.status), `a milestone that is ${it.status} cannot be decided again`);
    const decision = {
      payBps: int(header, 'payBps'),
      gross: text(header, 'gross'),
      lateCredit: text(header, 'lateCredit'),
      holdback: text(header, 'holdback'),
      fee: text(header, 'fee'),
      net: text(header, 'net'),
    };
    it.status = decision.payBps === 0 ? 'Refunded' : 'Released';
    it.decision = decision;
    sums.holdback += BigInt(decision.holdback);
    sums.fees += BigInt(decision.fee);
    const parts = BigInt(decision.lateCredit) + BigInt(decision.holdback) + BigInt(decision.fee) + BigInt(decision.net);
    demand(
      parts === BigInt(decision.gross),
      `its parts are ${String(parts)}, not the ${decision.gross} that was decided`,
    );
  },
  'milestone.voided': (header, milestone, sums) => {
    const it = milestone();
    demand(!DECIDED.has(it.status), `a milestone that is ${it.status} cannot be cancelled`);
    it.status = 'Cancelled';
    sums.fees += BigInt(text(header, 'fee'));
  },
  'milestone.amended': (header, milestone) => {
    if (header.subject[0] !== 'milestone') return;
    const it = milestone();
    if (it.status === 'Submitted' || it.status === 'Rejected') it.status = 'Funded';
  },
  'milestone.paid': (header, milestone, sums) => {
    const it = milestone();
    it.paid += amount(header);
    sums.paid += amount(header);
    demand(it.decision !== null, 'it was paid before it was decided');
    demand(
      it.decision === null || it.paid <= BigInt(it.decision.net),
      `it was paid ${String(it.paid)}, more than the ${it.decision?.net ?? '0'} that was decided`,
    );
  },
  'killfee.paid': (header, _, sums) => {
    sums.paid += amount(header);
  },
  'holdback.paid': (header, _, sums) => {
    sums.paid += amount(header);
  },
  'holdback.released': (header, _, sums) => {
    sums.holdback -= amount(header);
    sums.fees += BigInt(text(header, 'fee'));
    demand(sums.holdback >= 0n, 'more was released than the holdback pot had');
  },
  'credit.recorded': (header, _, sums) => {
    sums.credited += amount(header);
    // The fee or refund was counted when it was decided; the token refused to move it.
    if (header.refs['kind'] === 'fee') sums.fees -= amount(header);
    if (header.refs['kind'] === 'refund') sums.refunded -= amount(header);
  },
  'credit.claimed': (header, _, sums) => {
    sums.claimed += amount(header);
    demand(sums.claimed <= sums.credited, 'more was claimed than credited');
  },
  'refund.paid': (header, _, sums) => {
    sums.refunded += amount(header);
  },
  'claim.decided': (header, _, sums) => {
    sums.holdback -= BigInt(text(header, 'refunded'));
    demand(sums.holdback >= 0n, 'more was refunded than the holdback pot had');
  },
};

function step(header: EntryHeader, milestones: Map<number, Milestone>, sums: Sums): void {
  steps[header.type]?.(
    header,
    () => {
      const index = int(header, 'milestone');
      const known = milestones.get(index) ?? { status: 'Planned', round: 0, decision: null, paid: 0n };
      milestones.set(index, known);
      return known;
    },
    sums,
  );
}

const int = (header: EntryHeader, name: string): number => {
  const value = header.refs[name];
  if (typeof value !== 'number') throw new RuleBroken(`its ${name} is missing`);
  return value;
};
const text = (header: EntryHeader, name: string): string => {
  const value = header.refs[name];
  if (typeof value !== 'string' || !/^(0|[1-9][0-9]*)$/.test(value)) throw new RuleBroken(`its ${name} is no amount`);
  return value;
};
const amount = (header: EntryHeader): bigint => BigInt(text(header, 'amount'));

function differences(state: Claims, claims: Claims): string[] {
  const problems: string[] = [];
  const compare = (what: string, claimed: unknown, replayed: unknown): void => {
    if (claimed !== replayed) problems.push(`claimed: ${what} ${String(claimed)}; the entries say ${String(replayed)}`);
  };
  for (const name of ['funded', 'paid', 'credited', 'claimed', 'refunded', 'holdback'] as const)
    compare(`${name} of the project is`, claims.totals[name], state.totals[name]);
  for (const claim of claims.milestones) {
    const label = `milestone ${String(claim.index + 1)}`;
    const found = state.milestones.find(({ index }) => index === claim.index);
    compare(`${label} is`, claim.status, found?.status ?? 'Planned');
    compare(`${label} is in round`, claim.round, found?.round ?? 0);
    if (claim.status === 'Cancelled') continue;
    for (const name of ['payBps', 'gross', 'lateCredit', 'holdback', 'fee', 'net'] as const)
      compare(`${name} of ${label} is`, claim.decision?.[name] ?? 'undecided', found?.decision?.[name] ?? 'undecided');
  }
  const known = new Set(claims.milestones.map(({ index }) => index));
  for (const { index } of state.milestones)
    if (!known.has(index)) problems.push(`the claims leave out milestone ${String(index + 1)}`);
  return problems;
}

/** @throws TlogFormatError unless it has the form of claims */
export function readClaims(value: Json | undefined): Claims | null {
  if (value === undefined || value === null) return null;
  const bad = (): never => {
    throw new TlogFormatError('the claims of the bundle have an unknown form');
  };
  const object = (item: unknown): Record<string, unknown> =>
    typeof item === 'object' && item !== null && !Array.isArray(item) ? (item as Record<string, unknown>) : bad();
  const str = (item: unknown): string => (typeof item === 'string' ? item : bad());
  const num = (item: unknown): number => (Number.isSafeInteger(item) ? (item as number) : bad());
  const { milestones, totals } = object(value);
  const sums = object(totals);
  return {
    milestones: (Array.isArray(milestones) ? milestones : bad()).map((item: unknown) => {
      const { index, status, round, decision } = object(item);
      const made = decision === null ? null : object(decision);
      return {
        index: num(index),
        status: str(status),
        round: num(round),
        decision:
          made === null
            ? null
            : {
                payBps: num(made['payBps']),
                gross: str(made['gross']),
                lateCredit: str(made['lateCredit']),
                holdback: str(made['holdback']),
                fee: str(made['fee']),
                net: str(made['net']),
              },
      };
    }),
    totals: {
      funded: str(sums['funded']),
      paid: str(sums['paid']),
      credited: str(sums['credited']),
      claimed: str(sums['claimed']),
      refunded: str(sums['refunded']),
      holdback: str(sums['holdback']),
    },
  };
}
