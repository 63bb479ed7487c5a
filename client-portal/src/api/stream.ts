import type { QueryClient } from '@tanstack/react-query';
import { apiUrl } from './client';
import { keys } from './queries';
import type { StreamEvent } from './types';

/**
 * One event stream per browser: the tab that holds the lock listens and tells the others.
 * While no stream is up, everything on screen is read again every five seconds.
 */
const LOCK = 'milepost.stream';
const CHANNEL = 'milepost.stream';
const POLL_MS = 5_000;

export type StreamState = 'live' | 'polling';
type Message = { kind: 'event'; event: StreamEvent } | { kind: 'reset' } | { kind: 'state'; state: StreamState };

const listeners = new Set<(state: StreamState) => void>();
let current: StreamState = 'polling';

export const streamState = (): StreamState => current;
export const onStreamState = (listener: (state: StreamState) => void): (() => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

function setState(state: StreamState): void {
  if (state === current) return;
  current = state;
  for (const listener of listeners) listener(state);
}

/** What one thin event makes stale. */
export function staleKeys(event: StreamEvent): readonly (readonly unknown[])[] {
  const project = event.ids['project'];
  const out: (readonly unknown[])[] = [keys.projects];
  if (project) out.push(keys.project(String(project)));
  if (event.type.startsWith('reward')) out.push(keys.rewards);
  if (/paid|decided|claim|credit/.test(event.type)) out.push(keys.rewards);
  return out;
}

const parse = (data: string): StreamEvent | null => {
  try {
    const value: unknown = JSON.parse(data);
    if (typeof value !== 'object' || value === null || !('type' in value)) return null;
    return { ids: {}, finality: 'included', seq: 0, ...value } as StreamEvent;
  } catch {
    return null;
  }
};

/** Starts live updates; returns a function that stops them. */
export function startStream(client: QueryClient): () => void {
  const abort = new AbortController();
  const channel = new BroadcastChannel(CHANNEL);
  let pending = new Map<string, readonly unknown[]>();
  let timer: ReturnType<typeof setTimeout> | undefined;

  const flush = () => {
    timer = undefined;
    const batch = pending;
    pending = new Map();
    for (const queryKey of batch.values()) void client.invalidateQueries({ queryKey });
  };
  const apply = (message: Message) => {
    if (message.kind === 'state') setState(message.state);
    else if (message.kind === 'reset') void client.invalidateQueries();
    else {
      for (const key of staleKeys(message.event)) pending.set(JSON.stringify(key), key);
      timer ??= setTimeout(flush, 120);
    }
  };
  const tell = (message: Message) => {
    apply(message);
    channel.postMessage(message);
  };
  channel.onmessage = (event: MessageEvent<Message>) => apply(event.data);

  const poll = setInterval(() => {
    if (current === 'polling' && document.visibilityState === 'visible')
      void client.invalidateQueries({ refetchType: 'active' });
  }, POLL_MS);

  const listen = (): Promise<void> =>
    new Promise((resolve) => {
      const source = new EventSource(apiUrl('/events'));
      source.onopen = () => tell({ kind: 'state', state: 'live' });
      source.onerror = () => tell({ kind: 'state', state: 'polling' });
      source.onmessage = (message: MessageEvent<string>) => {
        const event = parse(message.data);
        if (event) tell({ kind: 'event', event });
      };
      source.addEventListener('reset', () => tell({ kind: 'reset' }));
      abort.signal.addEventListener('abort', () => {
        source.close();
        resolve();
      });
    });
  if ('locks' in navigator)
    void navigator.locks.request(LOCK, { signal: abort.signal }, listen).catch(() => setState('polling'));
  else void listen();

  return () => {
    abort.abort();
    clearInterval(poll);
    clearTimeout(timer);
    channel.close();
    setState('polling');
  };
}
