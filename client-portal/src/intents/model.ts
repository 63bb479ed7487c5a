import { canonicalHash, type Json } from '@milepost/protocol/canonical';
import type { Hex, IntentState } from '../api/types';

/** Life of one action: prepared → asked → signed → sent → confirmed → done, or one of the ends below. */
export type ActionState =
  'prepared' | 'asked' | 'signed' | 'sent' | 'confirmed' | 'done' | 'declined' | 'reverted' | 'expired';

export interface Action {
  /** Hash of chain, actor, kind, project, milestone and what is acted on: the same action has the same id. */
  id: Hex;
  kind: string;
  /** "Fund 12,000 USDX" */
  label: string;
  actor: string;
  project: string | null;
  milestone: number | null;
  state: ActionState;
  /** Intent at the API, once it took the action over. */
  intent: string | null;
  /** What to post again under the same key when the page closed before the API answered. */
  outgoing: { path: string; body: Json; key: string } | null;
  txHash: Hex | null;
  error: string | null;
  createdAt: number;
  updatedAt: number;
}

const ENDED: ReadonlySet<ActionState> = new Set(['done', 'declined', 'reverted', 'expired']);
/** Unconfirmed for this long is called stalled, never failed. */
export const STALLED_MS = 90_000;
/** How long ended actions stay listed. */
export const KEEP_MS = 86_400_000;

export const ended = (action: Action): boolean => ENDED.has(action.state);

export const stalled = (action: Action, now: number): boolean =>
  (action.state === 'signed' || action.state === 'sent') && now - action.updatedAt > STALLED_MS;

export interface Identity {
  chainId: number;
  actor: string;
  kind: string;
  project: string | null;
  milestone: number | null;
  /** Round, digest, amount or whatever else tells two actions apart. */
  subject: Json;
}

export const actionId = (identity: Identity): Hex =>
  canonicalHash({ ...identity, actor: identity.actor.toLowerCase() });

/**
 * Key for the API. Of one attempt it is always the same, so that a repeated delivery acts once; a new
 * attempt after a refusal has another one.
 */
export const requestKey = (id: Hex, attempt: number, body: Json): string =>
  canonicalHash({ id, attempt, body }).slice(2, 50);

const RANK: Record<ActionState, number> = {
  prepared: 0,
  asked: 1,
  signed: 2,
  sent: 3,
  confirmed: 4,
  done: 5,
  declined: 6,
  reverted: 6,
  expired: 6,
};

/** State that an answer of the API stands for. */
export function stateOfIntent(state: IntentState): ActionState {
  switch (state) {
    case 'queued':
    case 'signed':
      return 'signed';
    case 'sent':
      return 'sent';
    case 'included':
      return 'confirmed';
    case 'final':
      return 'done';
    case 'refused':
    case 'failed':
      return 'reverted';
    case 'expired':
      return 'expired';
  }
}

/** Applies news; an ended action stays ended, and a step is only undone by a reorg (confirmed → sent). */
export function advance(action: Action, news: Partial<Action>, now: number): Action {
  if (ended(action)) return action;
  const next = { ...action, ...news };
  if (news.state && RANK[news.state] < RANK[action.state] && !(action.state === 'confirmed' && news.state === 'sent'))
    next.state = action.state;
  const changed = (Object.keys(news) as (keyof Action)[]).some((key) => next[key] !== action[key]);
  return changed ? { ...next, updatedAt: now } : action;
}

/** What is left after a reload: unsigned ones ended with the page, old ended ones are forgotten. */
export function restore(actions: readonly Action[], now: number): Action[] {
  return actions
    .map((action) =>
      action.state === 'prepared' || action.state === 'asked'
        ? { ...action, state: 'expired' as const, error: 'The page was closed before it was signed. Nothing was sent.' }
        : action,
    )
    .filter((action) => !ended(action) || now - action.updatedAt < KEEP_MS);
}

/** Words for the tray. */
export function actionWord(action: Action, now: number): string {
  if (stalled(action, now)) return 'Taking longer than usual';
  switch (action.state) {
    case 'prepared':
      return 'Ready to sign';
    case 'asked':
      return 'Waiting for your signature';
    case 'signed':
      return 'Signed, being sent';
    case 'sent':
      return 'Sent, waiting for the chain';
    case 'confirmed':
      return 'On chain, becoming final';
    case 'done':
      return 'Done';
    case 'declined':
      return 'Declined by you. Nothing was sent.';
    case 'reverted':
      return 'Refused. Nothing was changed.';
    case 'expired':
      return 'Ended without effect';
  }
}
