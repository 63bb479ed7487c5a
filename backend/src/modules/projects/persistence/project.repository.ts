import { Injectable } from '@nestjs/common';
import { getAddress } from 'ethers';
import { toBytes, toHex } from '../../../platform/chain/index.js';
import { UnitOfWork } from '../../../platform/database/index.js';
import type { MemberRole } from '../domain/members.js';
import type { TermsDraft } from '../domain/terms-draft.js';

export type { MemberRole };
export type PartyRole = 'client' | 'contributor';

/** A party's consent to the terms, as the factory takes it. */
export interface PartySignature {
  readonly role: PartyRole;
  readonly signer: string;
  /** Unix seconds. */
  readonly deadline: number;
  readonly signature: string;
  readonly signedAt: Date;
}

/** A project as people wrote it. Addresses are EIP-55, hashes 0x hex. */
export interface ProjectRecord {
  readonly id: string;
  readonly title: string;
  readonly summary: string;
  readonly terms: TermsDraft;
  /** 16 bytes, 0x hex. */
  readonly salt: string;
  readonly version: number;
  readonly createdBy: string;
  readonly termsHash: string;
  readonly argsHash: string;
  readonly escrow: string;
  readonly creationIntent: string | null;
  readonly updatedAt: Date;
}

/** What a save writes. */
export interface ProjectContent {
  readonly title: string;
  readonly summary: string;
  readonly terms: TermsDraft;
  readonly total: bigint;
  readonly termsHash: string;
  readonly argsHash: string;
  readonly escrow: string;
  readonly members: readonly { readonly account: string; readonly role: MemberRole }[];
}

interface Row {
  id: string;
  title: string;
  summary: string;
  terms: TermsDraft;
  salt: Buffer;
  version: number;
  created_by: string;
  terms_hash: Buffer;
  args_hash: Buffer;
  escrow: Buffer;
  creation_intent: string | null;
  updated_at: Date;
}

const COLUMNS =
  'p.id, p.title, p.summary, p.terms, p.salt, p.version, p.created_by, p.terms_hash, p.args_hash, p.escrow, p.creation_intent, p.updated_at';

const toRecord = (row: Row): ProjectRecord => ({
  id: row.id,
  title: row.title,
  summary: row.summary,
  terms: row.terms,
  salt: toHex(row.salt),
  version: row.version,
  createdBy: row.created_by,
  termsHash: toHex(row.terms_hash),
  argsHash: toHex(row.args_hash),
  escrow: getAddress(toHex(row.escrow)),
  creationIntent: row.creation_intent,
  updatedAt: row.updated_at,
});

/** Whether person $1 with accounts $2 has a part in project `p`: wrote it, or signs with an account that the terms name. */
const HAS_PART = `(p.created_by = $1 OR EXISTS (
  SELECT 1 FROM project_member m WHERE m.project_id = p.id AND m.account = ANY ($2::bytea[])))`;

/** SQL of the drafts and sign-offs. Runs in the caller's unit of work. */
@Injectable()
export class ProjectRepository {
  constructor(private readonly uow: UnitOfWork) {}

  async find(id: string): Promise<ProjectRecord | null> {
    const [row] = await this.uow.manager.query<Row[]>(`SELECT ${COLUMNS} FROM project p WHERE p.id = $1`, [id]);
    return row === undefined ? null : toRecord(row);
  }

  /** The same row, locked until the end of the transaction. */
  async lock(id: string): Promise<ProjectRecord | null> {
    const [row] = await this.uow.manager.query<Row[]>(`SELECT ${COLUMNS} FROM project p WHERE p.id = $1 FOR UPDATE`, [
      id,
    ]);
    return row === undefined ? null : toRecord(row);
  }

  async byEscrow(escrow: string): Promise<ProjectRecord | null> {
    const [row] = await this.uow.manager.query<Row[]>(`SELECT ${COLUMNS} FROM project p WHERE p.escrow = $1`, [
      toBytes(escrow),
    ]);
    return row === undefined ? null : toRecord(row);
  }

  async byEscrows(escrows: readonly string[]): Promise<ProjectRecord[]> {
    if (escrows.length === 0) return [];
    const rows = await this.uow.manager.query<Row[]>(
      `SELECT ${COLUMNS} FROM project p WHERE p.escrow = ANY ($1::bytea[])`,
      [escrows.map(toBytes)],
    );
    return rows.map(toRecord);
  }

