import { Body, Controller, Get, Headers, HttpCode, Param, Post, Put, Query, Req } from '@nestjs/common';
import { ApiAcceptedResponse, ApiCreatedResponse, ApiHeader, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import {
  CurrentPerson,
  Idempotency,
  Idempotent,
  intentSchema,
  Problem,
  type SessionPerson,
} from '../../../platform/http/index.js';
import { Audited } from '../../audit/index.js';
import { DraftContent } from '../application/draft-content.js';
import { type ProjectReading, ReadProjects } from '../application/read-projects.js';
import { RequestCreation } from '../application/request-creation.js';
import { SaveDraft } from '../application/save-draft.js';
import { SignTerms } from '../application/sign-terms.js';
import { projectSummary, projectView, type ProjectParts, type ProjectView } from './project-view.js';
import {
  projectPageSchema,
  projectParamsSchema,
  projectQuerySchema,
  projectSchema,
  signatureInputSchema,
  termsDocumentSchema,
} from './schemas.js';
import { draftInputSchema } from './terms-schema.js';

type Params = z.infer<typeof projectParamsSchema>;
type DraftBody = z.infer<typeof draftInputSchema>;

/** Projects from the first draft to the created escrow. */
@ApiTags('projects')
@Controller('projects')
export class ProjectsController {
  constructor(
    private readonly content: DraftContent,
    private readonly creation: RequestCreation,
    private readonly drafts: SaveDraft,
    private readonly idempotency: Idempotency,
    private readonly reads: ReadProjects,
    private readonly terms: SignTerms,
  ) {}

  /** Saves a new draft; its terms are checked in full, as the contracts will. */
  @Post()
  @Audited('project.created')
  @Idempotent()
  @ApiCreatedResponse({ standardSchema: projectSchema })
  async create(
    @CurrentPerson() person: SessionPerson,
    @Body({ schema: draftInputSchema }) input: DraftBody,
    @Req() request: FastifyRequest,
  ): Promise<ProjectView> {
    await this.drafts.requireCurrentFee(input);
    return this.idempotency.once(request, async (tx) => this.view(await this.drafts.create(tx, person, input), person));
  }

  /** The projects in which the person has a part, newest first. */
  @Get()
  @ApiOkResponse({ standardSchema: projectPageSchema })
  async list(
    @CurrentPerson() person: SessionPerson,
    @Query({ schema: projectQuerySchema }) query: z.infer<typeof projectQuerySchema>,
  ): Promise<z.infer<typeof projectPageSchema>> {
    const { items, nextCursor } = await this.reads.page(person, query.cursor, query.limit);
    return { items: items.map((reading) => projectSummary(this.parts(reading))), nextCursor };
  }

  /** One project with its milestones, money and clocks. */
  @Get(':id')
  @ApiOkResponse({ standardSchema: projectSchema })
  async one(
    @CurrentPerson() person: SessionPerson,
    @Param({ schema: projectParamsSchema }) { id }: Params,
  ): Promise<ProjectView> {
    return this.view(id, person);
  }

  /** Replaces a draft; both signatures become void. */
  @Put(':id/draft')
  @Audited('project.edited', 'terms.withdrawn')
  @ApiHeader({
    name: 'If-Match',
    required: true,
    description: 'The version that was edited',
    schema: { type: 'string' },
  })
  @ApiOkResponse({ standardSchema: projectSchema })
  async edit(
    @CurrentPerson() person: SessionPerson,
    @Param({ schema: projectParamsSchema }) { id }: Params,
    @Headers('if-match') ifMatch: string | undefined,
    @Body({ schema: draftInputSchema }) input: DraftBody,
  ): Promise<ProjectView> {
    await this.drafts.edit(id, versionOf(ifMatch), person, input);
    return this.view(id, person);
  }

  /** The document, the bytes, the hashes and the typed data that both parties sign. */
  @Get(':id/terms')
  @ApiOkResponse({ standardSchema: termsDocumentSchema })
  async document(
    @CurrentPerson() person: SessionPerson,
    @Param({ schema: projectParamsSchema }) { id }: Params,
  ): Promise<z.infer<typeof termsDocumentSchema>> {
    const { typedData, ...compiled } = await this.terms.prepare(id, person);
    return { ...compiled, typedData: { ...typedData } };
  }

  /** Keeps a party's signature of the terms. */
  @Post(':id/signatures')
  @Audited('terms.signed')
  @HttpCode(200)
  @ApiOkResponse({ standardSchema: projectSchema })
  async sign(
    @CurrentPerson() person: SessionPerson,
    @Param({ schema: projectParamsSchema }) { id }: Params,
    @Body({ schema: signatureInputSchema }) input: z.infer<typeof signatureInputSchema>,
  ): Promise<ProjectView> {
    await this.terms.sign(id, person, input);
    return this.view(id, person);
  }

  /** Has the factory create the escrow; both parties have signed. */
  @Post(':id/creation')
  @Audited('creation.requested')
  @HttpCode(202)
  @Idempotent()
  @ApiAcceptedResponse({ standardSchema: intentSchema })
  async createEscrow(
    @CurrentPerson() person: SessionPerson,
    @Param({ schema: projectParamsSchema }) { id }: Params,
    @Req() request: FastifyRequest,
  ): Promise<z.infer<typeof intentSchema>> {
    const prepared = await this.creation.prepare(id, person);
    const intent = await this.idempotency.once(request, (tx) => this.creation.request(tx, person, prepared));
    const { problem, ...rest } = intent;
    return { ...rest, error: problem };
  }

  private async view(id: string, person: SessionPerson): Promise<ProjectView> {
    return projectView(this.parts(await this.reads.one(id, person)));
  }

  private parts(reading: ProjectReading): ProjectParts {
    return { ...reading, token: this.content.requireDeployment().token };
  }
}

function versionOf(ifMatch: string | undefined): number {
  const version = Number(/^(?:W\/)?"?(\d{1,9})"?$/.exec(ifMatch ?? '')?.[1]);
  if (Number.isInteger(version)) return version;
  throw new Problem(
    428,
    'version-needed',
    'An edit needs the header If-Match with the version that was edited; nothing was changed.',
  );
}
