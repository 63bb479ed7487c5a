import { Inject, Injectable } from '@nestjs/common';
import { DocumentError, readCriteria, type Criteria, type Hex } from '@milepost/protocol';
import { ChainReader } from '../../../platform/chain/index.js';
import { DEPLOYMENT, type Deployment } from '../../../platform/config/index.js';
import { Problem } from '../../../platform/http/index.js';
import { ProjectDirectory, unknownProject, type ProjectLink } from '../../projects/index.js';
import {
  OracleRepository,
  type OracleReportRecord,
  type OracleRequestRecord,
} from '../persistence/oracle.repository.js';

/** A request as people read it. */
export interface OracleRequestView {
  readonly requestId: string;
  readonly project: string | null;
  readonly milestone: number;
  readonly round: number;
  readonly digest: string;
  readonly criteriaHash: string;
  readonly requestedAt: string;
  readonly expiresAt: string;
  /** `waiting`, `answered` (the gate knows), `recorded` (the gate does not know yet), `expired`. */
  readonly state: 'waiting' | 'recorded' | 'answered' | 'expired';
  /** What a verdict still waits for, in words; null when there is one. */
  readonly missing: string | null;
  readonly verdict: 'passed' | 'failed' | null;
  readonly payBps: number | null;
  readonly evidenceHash: string | null;
  readonly recordedAt: string | null;
  readonly txHash: string | null;
  readonly checks: { readonly id: string; readonly label: string; readonly passed: boolean; readonly detail: string }[];
  readonly nodes: {
    readonly name: string;
    readonly address: string;
    readonly signed: boolean;
    readonly note: string;
  }[];
  readonly network: string;
  readonly milliseconds: number | null;
}

const iso = (seconds: number): string => new Date(seconds * 1000).toISOString();

/** Reads requests with all that is known about their answer. */
@Injectable()
export class ReadRequests {
  constructor(
    @Inject(DEPLOYMENT) private readonly deployment: Deployment | null,
    private readonly repository: OracleRepository,
    private readonly projects: ProjectDirectory,
    private readonly reader: ChainReader,
  ) {}

  /** @throws {Problem} 404 `unknown-request` */
  async one(requestId: string): Promise<{ view: OracleRequestView; link: ProjectLink | null }> {
    const request = await this.repository.request(requestId);
    if (request === null) throw new Problem(404, 'unknown-request', 'There is no such oracle request.');
    const link = await this.projects.byEscrow(request.escrow);
    const [view] = await this.views([request], link);
    if (!view) throw new Problem(404, 'unknown-request', 'There is no such oracle request.');
    return { view, link };
  }

  /** Newest first. */
  async ofProject(projectId: string): Promise<OracleRequestView[]> {
    const link = await this.projects.find(projectId);
    if (link === null) throw unknownProject();
    return this.views(await this.repository.requestsOf(link.escrow), link);
  }

  private async views(
    requests: readonly OracleRequestRecord[],
    link: ProjectLink | null,
  ): Promise<OracleRequestView[]> {
    if (requests.length === 0) return [];
    const reports = await this.repository.reports(requests.map((request) => request.id));
    const { time } = await this.reader.head();
    return Promise.all(
      requests.map(async (request) => {
        const report = reports.get(request.id) ?? null;
        const criteria = await this.criteria(request.criteria);
        const state =
          request.verdict === null
            ? time > request.expiresAt
              ? 'expired'
              : 'waiting'
            : request.pushed
              ? 'answered'
              : 'recorded';
        return {
          requestId: request.id,
          project: link?.id ?? null,
          milestone: request.milestone,
          round: request.round,
          digest: request.digest,
          criteriaHash: request.criteria,
          requestedAt: iso(request.requestedAt),
          expiresAt: iso(request.expiresAt),
          state,
          missing: state === 'waiting' ? missingOf(criteria, report) : null,
          verdict: request.verdict === null ? null : request.verdict === 1 ? 'passed' : 'failed',
          payBps: request.payBps,
          evidenceHash: request.evidence,
          recordedAt: request.recordedAt === null ? null : iso(request.recordedAt),
          txHash: request.recordedTx,
          checks: checksOf(criteria, report),
          nodes: this.nodesOf(report),
          network: this.deployment?.oracle.label ?? '',
          milliseconds: report?.milliseconds ?? null,
        };
      }),
    );
  }

  /** Null if nobody has stored the document, or what is stored is no criteria document. */
  private async criteria(hash: string): Promise<Criteria | null> {
    const body = await this.repository.document(hash);
    if (body === null) return null;
    try {
      return readCriteria(body.toString('utf8'), hash as Hex);
    } catch (error) {
      if (error instanceof DocumentError) return null;
      throw error;
    }
  }

  /** Every node of the network: who signed, and what the others said. */
  private nodesOf(report: OracleReportRecord | null): OracleRequestView['nodes'] {
    if (report === null) return [];
    const signed = new Set(report.signatures.map(({ signer }) => signer.toLowerCase()));
    return (this.deployment?.oracle.signers ?? []).map((address, i) => {
      const said = report.nodes.find(({ signer }) => signer.toLowerCase() === address.toLowerCase());
      const isSigned = signed.has(address.toLowerCase());
      const note =
        said === undefined
          ? 'no answer'
          : (said.error ?? (isSigned ? 'signed' : 'agreed; its signature was not needed'));
      return { name: `Node ${i + 1}`, address, signed: isSigned, note };
    });
  }
}

const missingOf = (criteria: Criteria | null, report: OracleReportRecord | null): string => {
  if (criteria === null)
    return 'The criteria document is not stored here under its hash; whoever has it can upload it again.';
  if (report === null)
    return 'The nodes have not agreed on a result yet: they wait for the signed result of the acceptance tests.';
  if (report.outcome !== 'delivered')
    return `The report was signed but not taken by the contract: ${report.reason ?? report.outcome}.`;
  return 'The report was delivered; the chain has not confirmed it yet.';
};

const checksOf = (criteria: Criteria | null, report: OracleReportRecord | null): OracleRequestView['checks'] => {
  const titles = new Map(
    criteria?.kind === 'acceptance-suite' ? criteria.suite.tests.map(({ id, title }) => [id, title]) : [],
  );
  return (report?.result ?? []).map(({ id, outcome, detail }) => ({
    id,
    label: titles.get(id) ?? id,
    passed: outcome === 'passed',
    detail,
  }));
};
