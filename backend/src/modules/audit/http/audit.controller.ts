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
  exportQuerySchema,
  projectIdSchema,
  reportSchema,
} from './schemas.js';

const attachment = (name: string): string =>
  `attachment; filename="milepost-audit-${name.replace(/[^A-Za-z0-9-]/g, '_')}.json"`;

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
    summary:
      'Everything recorded about a project or one of its milestones, with proofs; verify it offline with `npm run verify -- FILE`',
  })
  async export(
    @CurrentPerson() person: SessionPerson,
    @Param({ schema: projectIdSchema }) { project }: z.infer<typeof projectIdSchema>,
    @Query({ schema: exportQuerySchema }) { milestone }: z.infer<typeof exportQuerySchema>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Bundle> {
    const bundle = await this.reading.export(person.id, project, milestone ?? null);
    const name = `${project}${milestone === undefined ? '' : `-milestone-${String(milestone + 1)}`}`;
    void reply.header('content-disposition', attachment(name));
    return bundle;
  }

  @Get('bundle/:eventId')
  @Header('cache-control', 'private, no-store')
  @ApiOkResponse({ content: { 'application/json': { schema: { type: 'object', additionalProperties: true } } } })
  @ApiOperation({ summary: 'One event with its proof and the sections that you may read, as a bundle' })
  async bundle(
    @CurrentPerson() person: SessionPerson,
    @Param({ schema: eventIdSchema }) { eventId }: z.infer<typeof eventIdSchema>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Bundle> {
    const bundle = await this.reading.exportEvent(person, eventId);
    void reply.header('content-disposition', attachment(eventId));
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
