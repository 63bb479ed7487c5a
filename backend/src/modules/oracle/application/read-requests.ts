import { Inject, Injectable } from '@nestjs/common';
import {
  criteriaItems,
  decodePayload,
  decodeRawReport,
  DocumentError,
  readCriteria,
  Verdict,
  type Criteria,
  type Hex,
} from '@milepost/protocol';
import { ChainReader, toBytes } from '../../../platform/chain/index.js';
import { DEPLOYMENT, type Deployment } from '../../../platform/config/index.js';
import { Problem } from '../../../platform/http/index.js';
import { ProjectDirectory, unknownProject, type ProjectLink } from '../../projects/index.js';
import { jobWords, type JobWords } from '../domain/job-words.js';
import { agrees, answerWords, type AgreedResult, type NodeStatement } from '../domain/node-statement.js';
import {
  OracleRepository,
  type OracleReportRecord,
  type OracleRequestRecord,
} from '../persistence/oracle.repository.js';
import { RunRepository, type EvidenceRecord, type RunRecord } from '../persistence/run.repository.js';

/** What one node of the network said. */
export interface NodeView {
  readonly name: string;
  readonly address: string;
  readonly signed: boolean;
  /** In which way it took part: signed, agreed, differs, or why it gave no answer. */
  readonly note: string;
  /** Its own answer in one line; null when it has not spoken. */
  readonly answer: string | null;
  /** Whether its answer is the signed one; null without a report, or when its answer was not kept. */
  readonly agrees: boolean | null;
  readonly milliseconds: number | null;
}

/** A request as people read it. */
export interface OracleRequestView {
  readonly requestId: string;
  readonly project: string | null;
  readonly milestone: number;
  readonly round: number;
  readonly digest: string;
  readonly criteriaHash: string;
  /** Kind of the acceptance document; null if it is not stored here. */
  readonly kind: Criteria['kind'] | null;
  readonly requestedAt: string;
  readonly expiresAt: string;
  /** `waiting`, `answered` (the gate knows), `recorded` (the gate does not know yet), `expired`. */
  readonly state: 'waiting' | 'recorded' | 'answered' | 'expired';
  /** What a verdict still waits for, in words; null when there is one. */
  readonly missing: string | null;
  readonly job: Omit<JobWords, 'missing'> & { readonly attempts: number | null };
  readonly verdict: 'passed' | 'failed' | null;
  readonly payBps: number | null;
  readonly evidenceHash: string | null;
  readonly recordedAt: string | null;
  readonly txHash: string | null;
  readonly checks: { readonly id: string; readonly label: string; readonly passed: boolean; readonly detail: string }[];
  readonly evidence: { readonly name: string; readonly sha256: string; readonly url: string | null }[];
  readonly nodes: NodeView[];
  /** Signed reports that were kept; with them the verdict verifies offline. */
  readonly hasReport: boolean;
  readonly network: string;
  readonly milliseconds: number | null;
}

/** Everything that is kept about one request. */
export interface RequestFile {
  readonly request: OracleRequestRecord;
  readonly report: OracleReportRecord | null;
  readonly run: RunRecord | null;
  readonly handedIn: readonly EvidenceRecord[];
  readonly criteria: Criteria | null;
  readonly criteriaText: string | null;
}

const iso = (seconds: number): string => new Date(seconds * 1000).toISOString();

/** Reads requests with all that is known about their answer. */
@Injectable()
export class ReadRequests {
  constructor(
    @Inject(DEPLOYMENT) private readonly deployment: Deployment | null,
    private readonly repository: OracleRepository,
    private readonly runs: RunRepository,
    private readonly projects: ProjectDirectory,
    private readonly reader: ChainReader,
  ) {}

  /** @throws {Problem} 404 `unknown-request` */
  async one(requestId: string): Promise<{ view: OracleRequestView; file: RequestFile; link: ProjectLink | null }> {
    const request = await this.repository.request(requestId);
    const [file] = request === null ? [] : await this.files([request]);
    if (file === undefined) throw new Problem(404, 'unknown-request', 'There is no such oracle request.');
    const link = await this.projects.byEscrow(file.request.escrow);
    return { view: this.view(file, link, (await this.reader.head()).time), file, link };
  }

  /** Newest first. */
  async ofProject(projectId: string): Promise<OracleRequestView[]> {
    const link = await this.projects.find(projectId);
    if (link === null) throw unknownProject();
    const files = await this.files(await this.repository.requestsOf(link.escrow));
    if (files.length === 0) return [];
    const { time } = await this.reader.head();
    return files.map((file) => this.view(file, link, time));
  }

  private async files(requests: readonly OracleRequestRecord[]): Promise<RequestFile[]> {
    if (requests.length === 0) return [];
    const ids = requests.map((request) => request.id);
    const reports = await this.repository.reports(ids);
    const runs = await this.runs.latest(ids);
    const evidence = await this.runs.evidenceOf(ids);
    const files: RequestFile[] = [];
    for (const request of requests) {
      const body = await this.repository.document(request.criteria);
      files.push({
        request,
        report: reports.get(request.id) ?? null,
        run: runs.get(request.id) ?? null,
        handedIn: evidence.get(request.id) ?? [],
        criteria: body === null ? null : readable(body, request.criteria),
        criteriaText: body?.toString('utf8') ?? null,
      });
    }
    return files;
  }

