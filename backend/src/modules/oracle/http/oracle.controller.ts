import {
  Body,
  Controller,
  Get,
  HttpCode,
  Param,
  Post,
  Put,
  Query,
  Req,
  Res,
  type RawBodyRequest,
} from '@nestjs/common';
import { ApiBody, ApiCreatedResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { OracleProof } from '@milepost/protocol';
import type { z } from 'zod';
import {
  CurrentActor,
  PersonOrService,
  Problem,
  Public,
  ServiceOnly,
  type Actor,
} from '../../../platform/http/index.js';
import { ProjectAccess } from '../../../platform/outbox/index.js';
import { unknownProject } from '../../projects/index.js';
import { Audited } from '../../audit/index.js';
import { Documents } from '../application/documents.js';
import { Evidence } from '../application/evidence.js';
import { ExportProof } from '../application/export-proof.js';
import { ReadRequests, type OracleRequestView } from '../application/read-requests.js';
import { Reports } from '../application/reports.js';
import { Runs } from '../application/runs.js';
import {
  documentParamsSchema,
  evidenceParamsSchema,
  isNewSchema,
  keptReportSchema,
  oracleRequestSchema,
  oracleRequestsSchema,
  proofSchema,
  reportInputSchema,
  requestParamsSchema,
  requestsQuerySchema,
  runInputSchema,
  storedDocumentSchema,
} from './schemas.js';

/** Documents, requests and reports of the oracle. */
@ApiTags('oracle')
@Controller('oracle')
export class OracleController {
  constructor(
    private readonly documents: Documents,
    private readonly reading: ReadRequests,
    private readonly reports: Reports,
    private readonly runs: Runs,
    private readonly evidence: Evidence,
    private readonly proofs: ExportProof,
    private readonly access: ProjectAccess,
  ) {}

  /** Keeps a canonical JSON document under its SHA-256. The same bytes give the same answer. */
  @Post('documents')
  @Audited('document.stored')
  @PersonOrService()
  @HttpCode(201)
  @ApiBody({ description: 'Canonical JSON (RFC 8785), at most 20,480 bytes', schema: { type: 'object' } })
  @ApiCreatedResponse({ standardSchema: storedDocumentSchema })
  async store(
    @CurrentActor() actor: Actor,
    @Req() request: RawBodyRequest<FastifyRequest>,
  ): Promise<{ sha256: string }> {
    const body = request.rawBody;
    if (!body || body.length === 0)
      throw new Problem(
        422,
        'document-not-valid',
        'The request has no body; nothing was kept. Send the document as application/json.',
      );
    return { sha256: await this.documents.store(body, actor.kind === 'person' ? actor.person.id : null) };
  }

  /** The exact bytes of a document. */
  @Get('documents/:sha256')
  @Public()
  @ApiOkResponse({ description: 'The document', schema: { type: 'object' } })
  async document(
    @Param({ schema: documentParamsSchema }) { sha256 }: z.infer<typeof documentParamsSchema>,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const body = await this.documents.read(sha256);
    await reply
      .header('content-type', 'application/json; charset=utf-8')
      .header('cache-control', 'public, max-age=31536000, immutable')
      .send(body);
  }

  /** A project's requests, newest first. */
  @Get('requests')
  @PersonOrService()
  @ApiOkResponse({ standardSchema: oracleRequestsSchema })
  async requests(
    @CurrentActor() actor: Actor,
    @Query({ schema: requestsQuerySchema }) { project }: z.infer<typeof requestsQuerySchema>,
  ): Promise<{ items: OracleRequestView[] }> {
    if (!(await this.mayRead(actor, project))) throw unknownProject();
    return { items: await this.reading.ofProject(project) };
  }

  /** One request with its verdict, or what it still waits for. */
  @Get('requests/:requestId')
  @PersonOrService()
  @ApiOkResponse({ standardSchema: oracleRequestSchema })
  async request(
    @CurrentActor() actor: Actor,
    @Param({ schema: requestParamsSchema }) { requestId }: z.infer<typeof requestParamsSchema>,
  ): Promise<OracleRequestView> {
    const { view, link } = await this.reading.one(requestId);
    if (actor.kind !== 'service' && (link === null || !(await this.mayRead(actor, link.id)))) throw noSuchRequest();
    return view;
  }

  /** Takes a signed report as evidence, from the oracle network. Sending it again changes nothing. */
  @Post('requests/:requestId/reports')
  @Audited('acceptance.run')
  @ServiceOnly()
  @HttpCode(201)
  @ApiCreatedResponse({ standardSchema: keptReportSchema })
  report(
    @Param({ schema: requestParamsSchema }) { requestId }: z.infer<typeof requestParamsSchema>,
    @Body({ schema: reportInputSchema }) input: z.infer<typeof reportInputSchema>,
  ): Promise<{ id: string; isNew: boolean }> {
    return this.reports.keep(requestId, input);
  }

  /** Takes what the nodes said in a run that signed nothing, from the oracle network. The last run of a request is kept. */
  @Post('requests/:requestId/runs')
  @Audited('acceptance.run')
  @ServiceOnly()
  @HttpCode(201)
  @ApiCreatedResponse({ standardSchema: isNewSchema })
  run(
    @Param({ schema: requestParamsSchema }) { requestId }: z.infer<typeof requestParamsSchema>,
    @Body({ schema: runInputSchema }) input: z.infer<typeof runInputSchema>,
  ): Promise<{ isNew: boolean }> {
    return this.runs.keep(requestId, input);
  }

  /** Everything that proves a verdict without this service. Check it with `node backend/dist/cli/verify-report.js FILE`. */
  @Get('requests/:requestId/proof')
  @PersonOrService()
  @ApiOkResponse({ standardSchema: proofSchema })
  async proof(
    @CurrentActor() actor: Actor,
    @Param({ schema: requestParamsSchema }) { requestId }: z.infer<typeof requestParamsSchema>,
  ): Promise<OracleProof> {
    const { file, link } = await this.reading.one(requestId);
    if (actor.kind !== 'service' && (link === null || !(await this.mayRead(actor, link.id)))) throw noSuchRequest();
    return this.proofs.of(file);
  }

  /** Keeps a document that judges of a sampled batch read: `sample`, `gold` or `agreement`. It must prove itself. */
  @Put('requests/:requestId/evidence/:name')
  @Audited('evidence.stored')
  @PersonOrService()
  @ApiBody({ description: 'The document, at most 100,000 bytes', schema: { type: 'object' } })
  @ApiOkResponse({ standardSchema: isNewSchema })
  async putEvidence(
    @CurrentActor() actor: Actor,
    @Param({ schema: evidenceParamsSchema }) { requestId, name }: z.infer<typeof evidenceParamsSchema>,
    @Req() request: RawBodyRequest<FastifyRequest>,
  ): Promise<{ isNew: boolean }> {
    const { link } = await this.reading.one(requestId);
    if (actor.kind !== 'service' && (link === null || !(await this.mayRead(actor, link.id)))) throw noSuchRequest();
    return this.evidence.put(
      requestId,
      name,
      request.rawBody ?? Buffer.alloc(0),
      actor.kind === 'person' ? actor.person.id : null,
    );
  }

  /** The exact bytes of a document that judges read. */
  @Get('requests/:requestId/evidence/:name')
  @Public()
  @ApiOkResponse({ description: 'The document', schema: { type: 'object' } })
  async readEvidence(
    @Param({ schema: evidenceParamsSchema }) { requestId, name }: z.infer<typeof evidenceParamsSchema>,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const body = await this.evidence.read(requestId, name);
    await reply
      .header('content-type', 'application/json; charset=utf-8')
      .header('cache-control', 'no-store')
      .send(body);
  }

  private async mayRead(actor: Actor, project: string): Promise<boolean> {
    return (
      actor.kind === 'service' || (actor.kind === 'person' && (await this.access.mayRead(actor.person.id, project)))
    );
  }
}

const noSuchRequest = (): Problem =>
  new Problem(404, 'unknown-request', 'There is no such oracle request, or you have no part in its project.');
