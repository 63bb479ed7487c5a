// Imports Node only: the start script uses it too, from the build.
import { createHmac } from 'node:crypto';

/** What the service does in the database, apart from migrating it. */
export const SERVICE_ROLES = ['app', 'sequencer'] as const;
export type ServiceRole = (typeof SERVICE_ROLES)[number];

/** One connection string per role of the service. */
export type LoginUrls = { readonly [role in ServiceRole]: string };

/**
 * Connection strings of the service's roles, from that of the owner: the names carry the owner's as a prefix, the passwords are
 * derived from the owner's and do not lead back to it.
 * @throws Error if the owner's string has no password to derive from
 */
export function loginUrls(ownerUrl: string): LoginUrls {
  const owner = new URL(ownerUrl);
  if (owner.password === '')
    throw new Error('the connection string of the owner has no password, so none can be derived for the other roles');
  const derive = (role: ServiceRole): string => {
    const url = new URL(ownerUrl);
    url.username = `${owner.username}_${role}`;
    url.password = createHmac('sha256', decodeURIComponent(owner.password))
      .update(`milepost login ${role}`)
      .digest('hex');
    return url.href;
  };
  return { app: derive('app'), sequencer: derive('sequencer') };
}
