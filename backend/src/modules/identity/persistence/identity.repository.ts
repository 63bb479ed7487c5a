import { Injectable } from '@nestjs/common';
import { getAddress, getBytes } from 'ethers';
import { UnitOfWork } from '../../../platform/database/index.js';

/** A person as others see one. */
export interface Person {
  readonly id: string;
  readonly name: string;
  /** EIP-55; the first account the person signed in with. */
  readonly address: string;
}

/** A live login. */
export interface LoginSession {
  readonly person: Person;
  readonly seenAt: Date;
}

interface PersonRow {
  id: string;
  name: string;
  address: Buffer;
}

const toPerson = (row: PersonRow): Person => ({
  id: row.id,
  name: row.name,
  address: getAddress(`0x${row.address.toString('hex')}`),
});
const bytes = (hex: string): Buffer => Buffer.from(getBytes(hex));

/** Removes some rows whose time is over; rows that another request removes are left to it. */
const forget = (table: string, key: string): string =>
  `DELETE FROM ${table} WHERE ${key} IN (SELECT ${key} FROM ${table} WHERE expires_at < now() LIMIT 100 FOR UPDATE SKIP LOCKED)`;

/** SQL of the identity tables. Runs in the caller's unit of work. */
@Injectable()
export class IdentityRepository {
  constructor(private readonly uow: UnitOfWork) {}

  async addNonce(nonce: string, expiresAt: Date): Promise<void> {
    await this.uow.manager.query(
      `WITH old AS (${forget('login_nonce', 'nonce')})
       INSERT INTO login_nonce (nonce, expires_at) VALUES ($1, $2)`,
      [nonce, expiresAt],
    );
  }

  /** Uses a nonce up. True for exactly one caller, and only before it expires. */
  async consumeNonce(nonce: string): Promise<boolean> {
    const [rows] = await this.uow.manager.query<[{ live: boolean }[], number]>(
      'DELETE FROM login_nonce WHERE nonce = $1 RETURNING expires_at > now() AS live',
      [nonce],
    );
    return rows[0]?.live === true;
  }

  async personByAddress(address: string): Promise<Person | null> {
    const [row] = await this.uow.manager.query<PersonRow[]>(
      'SELECT p.id, p.name, s.address FROM signer s JOIN person p ON p.id = s.person_id WHERE s.address = $1',
      [bytes(address)],
    );
    return row === undefined ? null : toPerson(row);
  }

  /** Until the end of the transaction nobody else adds a person for this account. */
  async lockAccount(address: string): Promise<void> {
    await this.uow.manager.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 1))', [address.toLowerCase()]);
  }

  /** Adds a person with one account; false (and nothing written) when the account has one already. */
  async addPerson(person: Person): Promise<boolean> {
    const added = await this.uow.manager.query<{ address: Buffer }[]>(
      `WITH free AS (SELECT $3::bytea AS address WHERE NOT EXISTS (SELECT 1 FROM signer WHERE address = $3)),
            made AS (INSERT INTO person (id, name) SELECT $1, $2 FROM free RETURNING id)
       INSERT INTO signer (address, person_id) SELECT $3, id FROM made RETURNING address`,
      [person.id, person.name, bytes(person.address)],
    );
    return added.length === 1;
  }

  async rename(id: string, name: string): Promise<void> {
    await this.uow.manager.query('UPDATE person SET name = $2, updated_at = now() WHERE id = $1', [id, name]);
  }

  /** Everyone, by name. */
  async people(): Promise<Person[]> {
    const rows = await this.uow.manager.query<PersonRow[]>(
      `SELECT DISTINCT ON (p.name, p.id) p.id, p.name, s.address
         FROM person p JOIN signer s ON s.person_id = p.id
        ORDER BY p.name, p.id, s.created_at LIMIT 1000`,
    );
    return rows.map(toPerson);
  }

  /** People by their accounts; accounts without a person are missing from the answer. */
  async peopleByAddress(addresses: readonly string[]): Promise<Person[]> {
    if (addresses.length === 0) return [];
    const rows = await this.uow.manager.query<PersonRow[]>(
      'SELECT p.id, p.name, s.address FROM signer s JOIN person p ON p.id = s.person_id WHERE s.address = ANY($1::bytea[])',
      [addresses.map(bytes)],
    );
    return rows.map(toPerson);
  }

  /** All accounts of a person, EIP-55. */
  async accountsOf(personId: string): Promise<string[]> {
    const rows = await this.uow.manager.query<{ address: Buffer }[]>(
      'SELECT address FROM signer WHERE person_id = $1',
      [personId],
    );
    return rows.map((row) => getAddress(`0x${row.address.toString('hex')}`));
  }

  async addSession(tokenHash: Buffer, person: Person, expiresAt: Date): Promise<void> {
    await this.uow.manager.query(
      `WITH old AS (${forget('login_session', 'token_hash')})
       INSERT INTO login_session (token_hash, person_id, address, expires_at) VALUES ($1, $2, $3, $4)`,
      [tokenHash, person.id, bytes(person.address), expiresAt],
    );
  }

  /** The login of a token, unless it ended or was idle for longer than `idleMs`. */
  async session(tokenHash: Buffer, idleMs: number): Promise<LoginSession | null> {
    const [row] = await this.uow.manager.query<(PersonRow & { seen_at: Date })[]>(
      `SELECT p.id, p.name, s.address, s.seen_at
         FROM login_session s JOIN person p ON p.id = s.person_id
        WHERE s.token_hash = $1 AND s.expires_at > now() AND s.seen_at > now() - $2 * interval '1 millisecond'`,
      [tokenHash, idleMs],
    );
    return row === undefined ? null : { person: toPerson(row), seenAt: row.seen_at };
  }

  async touchSession(tokenHash: Buffer): Promise<void> {
    await this.uow.manager.query('UPDATE login_session SET seen_at = now() WHERE token_hash = $1', [tokenHash]);
  }

  /** Ends a login; false if there was none. */
  async removeSession(tokenHash: Buffer): Promise<boolean> {
    const [, count] = await this.uow.manager.query<[unknown[], number]>(
      'DELETE FROM login_session WHERE token_hash = $1',
      [tokenHash],
    );
    return count === 1;
  }
}
