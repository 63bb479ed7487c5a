import { Inject, Injectable } from '@nestjs/common';
import { getAddress } from 'ethers';
import { toBytes, toHex } from '../../../platform/chain/index.js';
import { DEPLOYMENT, type Deployment } from '../../../platform/config/index.js';
import { UnitOfWork } from '../../../platform/database/index.js';
import { rowsOf } from '../../../platform/outbox/index.js';
import type { NodeStatement } from '../domain/node-statement.js';

/** A request as the chain tells it. Times in Unix seconds. */
export interface OracleRequestRecord {
  readonly id: string;
  readonly escrow: string;
  readonly milestone: number;
  readonly round: number;
  readonly digest: string;
  readonly criteria: string;
  readonly requestedAt: number;
  readonly expiresAt: number;
  /** 1 passed, 2 failed; null while none is stored. */
  readonly verdict: number | null;
  readonly payBps: number | null;
  readonly evidence: string | null;
  readonly recordedAt: number | null;
  readonly recordedTx: string | null;
  readonly pushed: boolean;
  readonly latched: boolean | null;
}

/** A text that judges read and nobody else keeps. */
export interface SourceText {
  readonly name: string;
  readonly text: string;
}

/** A signed report with what belongs to it. */
export interface OracleReportRecord {
  readonly id: string;
  readonly request: string;
  readonly reportHash: string;
  readonly raw: string;
  readonly context: string;
  readonly signatures: readonly { readonly signer: string; readonly signature: string }[];
  readonly outcome: string;
  readonly txHash: string | null;
  readonly reason: string | null;
  readonly milliseconds: number;
  readonly nodes: readonly NodeStatement[];
  /** The acceptance runner's signed result, if it could be fetched and checked. */
  readonly result: readonly { readonly id: string; readonly outcome: string; readonly detail: string }[] | null;
  /** What the judges read, for judging again. */
  readonly sources: readonly SourceText[];
}

interface RequestRow {
  request: Buffer;
  escrow: Buffer;
  milestone: number;
  round: number;
  digest: Buffer;
  criteria: Buffer;
  requested_at: string;
  expires_at: string;
  verdict: number | null;
  pay_bps: number | null;
  evidence: Buffer | null;
  recorded_at: string | null;
  recorded_tx: Buffer | null;
  pushed: boolean;
  latched: boolean | null;
}

interface ReportRow {
  id: string;
  request: Buffer;
  report_hash: Buffer;
  raw: Buffer;
  context: Buffer;
  signatures: OracleReportRecord['signatures'];
  outcome: string;
  tx: Buffer | null;
  reason: string | null;
  milliseconds: number;
  nodes: readonly Partial<NodeStatement>[];
  result: OracleReportRecord['result'];
  sources: readonly SourceText[];
}

/** Nodes of reports that were kept before their answers were: who spoke, and which error. */
export const statementOf = (kept: Partial<NodeStatement>): NodeStatement => ({
  node: kept.node ?? 0,
  signer: kept.signer ?? '',
  status: kept.status ?? (kept.error == null ? 'verdict' : 'error'),
  verdict: kept.verdict ?? null,
  payBps: kept.payBps ?? null,
  metrics: kept.metrics ?? null,
  evidenceHash: kept.evidenceHash ?? null,
  reasons: kept.reasons ?? [],
  checks: kept.checks ?? [],
  evidence: kept.evidence ?? [],
  error: kept.error ?? null,
  milliseconds: kept.milliseconds ?? 0,
});

const REQUEST = `request, escrow, milestone, round, digest, criteria, requested_at, expires_at, verdict, pay_bps, evidence,
  recorded_at, recorded_tx, pushed, latched`;

const requestOf = (row: RequestRow): OracleRequestRecord => ({
  id: toHex(row.request),
  escrow: getAddress(toHex(row.escrow)),
  milestone: row.milestone,
  round: row.round,
  digest: toHex(row.digest),
  criteria: toHex(row.criteria),
  requestedAt: Number(row.requested_at),
  expiresAt: Number(row.expires_at),
  verdict: row.verdict,
  payBps: row.pay_bps,
  evidence: row.evidence ? toHex(row.evidence) : null,
  recordedAt: row.recorded_at === null ? null : Number(row.recorded_at),
  recordedTx: row.recorded_tx ? toHex(row.recorded_tx) : null,
  pushed: row.pushed,
  latched: row.latched,
});

/** SQL of the oracle's documents, requests and reports. Runs in the caller's unit of work. */
@Injectable()
export class OracleRepository {
  constructor(
    private readonly uow: UnitOfWork,
    @Inject(DEPLOYMENT) private readonly deployment: Deployment | null,
  ) {}

