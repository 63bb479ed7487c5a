import { Injectable } from '@nestjs/common';
import { getAddress, getBytes } from 'ethers';
import { UnitOfWork } from '../../../platform/database/index.js';
import { SubjectSeals } from '../../audit/index.js';

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
  /** Only in rows of an older release. */
  name: string | null;
  sealed_name: Buffer | null;
  dek_id: string | null;
  address: Buffer;
}

const PERSON = 'p.id, p.name, p.sealed_name, p.dek_id, s.address';
/** Stands where a name was erased. */
const NO_NAME = 'Erased person';
const subjectOf = (id: string): string => `person:${id}`;
const contextOf = (id: string): string => `person\n${id}\nname`;
const bytes = (hex: string): Buffer => Buffer.from(getBytes(hex));

/** Removes some rows whose time is over; rows that another request removes are left to it. */
const forget = (table: string, key: string): string =>
  `DELETE FROM ${table} WHERE ${key} IN (SELECT ${key} FROM ${table} WHERE expires_at < now() LIMIT 100 FOR UPDATE SKIP LOCKED)`;

/** SQL of the identity tables. Runs in the caller's unit of work. */
@Injectable()
export class IdentityRepository {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly seals: SubjectSeals,
  ) {}

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
      `SELECT ${PERSON} FROM signer s JOIN person p ON p.id = s.person_id WHERE s.address = $1`,
      [bytes(address)],
    );
    return row === undefined ? null : this.personOf(row);
  }

  /** Until the end of the transaction nobody else adds a person for this account. */
  async lockAccount(address: string): Promise<void> {
    await this.uow.manager.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 1))', [address.toLowerCase()]);
  }

  /** Adds a person with one account; false (and nothing written) when the account has one already. */
  async addPerson(person: Person): Promise<boolean> {
    const { manager } = this.uow;
    const taken = await manager.query<unknown[]>('SELECT 1 FROM signer WHERE address = $1', [bytes(person.address)]);
    if (taken.length > 0) return false;
    const { sealed, dekId } = await this.seals.seal(manager, subjectOf(person.id), contextOf(person.id), person.name);
    const added = await manager.query<{ address: Buffer }[]>(
      `WITH free AS (SELECT $4::bytea AS address WHERE NOT EXISTS (SELECT 1 FROM signer WHERE address = $4)),
            made AS (INSERT INTO person (id, sealed_name, dek_id) SELECT $1, $2, $3 FROM free RETURNING id)
       INSERT INTO signer (address, person_id) SELECT $4, id FROM made RETURNING address`,
      [person.id, sealed, dekId, bytes(person.address)],
    );
    return added.length === 1;
  }

  async rename(id: string, name: string): Promise<void> {
    const { manager } = this.uow;
    const { sealed, dekId } = await this.seals.seal(manager, subjectOf(id), contextOf(id), name);
    await manager.query(
      'UPDATE person SET name = NULL, sealed_name = $2, dek_id = $3, updated_at = now() WHERE id = $1 AND erased_at IS NULL',
      [id, sealed, dekId],
    );
  }

  /** Names that an older release left in the clear. */
  async unsealed(): Promise<{ id: string; name: string }[]> {
    return this.uow.manager.query<{ id: string; name: string }[]>(
      'SELECT id, name FROM person WHERE name IS NOT NULL ORDER BY id LIMIT 1000',
    );
  }

  /** Whether the person exists and was not erased; its row is locked until the end of the transaction. */
  async lockPerson(id: string): Promise<boolean> {
    const rows = await this.uow.manager.query<unknown[]>(
      'SELECT 1 FROM person WHERE id = $1 AND erased_at IS NULL FOR UPDATE',
      [id],
    );
    return rows.length > 0;
  }

  /** Logins and accounts of a person. */
  async traces(id: string): Promise<{ logins: number; accounts: number }> {
    const [row] = await this.uow.manager.query<{ logins: string; accounts: string }[]>(
      `SELECT (SELECT count(*) FROM login_session WHERE person_id = $1) AS logins,
              (SELECT count(*) FROM signer WHERE person_id = $1) AS accounts`,
      [id],
    );
    return { logins: Number(row?.logins ?? 0), accounts: Number(row?.accounts ?? 0) };
  }

  /** Takes name, logins, accounts and kept answers; the row itself stays, as a number that other rows point at. */
  async erase(id: string): Promise<void> {
    const { manager } = this.uow;
    await manager.query('DELETE FROM login_session WHERE person_id = $1', [id]);
    await manager.query('DELETE FROM signer WHERE person_id = $1', [id]);
    await manager.query(
      'UPDATE person SET name = NULL, sealed_name = NULL, dek_id = NULL, erased_at = now(), updated_at = now() WHERE id = $1',
      [id],
    );
  }

  /** Everyone, by name. */
  async people(): Promise<Person[]> {
    const rows = await this.uow.manager.query<PersonRow[]>(
      `SELECT DISTINCT ON (p.id) ${PERSON}
         FROM person p JOIN signer s ON s.person_id = p.id
        ORDER BY p.id, s.created_at LIMIT 1000`,
    );
    const people = await this.peopleOf(rows);
    return people.sort((a, b) => (a.name === b.name ? (a.id < b.id ? -1 : 1) : a.name < b.name ? -1 : 1));
  }

  /** People by their accounts; accounts without a person are missing from the answer. */
  async peopleByAddress(addresses: readonly string[]): Promise<Person[]> {
    if (addresses.length === 0) return [];
    const rows = await this.uow.manager.query<PersonRow[]>(
      `SELECT ${PERSON} FROM signer s JOIN person p ON p.id = s.person_id WHERE s.address = ANY($1::bytea[])`,
      [addresses.map(bytes)],
    );
    return this.peopleOf(rows);
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
      `SELECT ${PERSON}, s.seen_at
         FROM login_session s JOIN person p ON p.id = s.person_id
        WHERE s.token_hash = $1 AND s.expires_at > now() AND s.seen_at > now() - $2 * interval '1 millisecond'`,
      [tokenHash, idleMs],
    );
    return row === undefined ? null : { person: await this.personOf(row), seenAt: row.seen_at };
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

  private async personOf(row: PersonRow): Promise<Person> {
    const [person] = await this.peopleOf([row]);
    if (person === undefined) throw new Error('a row makes a person');
    return person;
  }

  private async peopleOf(rows: readonly PersonRow[]): Promise<Person[]> {
    const sealed = rows.flatMap(({ id, sealed_name, dek_id }) =>
      sealed_name === null || dek_id === null
        ? []
        : [{ id, sealed: sealed_name, dekId: dek_id, context: contextOf(id) }],
    );
    const texts = await this.seals.open(this.uow.manager, sealed);
    const names = new Map(sealed.map(({ id }, i) => [id, texts[i] ?? NO_NAME]));
    return rows.map((row) => ({
      id: row.id,
      name: row.name ?? names.get(row.id) ?? NO_NAME,
      address: getAddress(`0x${row.address.toString('hex')}`),
    }));
  }
}
