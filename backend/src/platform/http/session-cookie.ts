import type { Config } from '../config/index.js';

/** Name of the session cookie on plain http (loopback only). */
export const SESSION_COOKIE = 'milepost_session';

/** The session cookie's name: `__Host-` binds it to this host and to https, which plain http cannot carry. */
export const sessionCookieName = (config: Config): string =>
  config.publicUrl.startsWith('https:') ? `__Host-${SESSION_COOKIE}` : SESSION_COOKIE;
