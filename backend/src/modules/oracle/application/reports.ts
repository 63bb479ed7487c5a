import { Inject, Injectable } from '@nestjs/common';
import { decodePayload, decodeRawReport, reportSigners } from '@milepost/protocol';
import { keccak256 } from 'ethers';
import { v7 as uuid } from 'uuid';
import { toBytes } from '../../../platform/chain/index.js';
import { DEPLOYMENT, type Deployment } from '../../../platform/config/index.js';
import { UnitOfWork } from '../../../platform/database/index.js';
import { Problem } from '../../../platform/http/index.js';
import { OutboxService } from '../../../platform/outbox/index.js';
import { AuditService } from '../../audit/index.js';
import { ProjectDirectory } from '../../projects/index.js';
import type { NodeStatement } from '../domain/node-statement.js';
import { OracleRepository, type OracleReportRecord, type SourceText } from '../persistence/oracle.repository.js';
import { RunnerResults } from './runner-results.js';

/** A report as the network hands it in after delivery. */
export interface ReportInput {
  readonly rawReport: string;
  readonly reportContext: string;
  readonly signatures: readonly { readonly signer: string; readonly signature: string }[];
  readonly outcome: 'delivered' | 'refused' | 'rejected' | 'unsent';
  readonly txHash: string | null;
  readonly reason: string | null;
  readonly milliseconds: number;
  readonly nodes: readonly NodeStatement[];
}

/** Keeps reports with their signatures, so that a verdict can be checked again without us. */
@Injectable()
export class Reports {
  constructor(
    @Inject(DEPLOYMENT) private readonly deployment: Deployment | null,
    private readonly repository: OracleRepository,
    private readonly results: RunnerResults,
    private readonly projects: ProjectDirectory,
    private readonly uow: UnitOfWork,
    private readonly audit: AuditService,
    private readonly outbox: OutboxService,
  ) {}

  /**
   * Checks that the report is about the request and signed by f + 1 known nodes, and keeps it; again: nothing new.
   * @throws {Problem} 404 `unknown-request`, 422 `report-not-valid`
   */
  async keep(requestId: string, input: ReportInput): Promise<{ readonly id: string; readonly isNew: boolean }> {
    const request = await this.repository.request(requestId);
    if (request === null)
      throw new Problem(
        404,
        'unknown-request',
        'This request is not known here yet; nothing was kept. Send the report again in a moment.',
      );
    this.check(requestId, input);
    const result = await this.results.fetch(request);
    const report: OracleReportRecord = {
      id: uuid(),
      request: requestId,
      reportHash: keccak256(input.rawReport),
      raw: input.rawReport,
      context: input.reportContext,
      signatures: input.signatures,
      outcome: input.outcome,
      txHash: input.txHash,
      reason: input.reason,
      milliseconds: input.milliseconds,
      nodes: input.nodes,
      result: result?.results ?? null,
      sources: sourcesOf(input.nodes, result),
    };
    return this.uow.transaction(async (tx) => {
      const isNew = await this.repository.addReport(report);
      const link = await this.projects.byEscrow(request.escrow);
      await this.audit.append(tx, {
        type: 'acceptance.run',
        subject: ['oracle-request', requestId.slice(2)],
        project: link?.id ?? null,
        actor: { system: 'oracle' },
        refs: {
          milestone: request.milestone,
          round: request.round,
          outcome: input.outcome,
          report: report.reportHash.slice(2),
          signatures: input.signatures.length,
          isNew,
        },
        // With the bytes in the trail, anyone who may read it checks the nodes' signatures without this service.
        sections: [
          {
            section: 'report',
            data: {
              rawReport: input.rawReport,
              reportContext: input.reportContext,
              signatures: input.signatures.map(({ signer, signature }) => ({ signer, signature })),
              txHash: input.txHash,
              reason: input.reason,
            },
          },
        ],
      });
      if (isNew && link)
        await this.outbox.emit(tx, {
          type: 'project.changed',
          ids: { project: link.id, milestone: request.milestone },
          project: link.id,
        });
      return { id: report.id, isNew };
    });
  }

  private check(requestId: string, input: ReportInput): void {
    const oracle = this.deployment?.oracle;
    const known = new Set((oracle?.signers ?? []).map((signer) => signer.toLowerCase()));
    let reason: string | null = null;
    try {
      const raw = toBytes(input.rawReport);
      const payload = decodePayload(decodeRawReport(raw).payload);
      const signers = reportSigners(
        raw,
        toBytes(input.reportContext),
        input.signatures.map(({ signature }) => signature),
      );
      const distinct = new Set<string>(signers);
      if (payload.requestId !== requestId) reason = 'it is about another request';
      else if (signers.some((signer, i) => signer !== input.signatures[i]?.signer.toLowerCase()))
        reason = 'a signature is not of the node it names';
      else if (signers.some((signer) => !known.has(signer))) reason = 'a signer is no node of this network';
      else if (distinct.size < (oracle?.f ?? 0) + 1) reason = `only ${distinct.size} nodes signed`;
    } catch (error) {
      reason = error instanceof Error ? error.message : String(error);
    }
    if (reason !== null) throw new Problem(422, 'report-not-valid', `The report was not kept: ${reason}.`);
  }
}

/** Texts for judging again: the runner's signed result, and what remained of live sources' answers. */
const sourcesOf = (
  nodes: readonly NodeStatement[],
  result: { readonly runner: string; readonly text: string } | null,
): SourceText[] => {
  const sources = new Map<string, SourceText>();
  if (result !== null) {
    const name = `result:${result.runner}`;
    sources.set(name, { name, text: result.text });
  }
  for (const { name, text } of nodes.flatMap(({ evidence }) => evidence)) {
    if (text !== undefined && !sources.has(name)) sources.set(name, { name, text });
  }
  return [...sources.values()];
};
