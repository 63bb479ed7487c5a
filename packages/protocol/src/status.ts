/**
 * State language: one table from facts of the chain to the word, tone and icon that every surface shows.
 * The first row that matches wins.
 */

/** Colour family of a state. */
export type Tone = 'neutral' | 'info' | 'ok' | 'warn' | 'bad';

/** Names of icons that the portal draws. */
export type StatusIcon =
  | 'draft'
  | 'pen'
  | 'alarm'
  | 'wallet'
  | 'work'
  | 'notice'
  | 'upload'
  | 'check'
  | 'review'
  | 'hold'
  | 'changes'
  | 'dispute'
  | 'paid'
  | 'refund'
  | 'cancelled';

/** A state in words. `key` and `values` are stable, for translation; `word` is the English text. */
export interface StatusWord {
  readonly key: string;
  readonly word: string;
  readonly tone: Tone;
  readonly icon: StatusIcon;
  readonly values: { readonly [name: string]: number };
}

/** States of a milestone on the chain, and Draft before there is one. */
export type MilestoneStatus =
  'Draft' | 'Planned' | 'Funded' | 'Submitted' | 'Rejected' | 'Disputed' | 'Released' | 'Refunded' | 'Cancelled';

/** State of a submission's ballot in the gate. */
export type GateStatus = 'Open' | 'Held' | 'Approved' | 'Rejected' | 'Escalated' | 'Void';

/** Rung of the arbitration ladder. */
export type Rung = 'negotiation' | 'panel' | 'appeal' | 'deposit' | 'ruling' | 'fallback';

/** What the table reads. Times are Unix seconds of the chain; absent facts are left out. */
export interface MilestoneFacts {
  readonly status: MilestoneStatus;
  /** Latest block's time. */
  readonly now: number;
  /** Draft: signatures given so far, of two. */
  readonly signatures?: number;
  /** The state's exit time: after it anyone may close the milestone. */
  readonly exitAt?: number;
  readonly fundBy?: number;
  /** Due time shifted by late funding and rejected reviews. */
  readonly dueAt?: number;
  /** Grace in seconds. */
  readonly grace?: number;
  /** Late credit rate if submitted now. */
  readonly lateBps?: number;
  /** A cancel notice is running; the time it ends. */
  readonly noticeUntil?: number;
  /** Confirmations of the submission and how many make it final. */
  readonly confirmations?: number;
  readonly finalAfter?: number;
  readonly gate?: GateStatus;
  /** End of the ballot's running window. */
  readonly deadline?: number;
  readonly extended?: boolean;
  readonly heldUntil?: number;
  /** Collected signatures decide the ballot, but are not on the chain yet. */
  readonly decidedOffChain?: boolean;
  readonly round?: number;
  readonly maxRounds?: number;
  readonly rung?: Rung;
  readonly payBps?: number;
}

function word(
  key: string,
  text: string,
  tone: Tone,
  icon: StatusIcon,
  values: { readonly [name: string]: number } = {},
): StatusWord {
  return { key, word: text, tone, icon, values };
}

const OPEN: ReadonlySet<MilestoneStatus> = new Set(['Planned', 'Funded', 'Submitted', 'Rejected', 'Disputed']);

function submittedWord(facts: MilestoneFacts): StatusWord {
  const { confirmations = 0, finalAfter = 0, now, deadline, heldUntil } = facts;
  if (confirmations < finalAfter) {
    const values = { k: confirmations, n: finalAfter };
    return word('submitted.confirming', `Submitted, ${confirmations} of ${finalAfter}`, 'info', 'upload', values);
  }
  if (facts.decidedOffChain === true) return word('submitted.paying', 'Decided, paying', 'ok', 'check');
  if (facts.gate === 'Held') {
    if (heldUntil !== undefined && now > heldUntil) return word('submitted.due', 'Ready to finalize', 'warn', 'alarm');
    return word(
      'submitted.held',
      'Approved, held until',
      'ok',
      'hold',
      heldUntil === undefined ? {} : { until: heldUntil },
    );
  }
  if (deadline !== undefined && now > deadline) return word('submitted.due', 'Ready to finalize', 'warn', 'alarm');
  if (facts.extended === true) return word('submitted.extended', 'In review, extended', 'info', 'review');
  return word('submitted.review', 'In review', 'info', 'review');
}

function fundedWord(facts: MilestoneFacts): StatusWord {
  if (facts.noticeUntil !== undefined) {
    return word('funded.notice', 'Cancel notice', 'warn', 'notice', { until: facts.noticeUntil });
  }
  if (facts.dueAt !== undefined && facts.now > facts.dueAt + (facts.grace ?? 0)) {
    return word('funded.late', 'Late, credit so far', 'warn', 'alarm', { lateBps: facts.lateBps ?? 0 });
  }
  return word('funded.work', 'In progress', 'info', 'work');
}

function rejectedWord(facts: MilestoneFacts): StatusWord {
  const left = Math.max(0, (facts.maxRounds ?? 0) - (facts.round ?? 0));
  return word('rejected', `Changes requested, ${left} ${left === 1 ? 'round' : 'rounds'} left`, 'warn', 'changes', {
    left,
  });
}

const RUNG_WORDS: { readonly [rung in Rung]: string } = {
  negotiation: 'negotiation',
  panel: 'panel',
  appeal: 'appeal',
  deposit: 'appeal',
  ruling: 'ruling',
  fallback: 'ruling',
};

/** Word, tone and icon of a milestone. */
export function milestoneStatus(facts: MilestoneFacts): StatusWord {
  if (OPEN.has(facts.status) && facts.exitAt !== undefined && facts.now > facts.exitAt) {
    return word('overdue', 'Overdue: anyone may close it', 'bad', 'alarm');
  }
  switch (facts.status) {
    case 'Draft':
      return (facts.signatures ?? 0) === 0
        ? word('draft', 'Draft', 'neutral', 'draft')
        : word('draft.signing', 'Awaiting signatures', 'warn', 'pen', { signatures: facts.signatures ?? 0 });
    case 'Planned':
      return facts.fundBy !== undefined && facts.now > facts.fundBy
        ? word('planned.overdue', 'Funding overdue', 'warn', 'alarm')
        : word('planned', 'Awaiting funds', 'warn', 'wallet');
    case 'Funded':
      return fundedWord(facts);
    case 'Submitted':
      return submittedWord(facts);
    case 'Rejected':
      return rejectedWord(facts);
    case 'Disputed': {
      const rung = RUNG_WORDS[facts.rung ?? 'negotiation'];
      return word(`disputed.${rung}`, `Disputed: ${rung}`, 'bad', 'dispute');
    }
    case 'Released': {
      const payBps = facts.payBps ?? 10_000;
      return payBps === 10_000
        ? word('released', 'Released', 'ok', 'paid')
        : word('released.part', 'Released in part', 'ok', 'paid', { payBps });
    }
    case 'Refunded':
      return word('refunded', 'Refunded', 'neutral', 'refund');
    case 'Cancelled':
      return word('cancelled', 'Cancelled', 'neutral', 'cancelled');
  }
}
