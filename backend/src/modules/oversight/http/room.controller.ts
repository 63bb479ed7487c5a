import { Body, Controller, Delete, Get, Header, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { z } from 'zod';
import { CurrentPerson, type SessionPerson } from '../../../platform/http/index.js';
import { Audited, auditEventPageSchema, kindNames } from '../../audit/index.js';
import { People } from '../../identity/index.js';
import { AuditRoom } from '../application/audit-room.js';
import { Auditors } from '../application/auditors.js';
import { Operators } from '../application/operators.js';
import type { AuditorGrant } from '../persistence/auditor.repository.js';
import {
  auditorInputSchema,
  auditorListSchema,
  auditorParamsSchema,
  auditorSchema,
  auditorView,
  projectParamsSchema,
  roomSchema,
  trailFileQuerySchema,
  trailQuerySchema,
} from './room-schemas.js';

/** The audit room, and who is let into it. */
@ApiTags('oversight')
@Controller()
export class RoomController {
  constructor(
    private readonly room: AuditRoom,
    private readonly auditors: Auditors,
    private readonly operators: Operators,
    private readonly people: People,
  ) {}

  @Get('audit/room')
  @ApiOperation({ summary: 'Projects whose trail you may read, as a member or as an auditor' })
  @ApiOkResponse({ standardSchema: roomSchema })
  async read(@CurrentPerson() person: SessionPerson): Promise<z.infer<typeof roomSchema>> {
    const projects = await this.room.projectsOf(person.id);
    return {
      operator: await this.operators.is(person.id),
      projects: projects.map((project) => ({ ...project, until: project.until?.toISOString() ?? null })),
      kinds: [...kindNames],
    };
  }

  @Get('audit/trail')
  @ApiOperation({ summary: 'One timeline over those projects, newest first, by project, person, kind and time' })
  @ApiOkResponse({ standardSchema: auditEventPageSchema })
  trail(
    @CurrentPerson() person: SessionPerson,
    @Query({ schema: trailQuerySchema }) query: z.infer<typeof trailQuerySchema>,
  ): Promise<z.infer<typeof auditEventPageSchema>> {
    return this.room.page(person.id, query, query.cursor ?? null, query.limit);
  }

  @Get('audit/trail/file')
  @Header('cache-control', 'private, no-store')
  @ApiOperation({ summary: 'The same as a file (CSV that no spreadsheet evaluates, or JSON); making it is an entry' })
  @ApiOkResponse({
    content: {
      'text/csv': { schema: { type: 'string' } },
      'application/json': { schema: { type: 'object', additionalProperties: true } },
    },
  })
  async file(
    @CurrentPerson() person: SessionPerson,
    @Query({ schema: trailFileQuerySchema }) query: z.infer<typeof trailFileQuerySchema>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    const text = await this.room.file(person.id, query, query.format);
    const type = query.format === 'csv' ? 'text/csv; charset=utf-8; header=present' : 'application/json; charset=utf-8';
    void reply
      .header('content-type', type)
      .header('content-disposition', `attachment; filename="milepost-audit-trail.${query.format}"`);
    return text;
  }

  /** Auditors of a project, former ones too (its parties, operators). */
  @Get('projects/:id/auditors')
  @ApiOkResponse({ standardSchema: auditorListSchema })
  async list(
    @CurrentPerson() person: SessionPerson,
    @Param({ schema: projectParamsSchema }) { id }: z.infer<typeof projectParamsSchema>,
  ): Promise<z.infer<typeof auditorListSchema>> {
    return this.listed(await this.auditors.list(person.id, id));
  }

  /** Lets an account read the trail of the project, and nothing else, for some days (its parties, operators). */
  @Post('projects/:id/auditors')
  @Audited('role.granted')
  @HttpCode(200)
  @ApiOkResponse({ standardSchema: auditorSchema })
  async grant(
    @CurrentPerson() person: SessionPerson,
    @Param({ schema: projectParamsSchema }) { id }: z.infer<typeof projectParamsSchema>,
    @Body({ schema: auditorInputSchema }) input: z.infer<typeof auditorInputSchema>,
  ): Promise<z.infer<typeof auditorSchema>> {
    const grant = await this.auditors.grant(person.id, id, input.account, input.days);
    return auditorView(grant, await this.names([grant]));
  }

  /** Takes the right back at once. */
  @Delete('projects/:id/auditors/:auditor')
  @Audited('role.revoked')
  @ApiOkResponse({ standardSchema: auditorListSchema })
  async revoke(
    @CurrentPerson() person: SessionPerson,
    @Param({ schema: auditorParamsSchema }) { id, auditor }: z.infer<typeof auditorParamsSchema>,
  ): Promise<z.infer<typeof auditorListSchema>> {
    return this.listed(await this.auditors.revoke(person.id, id, auditor));
  }

  private async listed(grants: readonly AuditorGrant[]): Promise<z.infer<typeof auditorListSchema>> {
    const names = await this.names(grants);
    return { items: grants.map((grant) => auditorView(grant, names)) };
  }

  private async names(grants: readonly AuditorGrant[]): Promise<ReadonlyMap<string, string>> {
    const people = await this.people.byAddress(grants.map(({ account }) => account));
    return new Map([...people].map(([account, { name }]) => [account, name]));
  }
}
