import { useSyncExternalStore } from 'react';
import { advance, ended, restore, type Action } from './model';

/** The actions of this browser, shared by its tabs through localStorage. */
const KEY = 'milepost.actions';
let actions: readonly Action[] = [];
const listeners = new Set<() => void>();

function read(): Action[] {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(KEY) ?? '[]');
    return Array.isArray(value) ? (value as Action[]).filter((item) => typeof item?.id === 'string') : [];
  } catch {
    return [];
  }
}

function publish(next: readonly Action[], save: boolean): void {
  actions = next;
  if (save)
    try {
      localStorage.setItem(KEY, JSON.stringify(next));
    } catch {
      // A full or blocked storage costs the tray its memory across reloads, not the action.
    }
  for (const listener of listeners) listener();
}

export const allActions = (): readonly Action[] => actions;
export const findAction = (id: string): Action | undefined => actions.find((action) => action.id === id);

/** Adds an action; refuses when the same one is still under way. An ended one is replaced. */
export function addAction(action: Action): boolean {
  const existing = findAction(action.id);
  if (existing && !ended(existing)) return false;
  publish([action, ...actions.filter((item) => item.id !== action.id)], true);
  return true;
}

export function updateAction(id: string, news: Partial<Action>): void {
  const now = Date.now();
  let changed = false;
  const next = actions.map((action) => {
    if (action.id !== id) return action;
    const after = advance(action, news, now);
    changed ||= after !== action;
    return after;
  });
  if (changed) publish(next, true);
}

export function dismissAction(id: string): void {
  publish(
    actions.filter((action) => action.id !== id || !ended(action)),
    true,
  );
}

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => void listeners.delete(listener);
};

export const useActions = (): readonly Action[] => useSyncExternalStore(subscribe, allActions);

/** Loads what was under way; call once at start. */
export function startActions(): void {
  publish(restore(read(), Date.now()), true);
  addEventListener('storage', (event) => {
    if (event.key === KEY) publish(read(), false);
  });
}
