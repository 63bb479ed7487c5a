import { Injectable } from '@nestjs/common';
import { getAddress, getBytes } from 'ethers';
import { v7 as uuid } from 'uuid';
import { UnitOfWork } from '../../../platform/database/index.js';

/** A live or former right to read one project's trail. */
export interface AuditorGrant {
  readonly id: string;
  readonly project: string;
  /** EIP-55. */
  readonly account: string;
  readonly grantedBy: string;
  readonly grantedAt: Date;
  readonly expiresAt: Date;
  readonly revokedAt: Date | null;
}

interface Row {
  id: string;
  project_id: string;
  account: Buffer;
  granted_by: string;
  granted_at: Date;
  expires_at: Date;
  revoked_at: Date | null;
}

const COLUMNS = 'id, project_id, account, granted_by, granted_at, expires_at, revoked_at';
const LIVE = 'revoked_at IS NULL AND expires_at > now()';
const bytes = (account: string): Buffer => Buffer.from(getBytes(account));
const toGrant = (row: Row): AuditorGrant => ({
  id: row.id,
  project: row.project_id,
  account: getAddress(`0x${row.account.toString('hex')}`),
  grantedBy: row.granted_by,
  grantedAt: row.granted_at,
  expiresAt: row.expires_at,
  revokedAt: row.revoked_at,
});

/** SQL of the auditors' rights. Runs in the caller's unit of work. */
@Injectable()
export class AuditorRepository {
  constructor(private readonly uow: UnitOfWork) {}

  /** Newest first, former ones too. */
  async ofProject(project: string): Promise<AuditorGrant[]> {
    return this.many('project_id = $1', [project]);
  }

  /** Live grants of a person's accounts. */
  async live(accounts: readonly string[]): Promise<AuditorGrant[]> {
    return this.many(`account = ANY ($1::bytea[]) AND ${LIVE}`, [accounts.map(bytes)]);
  }

  async liveFor(accounts: readonly string[], project: string): Promise<AuditorGrant | null> {
    const [grant] = await this.many(`account = ANY ($1::bytea[]) AND project_id = $2 AND ${LIVE}`, [
      accounts.map(bytes),
      project,
    ]);
    return grant ?? null;
  }

  /** @returns null if the account is an auditor of the project already */
  async add(project: string, account: string, grantedBy: string, expiresAt: Date): Promise<AuditorGrant | null> {
    const { manager } = this.uow;
    // An expired right is over; its row keeps when.
    await manager.query(
      `UPDATE auditor_grant SET revoked_at = expires_at
        WHERE project_id = $1 AND account = $2 AND revoked_at IS NULL AND expires_at <= now()`,
      [project, bytes(account)],
    );
    const rows = await manager.query<Row[]>(
      `INSERT INTO auditor_grant (id, project_id, account, granted_by, expires_at) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (project_id, account) WHERE revoked_at IS NULL DO NOTHING RETURNING ${COLUMNS}`,
      [uuid(), project, bytes(account), grantedBy, expiresAt],
    );
    const [row] = rows;
    return row === undefined ? null : toGrant(row);
  }

  /** @returns false if there is no such live right */
  async revoke(project: string, id: string): Promise<boolean> {
    const [, count] = await this.uow.manager.query<[unknown, number]>(
      `UPDATE auditor_grant SET revoked_at = now() WHERE id = $1 AND project_id = $2 AND ${LIVE}`,
      [id, project],
    );
    return count === 1;
  }

  private async many(where: string, values: unknown[]): Promise<AuditorGrant[]> {
    const rows = await this.uow.manager.query<Row[]>(
      `SELECT ${COLUMNS} FROM auditor_grant WHERE ${where} ORDER BY id DESC LIMIT 500`,
      values,
    );
    return rows.map(toGrant);
  }
}
