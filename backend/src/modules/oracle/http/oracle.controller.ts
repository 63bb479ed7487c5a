import { Body, Controller, Get, HttpCode, Param, Post, Query, Req, Res, type RawBodyRequest } from '@nestjs/common';
import { ApiBody, ApiCreatedResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
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
import { ReadRequests, type OracleRequestView } from '../application/read-requests.js';
import { Reports } from '../application/reports.js';
import {
  documentParamsSchema,
  keptReportSchema,
  oracleRequestSchema,
  oracleRequestsSchema,
  reportInputSchema,
  requestParamsSchema,
  requestsQuerySchema,
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
    if (actor.kind !== 'service' && (link === null || !(await this.mayRead(actor, link.id))))
      throw new Problem(404, 'unknown-request', 'There is no such oracle request, or you have no part in its project.');
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

  private async mayRead(actor: Actor, project: string): Promise<boolean> {
    return (
      actor.kind === 'service' || (actor.kind === 'person' && (await this.access.mayRead(actor.person.id, project)))
    );
  }
}
