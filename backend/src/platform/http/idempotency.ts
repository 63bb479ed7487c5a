import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';
import {
  applyDecorators,
  type CallHandler,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
  UseInterceptors,
} from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Observable, of, tap } from 'rxjs';
import type { EntityManager } from 'typeorm';
import { UnitOfWork } from '../database/index.js';
import { actorOf } from './access.js';
import { Problem } from './problem.js';

interface Claim {
  readonly actor: string;
  readonly key: string;
  readonly hash: Buffer;
  /** The answer was stored by this request or comes from an earlier one. */
  settled: boolean;
  replayed: boolean;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Set on routes with `@Idempotent()`; `replayed` means that no work was done. */
    idempotency?: Claim;
  }
}

const KEY = /^[\x21-\x7e]{8,128}$/;
/** Answers older than this are forgotten. */
const KEPT = '24 hours';

/** Keeps the answer of a creating or relaying request beside its effect, so that a retry has no second effect. */
@Injectable()
export class Idempotency {
  constructor(private readonly uow: UnitOfWork) {}

  /**
   * Runs `work` in a transaction at most once per (actor, key) and returns its answer, or the stored one.
   * The route carries {@link Idempotent}; checks that talk to the chain belong before this call.
   * @throws {Problem} 409 `request-in-flight`, 422 `idempotency-key-reused`
   */
  async once<T>(request: FastifyRequest, work: (tx: EntityManager) => Promise<T>): Promise<T> {
    const claim = request.idempotency;
    if (claim === undefined) throw new Error(`${request.url} calls Idempotency.once without @Idempotent()`);
    return this.uow.transaction(async (tx) => {
      const [lock] = await tx.query<{ locked: boolean }[]>(
        'SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0)) AS locked',
        [`${claim.actor}\n${claim.key}`],
      );
      if (lock?.locked !== true) {
        throw new Problem(
          409,
          'request-in-flight',
          'A request with this Idempotency-Key is still running; nothing was changed by this one. Wait, then ask again with the same key.',
        );
      }
      const stored = await this.find<T>(claim);
      if (stored !== undefined) return stored.body;
      const body = await work(tx);
      await tx.query(
        `WITH old AS (
           DELETE FROM idempotency_key WHERE (actor, key) IN (
             SELECT actor, key FROM idempotency_key WHERE created_at < now() - interval '${KEPT}' LIMIT 100 FOR UPDATE SKIP LOCKED))
         INSERT INTO idempotency_key (actor, key, request_hash, body) VALUES ($1, $2, $3, $4)`,
        [claim.actor, hashOf(claim.key), claim.hash, sealAnswer(claim, JSON.stringify(body ?? null))],
      );
      claim.settled = true;
      return body;
    });
  }

  /** The stored answer for a claim; marks the claim as replayed. */
  async find<T>(claim: Claim): Promise<{ body: T } | undefined> {
    const [row] = await this.uow.manager.query<{ request_hash: Buffer; body: Buffer; fresh: boolean }[]>(
      `SELECT request_hash, body, created_at > now() - interval '${KEPT}' AS fresh FROM idempotency_key WHERE actor = $1 AND key = $2`,
      [claim.actor, hashOf(claim.key)],
    );
    if (row === undefined) return undefined;
    if (!row.fresh) {
      await this.uow.manager.query('DELETE FROM idempotency_key WHERE actor = $1 AND key = $2', [
        claim.actor,
        hashOf(claim.key),
      ]);
      return undefined;
    }
    if (!row.request_hash.equals(claim.hash)) {
      throw new Problem(
        422,
        'idempotency-key-reused',
        'This Idempotency-Key was used for another request; nothing was changed. Use a new key for a new request.',
      );
    }
    claim.settled = true;
    claim.replayed = true;
    return { body: JSON.parse(openAnswer(claim, row.body)) as T };
  }
}

const SEALED = 1;
const hashOf = (key: string): string => createHash('sha256').update(key).digest('hex');

/** An answer may name people, so it is kept under the client's own key: neither a row nor a backup shows it. */
const answerKey = ({ actor, key }: Claim): Buffer =>
  Buffer.from(hkdfSync('sha256', key, actor, 'milepost/kept-answer/v1', 32));

function sealAnswer(claim: Claim, text: string): Buffer {
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', answerKey(claim), iv);
  const ciphertext = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return Buffer.concat([Buffer.of(SEALED), iv, ciphertext, cipher.getAuthTag()]);
}

function openAnswer(claim: Claim, sealed: Buffer): string {
  // Rows of an older release hold the JSON itself; they are gone after a day.
  if (sealed[0] !== SEALED) return sealed.toString('utf8');
  const decipher = createDecipheriv('aes-256-gcm', answerKey(claim), sealed.subarray(1, 13), { authTagLength: 16 });
  decipher.setAuthTag(sealed.subarray(-16));
  return Buffer.concat([decipher.update(sealed.subarray(13, -16)), decipher.final()]).toString('utf8');
}

@Injectable()
class IdempotencyInterceptor implements NestInterceptor {
  constructor(private readonly idempotency: Idempotency) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const key = request.headers['idempotency-key'];
    if (typeof key !== 'string' || !KEY.test(key)) {
      throw new Problem(
        400,
        'idempotency-key-missing',
        'This route needs an Idempotency-Key header of 8 to 128 visible ASCII characters; nothing was changed. Send a fresh random key, and the same one again on a retry.',
      );
    }
    const actor = actorOf(request);
    const claim: Claim = {
      actor: actor.kind === 'person' ? `person:${actor.person.id}` : actor.kind,
      key,
      hash: createHash('sha256')
        .update(`${request.method} ${request.url}\n${JSON.stringify(request.body ?? null)}`)
        .digest(),
      settled: false,
      replayed: false,
    };
    request.idempotency = claim;
    const stored = await this.idempotency.find(claim);
    if (stored !== undefined) {
      context.switchToHttp().getResponse<FastifyReply>().header('idempotency-replayed', 'true');
      return of(stored.body);
    }
    return next.handle().pipe(
      tap(() => {
        if (!claim.settled) throw new Error(`${request.url} is @Idempotent() but did not call Idempotency.once`);
      }),
    );
  }
}

/** The route needs an `Idempotency-Key`; its handler wraps its effect in {@link Idempotency.once}. */
export const Idempotent = (): MethodDecorator =>
  applyDecorators(
    UseInterceptors(IdempotencyInterceptor),
    ApiHeader({
      name: 'Idempotency-Key',
      required: true,
      description: 'Fresh random key per request; the same one on a retry',
      schema: { type: 'string', minLength: 8, maxLength: 128 },
    }),
  );
