import { createHash, randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { UnitOfWork } from '../../../platform/database/index.js';
import type { SessionPerson } from '../../../platform/http/index.js';
import { AuditService } from '../../audit/index.js';
import { IdentityRepository, type Person } from '../persistence/identity.repository.js';

const HOUR = 3_600_000;
/** A login ends after this long without a request. */
const IDLE = 12 * HOUR;
/** A login ends at the latest after this long. */
export const SESSION_LIFETIME = 7 * 24 * HOUR;
/** A found login is believed for this long: a logout elsewhere takes effect within it. */
const CACHED = 5_000;
const TOUCH_EVERY = 60_000;
const CACHE_SIZE = 10_000;

const TOKEN = /^[A-Za-z0-9_-]{43}$/;
const hashOf = (token: string): Buffer => createHash('sha256').update(token).digest();

/** Opaque login tokens: 256 random bits in a cookie, their hash in a row. */
@Injectable()
export class Sessions {
  readonly #cache = new Map<string, { person: SessionPerson; until: number }>();

  constructor(
    private readonly repository: IdentityRepository,
    private readonly uow: UnitOfWork,
    private readonly audit: AuditService,
  ) {}

  /** Starts a login inside the caller's transaction. @returns the token for the cookie */
  async open(person: Person): Promise<string> {
    const token = randomBytes(32).toString('base64url');
    await this.repository.addSession(hashOf(token), person, new Date(Date.now() + SESSION_LIFETIME));
    return token;
  }

  /** Whose login a token is; null for none, ended or idle. */
  async find(token: string): Promise<SessionPerson | null> {
    if (!TOKEN.test(token)) return null;
    const hash = hashOf(token);
    const key = hash.toString('base64');
    const cached = this.#cache.get(key);
    if (cached !== undefined && cached.until > Date.now()) return cached.person;
    this.#cache.delete(key);
    const session = await this.repository.session(hash, IDLE);
    if (session === null) return null;
    if (Date.now() - session.seenAt.getTime() > TOUCH_EVERY) await this.repository.touchSession(hash);
    if (this.#cache.size >= CACHE_SIZE) this.#cache.clear();
    this.#cache.set(key, { person: session.person, until: Date.now() + CACHED });
    return session.person;
  }

  /** Forgets what is remembered about a person, e.g. after a new name. */
  forget(personId: string): void {
    for (const [key, entry] of this.#cache) if (entry.person.id === personId) this.#cache.delete(key);
  }

  /** Ends a login. */
  async close(token: string, person: SessionPerson): Promise<void> {
    const hash = hashOf(token);
    await this.uow.transaction(async (tx) => {
      if (!(await this.repository.removeSession(hash))) return;
      await this.audit.append(tx, {
        type: 'auth.logout',
        subject: ['person', person.id],
        actor: { person: person.id },
      });
    });
    this.#cache.delete(hash.toString('base64'));
  }
}
