import { Injectable } from '@nestjs/common';
import { v7 as uuid } from 'uuid';
import { UnitOfWork } from '../../../platform/database/index.js';
import type { HoldReason } from '../domain/erasure-plan.js';

export type ErasureState = 'open' | 'withdrawn' | 'refused' | 'executed';

export interface ErasureRecord {
  readonly id: string;
  readonly person: string;
  readonly state: ErasureState;
  readonly requestedAt: Date;
  readonly decidedAt: Date | null;
  readonly reason: string | null;
  /** The entry of the audit log that is the receipt. */
  readonly event: string | null;
}

export interface Hold {
  readonly id: string;
  readonly person: string;
  readonly reason: HoldReason;
  readonly setAt: Date;
}

interface Row {
  id: string;
  person_id: string;
  state: ErasureState;
  requested_at: Date;
  decided_at: Date | null;
  reason: string | null;
  event_id: string | null;
}

const COLUMNS = 'id, person_id, state, requested_at, decided_at, reason, event_id';
const toRecord = (row: Row): ErasureRecord => ({
  id: row.id,
  person: row.person_id,
  state: row.state,
  requestedAt: row.requested_at,
  decidedAt: row.decided_at,
  reason: row.reason,
  event: row.event_id,
});

/** SQL of requests and holds. Runs in the caller's unit of work. */
@Injectable()
export class ErasureRepository {
  constructor(private readonly uow: UnitOfWork) {}

  async find(id: string): Promise<ErasureRecord | null> {
    return this.one('WHERE id = $1', [id]);
  }

  /** The newest request of a person. */
  async newest(person: string): Promise<ErasureRecord | null> {
    return this.one('WHERE person_id = $1 ORDER BY id DESC LIMIT 1', [person]);
  }

  async all(): Promise<ErasureRecord[]> {
    const rows = await this.uow.manager.query<Row[]>(
      `SELECT ${COLUMNS} FROM erasure_request ORDER BY (state = 'open') DESC, id DESC LIMIT 200`,
    );
    return rows.map(toRecord);
  }

  async add(person: string): Promise<ErasureRecord> {
    const id = uuid();
    await this.uow.manager.query('INSERT INTO erasure_request (id, person_id) VALUES ($1, $2)', [id, person]);
    const made = await this.find(id);
    if (made === null) throw new Error('the request was not written');
    return made;
  }

  /** Ends an open request. @returns false if it is not open any more */
  async decide(
    id: string,
    state: Exclude<ErasureState, 'open'>,
    reason: string | null,
    event: string,
  ): Promise<boolean> {
    const [, count] = await this.uow.manager.query<[unknown, number]>(
      `UPDATE erasure_request SET state = $2, reason = $3, event_id = $4, decided_at = now() WHERE id = $1 AND state = 'open'`,
      [id, state, reason, event],
    );
    return count === 1;
  }

  async holds(person: string): Promise<Hold[]> {
    const rows = await this.uow.manager.query<{ id: string; person_id: string; reason: HoldReason; set_at: Date }[]>(
      'SELECT id, person_id, reason, set_at FROM legal_hold WHERE person_id = $1 AND lifted_at IS NULL ORDER BY set_at',
      [person],
    );
    return rows.map((row) => ({ id: row.id, person: row.person_id, reason: row.reason, setAt: row.set_at }));
  }

  /** @returns null if the person is held for this reason already */
  async addHold(person: string, reason: HoldReason): Promise<string | null> {
    const id = uuid();
    const rows = await this.uow.manager.query<unknown[]>(
      `INSERT INTO legal_hold (id, person_id, reason) VALUES ($1, $2, $3)
       ON CONFLICT (person_id, reason) WHERE lifted_at IS NULL DO NOTHING RETURNING id`,
      [id, person, reason],
    );
    return rows.length === 1 ? id : null;
  }

  /** @returns whose hold it was; null if there is no such live hold */
  async liftHold(id: string): Promise<Pick<Hold, 'person' | 'reason'> | null> {
    const [rows] = await this.uow.manager.query<[{ person_id: string; reason: HoldReason }[], number]>(
      'UPDATE legal_hold SET lifted_at = now() WHERE id = $1 AND lifted_at IS NULL RETURNING person_id, reason',
      [id],
    );
    const [row] = rows;
    return row === undefined ? null : { person: row.person_id, reason: row.reason };
  }

  private async one(where: string, values: unknown[]): Promise<ErasureRecord | null> {
    const [row] = await this.uow.manager.query<Row[]>(`SELECT ${COLUMNS} FROM erasure_request ${where}`, values);
    return row === undefined ? null : toRecord(row);
  }
}