  /** Projects a person has a part in, newest first, older than `before` (an id). */
  async page(
    person: string,
    accounts: readonly string[],
    before: string | null,
    limit: number,
  ): Promise<ProjectRecord[]> {
    const rows = await this.uow.manager.query<Row[]>(
      `SELECT ${COLUMNS} FROM project p
        WHERE ${HAS_PART} AND ($3::uuid IS NULL OR p.id < $3) ORDER BY p.id DESC LIMIT $4`,
      [person, accounts.map(toBytes), before, limit],
    );
    return rows.map(toRecord);
  }

  async hasPart(id: string, person: string, accounts: readonly string[]): Promise<boolean> {
    const rows = await this.uow.manager.query<unknown[]>(`SELECT 1 FROM project p WHERE ${HAS_PART} AND p.id = $3`, [
      person,
      accounts.map(toBytes),
      id,
    ]);
    return rows.length === 1;
  }

  async insert(id: string, salt: string, createdBy: string, content: ProjectContent): Promise<void> {
    await this.uow.manager.query(
      `INSERT INTO project (id, title, summary, terms, salt, created_by, client, contributor, total, terms_hash, args_hash, escrow)
       VALUES ($1, $2, $3, $4::jsonb, $5, $6, $7, $8, $9, $10, $11, $12)`,
      [id, content.title, content.summary, JSON.stringify(content.terms), toBytes(salt), createdBy, ...keys(content)],
    );
    await this.writeMembers(id, content);
  }

  /** Replaces the content and drops both signatures. @returns the new version */
  async replace(id: string, content: ProjectContent): Promise<number> {
    const [rows] = await this.uow.manager.query<[{ version: number }[], number]>(
      `UPDATE project SET title = $2, summary = $3, terms = $4::jsonb, client = $5, contributor = $6, total = $7, terms_hash = $8,
              args_hash = $9, escrow = $10, creation_intent = NULL, version = version + 1, updated_at = now()
        WHERE id = $1 RETURNING version`,
      [id, content.title, content.summary, JSON.stringify(content.terms), ...keys(content)],
    );
    await this.uow.manager.query('DELETE FROM project_member WHERE project_id = $1', [id]);
    await this.uow.manager.query('DELETE FROM project_signature WHERE project_id = $1', [id]);
    await this.writeMembers(id, content);
    return rows[0]?.version ?? 0;
  }

  async setCreationIntent(id: string, intent: string): Promise<void> {
    await this.uow.manager.query('UPDATE project SET creation_intent = $2, updated_at = now() WHERE id = $1', [
      id,
      intent,
    ]);
  }

  async signatures(ids: readonly string[]): Promise<ReadonlyMap<string, readonly PartySignature[]>> {
    const rows = await this.uow.manager.query<
      { project_id: string; role: PartyRole; signer: Buffer; deadline: string; signature: Buffer; signed_at: Date }[]
    >(
      'SELECT project_id, role, signer, deadline, signature, signed_at FROM project_signature WHERE project_id = ANY ($1::uuid[])',
      [ids],
    );
    const found = new Map<string, PartySignature[]>();
    for (const row of rows) {
      const list = found.get(row.project_id) ?? [];
      list.push({
        role: row.role,
        signer: getAddress(toHex(row.signer)),
        deadline: Number(row.deadline),
        signature: toHex(row.signature),
        signedAt: row.signed_at,
      });
      found.set(row.project_id, list);
    }
    return found;
  }

  /** Keeps a party's signature; a newer one of the same party replaces it. */
  async sign(id: string, signature: Omit<PartySignature, 'signedAt'>, signedBy: string): Promise<void> {
    await this.uow.manager.query(
      `INSERT INTO project_signature (project_id, role, signer, deadline, signature, signed_by) VALUES ($1, $2, $3, $4, $5, $6)
       ON CONFLICT (project_id, role) DO UPDATE SET signer = excluded.signer, deadline = excluded.deadline,
         signature = excluded.signature, signed_by = excluded.signed_by, signed_at = now()`,
      [id, signature.role, toBytes(signature.signer), signature.deadline, toBytes(signature.signature), signedBy],
    );
    await this.uow.manager.query('UPDATE project SET updated_at = now() WHERE id = $1', [id]);
  }

  private async writeMembers(id: string, { members }: ProjectContent): Promise<void> {
    await this.uow.manager.query(
      `INSERT INTO project_member (project_id, account, role)
       SELECT DISTINCT $1::uuid, account, role FROM unnest($2::bytea[], $3::text[]) AS given (account, role)`,
      [id, members.map((member) => toBytes(member.account)), members.map((member) => member.role)],
    );
  }
}

const keys = (content: ProjectContent): unknown[] => [
  toBytes(content.terms.client),
  toBytes(content.terms.contributor),
  content.total.toString(),
  toBytes(content.termsHash),
  toBytes(content.argsHash),
  toBytes(content.escrow),
];
