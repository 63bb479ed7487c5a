import { Injectable } from '@nestjs/common';
import { toBytes, toHex } from '../../../platform/chain/index.js';
import { UnitOfWork } from '../../../platform/database/index.js';
import { rowsOf } from '../../../platform/outbox/index.js';
import type { Run, RunState } from '../domain/job-words.js';
import type { NodeStatement } from '../domain/node-statement.js';

/** A run as it is kept. */
export interface RunRecord extends Run {
  readonly request: string;
  readonly execution: string;
}

/** What people hand in for judges to read. */
export interface EvidenceRecord {
  readonly name: string;
  readonly sha256: string;
  readonly bytes: number;
}

interface RunRow {
  request: Buffer;
  execution: Buffer;
  attempt: number;
  state: RunState;
  error: string | null;
  retry_at: Date | null;
  milliseconds: number;
  nodes: readonly NodeStatement[];
}

/** SQL of runs without a report and of evidence. Runs in the caller's unit of work. */
@Injectable()
export class RunRepository {
  constructor(private readonly uow: UnitOfWork) {}

  /** Keeps a request's last run. False if this very run was kept before. */
  async keep(run: RunRecord): Promise<boolean> {
    const rows = rowsOf<{ request: Buffer }>(
      await this.uow.manager.query(
        `insert into oracle_run (request, execution, attempt, state, error, retry_at, milliseconds, nodes)
         values ($1, $2, $3, $4, $5, $6, $7, $8::jsonb)
         on conflict (request) do update set execution = excluded.execution, attempt = excluded.attempt, state = excluded.state,
           error = excluded.error, retry_at = excluded.retry_at, milliseconds = excluded.milliseconds, nodes = excluded.nodes,
           received_at = now()
         where oracle_run.execution <> excluded.execution returning request`,
        [
          toBytes(run.request),
          toBytes(run.execution),
          run.attempt,
          run.state,
          run.error,
          run.retryAt,
          run.milliseconds,
          JSON.stringify(run.nodes),
        ],
      ),
    );
    return rows.length === 1;
  }

  async latest(requests: readonly string[]): Promise<ReadonlyMap<string, RunRecord>> {
    const rows = rowsOf<RunRow>(
      await this.uow.manager.query(
        `select request, execution, attempt, state, error, retry_at, milliseconds, nodes from oracle_run
          where request = any ($1::bytea[])`,
        [requests.map(toBytes)],
      ),
    );
    return new Map(
      rows.map((row) => [
        toHex(row.request),
        {
          request: toHex(row.request),
          execution: toHex(row.execution),
          attempt: row.attempt,
          state: row.state,
          error: row.error,
          retryAt: row.retry_at?.toISOString() ?? null,
          milliseconds: row.milliseconds,
          nodes: row.nodes,
        },
      ]),
    );
  }

  /** Replaces what was kept under this name. False if the bytes are the same. */
  async putEvidence(request: string, name: string, body: Buffer, person: string | null): Promise<boolean> {
    const rows = rowsOf<{ name: string }>(
      await this.uow.manager.query(
        `insert into oracle_evidence (request, name, body, sha256, stored_by) values ($1, $2, $3, sha256($3), $4)
         on conflict (request, name) do update set body = excluded.body, sha256 = excluded.sha256,
           stored_by = excluded.stored_by, stored_at = now()
         where oracle_evidence.sha256 <> excluded.sha256 returning name`,
        [toBytes(request), name, body, person],
      ),
    );
    return rows.length === 1;
  }

  async evidence(request: string, name: string): Promise<Buffer | null> {
    const [row] = rowsOf<{ body: Buffer }>(
      await this.uow.manager.query('select body from oracle_evidence where request = $1 and name = $2', [
        toBytes(request),
        name,
      ]),
    );
    return row?.body ?? null;
  }

  /** Names and hashes of a request's evidence, by name. */
  async evidenceOf(requests: readonly string[]): Promise<ReadonlyMap<string, readonly EvidenceRecord[]>> {
    const rows = rowsOf<{ request: Buffer; name: string; sha256: Buffer; bytes: number }>(
      await this.uow.manager.query(
        `select request, name, sha256, octet_length(body) as bytes from oracle_evidence
          where request = any ($1::bytea[]) order by name`,
        [requests.map(toBytes)],
      ),
    );
    const found = new Map<string, EvidenceRecord[]>();
    for (const { request, name, sha256, bytes } of rows) {
      const list = found.get(toHex(request)) ?? [];
      found.set(toHex(request), [...list, { name, sha256: toHex(sha256), bytes }]);
    }
    return found;
  }
}
