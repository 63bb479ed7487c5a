import { Controller, Get, Header, Param, Query, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { z } from 'zod';
import type { Bundle, Report } from '@milepost/tlog';
import { CurrentActor, CurrentPerson, Public, type Actor, type SessionPerson } from '../../../platform/http/index.js';
import { AuditReading } from '../application/audit-reading.js';
import {
  auditEventPageSchema,
  auditEventQuerySchema,
  eventIdSchema,
  projectIdSchema,
  reportSchema,
} from './schemas.js';

/** The audit trail for the people it is about. */
@Controller('audit')
export class AuditController {
  constructor(private readonly reading: AuditReading) {}

  @Get('events')
  @ApiOperation({
    summary: 'Timeline of a project, newest first; without a project: your own events outside of projects',
  })
  @ApiOkResponse({ standardSchema: auditEventPageSchema })
  events(
    @CurrentPerson() person: SessionPerson,
    @Query({ schema: auditEventQuerySchema }) query: z.infer<typeof auditEventQuerySchema>,
  ): Promise<z.infer<typeof auditEventPageSchema>> {
    return this.reading.timeline(person.id, query.project ?? null, query.cursor ?? null, query.limit);
  }

  @Get('export/:project')
  @Header('cache-control', 'private, no-store')
  @ApiOkResponse({ content: { 'application/json': { schema: { type: 'object', additionalProperties: true } } } })
  @ApiOperation({
    summary: 'Everything recorded about a project, with proofs; verify it offline with `npm run verify -- FILE`',
  })
  async export(
    @CurrentPerson() person: SessionPerson,
    @Param({ schema: projectIdSchema }) { project }: z.infer<typeof projectIdSchema>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Bundle> {
    const bundle = await this.reading.export(person.id, project);
    void reply.header(
      'content-disposition',
      `attachment; filename="milepost-audit-${project.replace(/[^A-Za-z0-9-]/g, '_')}.json"`,
    );
    return bundle;
  }

  @Get('verify/:eventId')
  @Public()
  @ApiOperation({
    summary:
      'The server verifies one event; who does not trust the server checks /log/proof with a verifier of its own',
  })
  @ApiOkResponse({ standardSchema: reportSchema })
  verify(
    @CurrentActor() actor: Actor,
    @Param({ schema: eventIdSchema }) { eventId }: z.infer<typeof eventIdSchema>,
  ): Promise<Report> {
    return this.reading.verify(actor, eventId);
  }
}
