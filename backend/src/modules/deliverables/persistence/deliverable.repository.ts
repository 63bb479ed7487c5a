import { Injectable } from '@nestjs/common';
import type { ConfidentialManifest, Manifest, PublicManifest } from '@milepost/protocol/manifest';
import { v7 as uuid } from 'uuid';
import { toBytes, toHex } from '../../../platform/chain/index.js';
import { UnitOfWork } from '../../../platform/database/index.js';

/** An uploaded file. */
export interface FileRecord {
  readonly sha256: string;
  readonly size: number;
  readonly name: string;
}

/** A manifest with its place. */
export interface ManifestRecord extends Manifest {
  readonly digest: string;
  readonly project: string;
  readonly milestone: number;
  readonly madeBy: string;
  readonly madeAt: Date;
}

interface ManifestRow {
  digest: Buffer;
  project_id: string;
  milestone: number;
  manifest: PublicManifest;
  confidential: ConfidentialManifest;
  made_by: string;
  made_at: Date;
}

const COLUMNS = 'digest, project_id, milestone, manifest, confidential, made_by, made_at';

const toManifest = (row: ManifestRow): ManifestRecord => ({
  digest: toHex(row.digest),
  project: row.project_id,
  milestone: row.milestone,
  manifest: row.manifest,
  confidential: row.confidential,
  madeBy: row.made_by,
  madeAt: row.made_at,
});

/** SQL of the deliverable tables. Runs in the caller's unit of work. */
@Injectable()
export class DeliverableRepository {
  constructor(private readonly uow: UnitOfWork) {}

  /** Bytes that a project has uploaded. */
  async usedBytes(project: string): Promise<number> {
    const [row] = await this.uow.manager.query<{ used: string }[]>(
      'SELECT coalesce(sum(size), 0) AS used FROM deliverable_file WHERE project_id = $1',
      [project],
    );
    return Number(row?.used ?? 0);
  }

  /** Records an upload; a repeated one keeps the first uploader and takes the new name. */
  async addFile(project: string, milestone: number, file: FileRecord, person: string): Promise<void> {
    await this.uow.manager.query(
      `INSERT INTO deliverable_file (project_id, milestone, sha256, size, name, uploaded_by) VALUES ($1, $2, $3, $4, $5, $6)
       ON CONFLICT (project_id, milestone, sha256) DO UPDATE SET name = excluded.name`,
      [project, milestone, toBytes(file.sha256), file.size, file.name, person],
    );
  }

  /** Files of a milestone by their hash; missing ones were not uploaded here. */
  async files(project: string, milestone: number, hashes: readonly string[]): Promise<ReadonlyMap<string, FileRecord>> {
    const rows = await this.uow.manager.query<{ sha256: Buffer; size: string; name: string }[]>(
      'SELECT sha256, size, name FROM deliverable_file WHERE project_id = $1 AND milestone = $2 AND sha256 = ANY ($3::bytea[])',
      [project, milestone, hashes.map(toBytes)],
    );
    return new Map(
      rows.map((row) => [toHex(row.sha256), { sha256: toHex(row.sha256), size: Number(row.size), name: row.name }]),
    );
  }

  async addManifest(record: Omit<ManifestRecord, 'madeAt'>): Promise<void> {
    await this.uow.manager.query(
      `INSERT INTO deliverable_manifest (digest, project_id, milestone, manifest, confidential, made_by)
       VALUES ($1, $2, $3, $4::jsonb, $5::jsonb, $6)`,
      [
        toBytes(record.digest),
        record.project,
        record.milestone,
        JSON.stringify(record.manifest),
        JSON.stringify(record.confidential),
        record.madeBy,
      ],
    );
  }

  async manifest(digest: string): Promise<ManifestRecord | null> {
    const [row] = await this.uow.manager.query<ManifestRow[]>(
      `SELECT ${COLUMNS} FROM deliverable_manifest WHERE digest = $1`,
      [toBytes(digest)],
    );
    return row === undefined ? null : toManifest(row);
  }

  /** Manifests of a milestone, newest first. */
  async manifests(project: string, milestone: number): Promise<ManifestRecord[]> {
    const rows = await this.uow.manager.query<ManifestRow[]>(
      `SELECT ${COLUMNS} FROM deliverable_manifest WHERE project_id = $1 AND milestone = $2 ORDER BY made_at DESC, digest LIMIT 200`,
      [project, milestone],
    );
    return rows.map(toManifest);
  }

  /** @param person null for a service */
  async logDownload(digest: string, sha256: string, person: string | null): Promise<void> {
    await this.uow.manager.query(
      'INSERT INTO deliverable_download (id, digest, sha256, person_id) VALUES ($1, $2, $3, $4)',
      [uuid(), toBytes(digest), toBytes(sha256), person],
    );
  }
}