  private view(file: RequestFile, link: ProjectLink | null, time: number): OracleRequestView {
    const { request, report, run, criteria } = file;
    const hasVerdict = request.verdict !== null;
    const isExpired = time > request.expiresAt;
    const { missing, ...job } = jobWords({
      hasVerdict,
      pushed: request.pushed,
      isExpired,
      expiresAt: iso(request.expiresAt),
      hasCriteria: criteria !== null,
      report,
      run,
    });
    const result = report === null ? null : resultOf(report);
    return {
      requestId: request.id,
      project: link?.id ?? null,
      milestone: request.milestone,
      round: request.round,
      digest: request.digest,
      criteriaHash: request.criteria,
      kind: criteria?.kind ?? null,
      requestedAt: iso(request.requestedAt),
      expiresAt: iso(request.expiresAt),
      state: hasVerdict ? (request.pushed ? 'answered' : 'recorded') : isExpired ? 'expired' : 'waiting',
      missing,
      job: { ...job, attempts: run?.attempt ?? null },
      verdict: request.verdict === null ? null : request.verdict === 1 ? 'passed' : 'failed',
      payBps: request.payBps,
      evidenceHash: request.evidence,
      recordedAt: request.recordedAt === null ? null : iso(request.recordedAt),
      txHash: request.recordedTx,
      checks: checksOf(file, result),
      evidence: evidenceOf(file, result).map(({ name, sha256 }) => ({ name, sha256, url: urlOf(file, name) })),
      nodes: this.nodesOf(file, result),
      hasReport: report !== null,
      network: this.deployment?.oracle.label ?? '',
      milliseconds: (report ?? run)?.milliseconds ?? null,
    };
  }

  /** Every node of the network: who signed, and what each said. Nobody has spoken: none. */
  private nodesOf({ report, run }: RequestFile, result: AgreedResult | null): NodeView[] {
    const statements = report?.nodes ?? run?.nodes;
    if (statements === undefined) return [];
    const signed = new Set((report?.signatures ?? []).map(({ signer }) => signer.toLowerCase()));
    return (this.deployment?.oracle.signers ?? []).map((address, i) => {
      const said = statements.find(({ signer }) => signer.toLowerCase() === address.toLowerCase());
      const isSigned = signed.has(address.toLowerCase());
      const same = said === undefined || result === null ? null : agrees(said, result);
      return {
        name: `Node ${i + 1}`,
        address,
        signed: isSigned,
        note: noteOf(said, isSigned, result === null ? undefined : same),
        answer: said === undefined ? null : answerWords(said),
        agrees: same,
        milliseconds: said?.milliseconds ?? null,
      };
    });
  }
}

/** What the judges read: as a node that agrees with the report lists it; handed-in evidence before there is a report. */
export function evidenceOf(
  { report, handedIn }: RequestFile,
  result: AgreedResult | null,
): readonly { readonly name: string; readonly sha256: string }[] {
  const said = result === null ? undefined : report?.nodes.find((node) => agrees(node, result) === true);
  return said === undefined || said.evidence.length === 0 ? handedIn : said.evidence;
}

/** The result that a kept report carries; it was checked when it was kept. */
export function resultOf(report: OracleReportRecord): AgreedResult {
  const { verdict, payBps, metrics, evidenceHash } = decodePayload(decodeRawReport(toBytes(report.raw)).payload);
  return { verdict: verdict === Verdict.PASSED ? 'passed' : 'failed', payBps, metrics, evidenceHash };
}

const noteOf = (said: NodeStatement | undefined, isSigned: boolean, same: boolean | null | undefined): string => {
  if (said === undefined) return 'no answer';
  if (same === undefined || said.status !== 'verdict') return answerWords(said);
  if (same === false) return `differs from the others: ${answerWords(said)}`;
  return isSigned ? 'signed' : 'agreed; its signature was not needed';
};

/** Null if what is stored is no criteria document. */
const readable = (body: Buffer, hash: string): Criteria | null => {
  try {
    return readCriteria(body.toString('utf8'), hash as Hex);
  } catch (error) {
    if (error instanceof DocumentError) return null;
    throw error;
  }
};

const checksOf = ({ criteria, report }: RequestFile, result: AgreedResult | null): OracleRequestView['checks'] => {
  const titles = new Map(criteria === null ? [] : criteriaItems(criteria).map(({ id, title }) => [id, title]));
  const said = result === null ? undefined : report?.nodes.find((node) => agrees(node, result) === true);
  const checks =
    said !== undefined && said.checks.length > 0
      ? said.checks
      : (report?.result ?? []).map(({ id, outcome, detail }) => ({
          id,
          title: id,
          passed: outcome === 'passed',
          detail,
        }));
  return checks.map(({ id, title, passed, detail }) => ({ id, label: titles.get(id) ?? title, passed, detail }));
};

/** Where a document that was read can be fetched; null for what only the export holds. */
const urlOf = ({ request }: RequestFile, name: string): string | null => {
  if (name === 'criteria') return `/api/v1/oracle/documents/${request.criteria}`;
  if (name === 'manifest') return `/api/v1/oracle/documents/${request.digest}`;
  if (name === 'sample' || name === 'gold' || name === 'agreement')
    return `/api/v1/oracle/requests/${request.id}/evidence/${name}`;
  return null;
};
