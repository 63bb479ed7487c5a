import type { Config } from '../api/types';
import { get } from '../api/client';

let loaded: Promise<Config> | undefined;

/** The deployment's facts, read once. A failed read is tried again by the next caller. */
export function chainConfig(): Promise<Config> {
  loaded ??= get<Config>('/config').catch((error: unknown) => {
    loaded = undefined;
    throw error;
  });
  return loaded;
}
