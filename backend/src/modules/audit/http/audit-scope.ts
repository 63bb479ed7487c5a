import { AsyncLocalStorage } from 'node:async_hooks';
import {
  Injectable,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
  type OnModuleInit,
} from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Observable } from 'rxjs';
import { UnitOfWork } from '../../../platform/database/index.js';
import type { Sql } from '../../../platform/outbox/index.js';
import type { AuditType } from '../domain/event.js';
import { declarationOf } from './audited.js';

/** One request to a route that says which events it appends. */
interface Scope {
  readonly route: string;
  readonly types: readonly AuditType[];
  /** Transactions in which one of them was appended. */
  readonly audited: Set<Sql>;
}

const scopes = new AsyncLocalStorage<Scope>();

/** A route was about to change something without any of the events that it declares. Nothing was changed. */
export class AuditEventMissing extends Error {
  override readonly name = 'AuditEventMissing';

  constructor(route: string, types: readonly AuditType[]) {
    super(`${route} wrote to the database without appending ${types.join(' or ')}; nothing was changed`);
  }
}

/** Notes for the running request, if any, what was appended in which transaction. */
export function noteAppended(em: Sql, types: readonly AuditType[]): void {
  const scope = scopes.getStore();
  if (scope !== undefined && types.some((type) => scope.types.includes(type))) scope.audited.add(em);
}

/**
 * Holds each route to its `@Audited`: before a transaction of the request commits, it has appended one of the declared events,
 * or an earlier one of the same request has, or it has written nothing. Else it is taken back and the request fails.
 */
@Injectable()
export class AuditScope implements NestInterceptor, OnModuleInit {
  constructor(private readonly uow: UnitOfWork) {}

  onModuleInit(): void {
    this.uow.beforeCommit(demandEvents);
  }

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const declaration = declarationOf(context.getHandler());
    if (declaration === null || !('types' in declaration)) return next.handle();
    const route = `${context.getClass().name}.${context.getHandler().name}`;
    return scopes.run({ route, types: declaration.types, audited: new Set() }, () => next.handle());
  }
}

async function demandEvents(tx: EntityManager): Promise<void> {
  const scope = scopes.getStore();
  if (scope === undefined || scope.audited.size > 0) return;
  // A transaction gets its number with its first write (or row lock).
  const [row] = await tx.query<{ wrote: boolean }[]>('SELECT pg_current_xact_id_if_assigned() IS NOT NULL AS wrote');
  if (row?.wrote === true) throw new AuditEventMissing(scope.route, scope.types);
}