  private get chainId(): number {
    return this.deployment?.chainId ?? 0;
  }

  async document(sha256: string): Promise<Buffer | null> {
    const [row] = rowsOf<{ body: Buffer }>(
      await this.uow.manager.query('select body from oracle_document where sha256 = $1', [toBytes(sha256)]),
    );
    return row?.body ?? null;
  }

  /** False if it was there already. */
  async addDocument(sha256: string, body: Buffer, person: string | null): Promise<boolean> {
    const rows = rowsOf<{ sha256: Buffer }>(
      await this.uow.manager.query(
        'insert into oracle_document (sha256, body, stored_by) values ($1, $2, $3) on conflict do nothing returning sha256',
        [toBytes(sha256), body, person],
      ),
    );
    return rows.length === 1;
  }

  async request(id: string): Promise<OracleRequestRecord | null> {
    const [row] = rowsOf<RequestRow>(
      await this.uow.manager.query(`select ${REQUEST} from oracle_request where chain_id = $1 and request = $2`, [
        this.chainId,
        toBytes(id),
      ]),
    );
    return row ? requestOf(row) : null;
  }

  /** Whether the oracle was asked about a submission with this digest. */
  async isSubmitted(digest: string): Promise<boolean> {
    const rows = rowsOf<{ request: Buffer }>(
      await this.uow.manager.query('select request from oracle_request where chain_id = $1 and digest = $2 limit 1', [
        this.chainId,
        toBytes(digest),
      ]),
    );
    return rows.length === 1;
  }

  /** Newest first. */
  async requestsOf(escrow: string): Promise<OracleRequestRecord[]> {
    const rows = rowsOf<RequestRow>(
      await this.uow.manager.query(
        `select ${REQUEST} from oracle_request where chain_id = $1 and escrow = $2 order by requested_at desc, milestone, round desc`,
        [this.chainId, toBytes(escrow)],
      ),
    );
    return rows.map(requestOf);
  }

  /** Verdicts that the gate has not been told. */
  async unpushed(): Promise<OracleRequestRecord[]> {
    const rows = rowsOf<RequestRow>(
      await this.uow.manager.query(
        `select ${REQUEST} from oracle_request where chain_id = $1 and verdict is not null and not pushed order by recorded_at`,
        [this.chainId],
      ),
    );
    return rows.map(requestOf);
  }

  /** The newest report of a request; a delivered one before others. */
  async reports(requests: readonly string[]): Promise<ReadonlyMap<string, OracleReportRecord>> {
    const rows = rowsOf<ReportRow>(
      await this.uow.manager.query(
        `select distinct on (request) id, request, report_hash, raw, context, signatures, outcome, tx, reason, milliseconds, nodes, result, sources
           from oracle_report where request = any ($1::bytea[])
          order by request, (outcome = 'delivered') desc, received_at desc`,
        [requests.map(toBytes)],
      ),
    );
    return new Map(
      rows.map((row) => [
        toHex(row.request),
        {
          id: row.id,
          request: toHex(row.request),
          reportHash: toHex(row.report_hash),
          raw: toHex(row.raw),
          context: toHex(row.context),
          signatures: row.signatures,
          outcome: row.outcome,
          txHash: row.tx ? toHex(row.tx) : null,
          reason: row.reason,
          milliseconds: row.milliseconds,
          nodes: row.nodes.map(statementOf),
          result: row.result,
          sources: row.sources,
        },
      ]),
    );
  }

  /** False if the same report with the same outcome was kept before. */
  async addReport(report: OracleReportRecord): Promise<boolean> {
    const rows = rowsOf<{ id: string }>(
      await this.uow.manager.query(
        `insert into oracle_report (id, request, report_hash, raw, context, signatures, outcome, tx, reason, milliseconds, nodes, result, sources)
         values ($1, $2, $3, $4, $5, $6::jsonb, $7, $8, $9, $10, $11::jsonb, $12::jsonb, $13::jsonb)
         on conflict (request, report_hash, outcome) do nothing returning id`,
        [
          report.id,
          toBytes(report.request),
          toBytes(report.reportHash),
          toBytes(report.raw),
          toBytes(report.context),
          JSON.stringify(report.signatures),
          report.outcome,
          report.txHash === null ? null : toBytes(report.txHash),
          report.reason,
          report.milliseconds,
          JSON.stringify(report.nodes),
          report.result === null ? null : JSON.stringify(report.result),
          JSON.stringify(report.sources),
        ],
      ),
    );
    return rows.length === 1;
  }
}
