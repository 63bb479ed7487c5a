import type { QueryClient } from '@tanstack/react-query';
import { ApiError, get, post } from '../api/client';
import { keys } from '../api/queries';
import type { Intent } from '../api/types';
import { ended, stateOfIntent, type Action } from './model';
import { allActions, updateAction } from './store';

const EVERY_MS = 1_200;
/** A delivery without an answer for this long is repeated, by whichever tab is open. */
const REPEAT_MS = 5_000;

const delivering = new Map<string, Promise<void>>();

/** News of an action from what the API says about its intent. */
export const newsOf = (intent: Intent): Partial<Action> => ({
  intent: intent.id,
  state: stateOfIntent(intent.state),
  txHash: intent.txHash,
  error: intent.error?.detail ?? null,
});

/** Hands a signed action to the API; safe to repeat, the key is the same. A second call joins the first. */
export function deliver(action: Action): Promise<void> {
  const running = delivering.get(action.id);
  if (running) return running;
  const work = send(action).finally(() => delivering.delete(action.id));
  delivering.set(action.id, work);
  return work;
}

async function send(action: Action): Promise<void> {
  if (!action.outgoing) return;
  const { path, body, key } = action.outgoing;
  try {
    const intent = await post<Intent>(path, body, { idempotencyKey: key });
    updateAction(action.id, { ...newsOf(intent), outgoing: null });
  } catch (error) {
    if (error instanceof ApiError && error.status < 500 && error.status !== 429 && error.status !== 409)
      updateAction(action.id, { state: 'reverted', error: error.message, outgoing: null });
    throw error;
  }
}

async function step(action: Action): Promise<void> {
  if (action.intent) updateAction(action.id, newsOf(await get<Intent>(`/intents/${action.intent}`)));
  else if (action.outgoing) {
    if (delivering.has(action.id) || Date.now() - action.updatedAt > REPEAT_MS) await deliver(action);
  } else if (action.txHash) {
    const { transactionOutcome } = await import('../chain/send');
    const outcome = await transactionOutcome(action.txHash);
    if (outcome === 'reverted')
      updateAction(action.id, { state: 'reverted', error: 'The contract refused it. Nothing was changed.' });
    else if (outcome === 'indexed') updateAction(action.id, { state: 'done' });
    else if (outcome === 'included') updateAction(action.id, { state: 'confirmed' });
  }
}

/** Follows every open action to its end, over reloads; refreshes the project when one moves on. */
export function startFollowing(client: QueryClient): () => void {
  let stopped = false;
  let timer: ReturnType<typeof setTimeout>;
  const round = async () => {
    for (const action of allActions()) {
      if (ended(action) || action.state === 'prepared' || action.state === 'asked') continue;
      try {
        await step(action);
      } catch {
        // Offline or a server restart: the next round asks again.
      }
      const after = allActions().find((item) => item.id === action.id);
      if (after && after.state !== action.state) {
        if (after.project) void client.invalidateQueries({ queryKey: keys.project(after.project) });
        void client.invalidateQueries({ queryKey: keys.projects });
        void client.invalidateQueries({ queryKey: keys.rewards });
      }
    }
    if (!stopped) timer = setTimeout(() => void round(), EVERY_MS);
  };
  void round();
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}
