import { Body, Controller, Get, HttpCode, Param, Post, Req } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiCreatedResponse, ApiHeader, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { ManifestFacts } from '@milepost/protocol/manifest';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { CurrentPerson, Idempotency, Idempotent, type SessionPerson } from '../../../platform/http/index.js';
import { Audited } from '../../audit/index.js';
import { MakeManifest } from '../application/make-manifest.js';
import { ReadSubmissions } from '../application/read-submissions.js';
import { UploadFile } from '../application/upload-file.js';
import {
  madeManifestSchema,
  manifestInputSchema,
  milestoneParamsSchema,
  submissionsSchema,
  uploadSchema,
} from './schemas.js';

type Params = z.infer<typeof milestoneParamsSchema>;

/** Deliverables of a milestone: upload, manifest, submissions. */
@ApiTags('deliverables')
@Controller('projects/:id/milestones/:n')
export class DeliverablesController {
  constructor(
    private readonly idempotency: Idempotency,
    private readonly manifests: MakeManifest,
    private readonly reads: ReadSubmissions,
    private readonly uploads: UploadFile,
  ) {}

  /** Stores one file; the same bytes again are the same file. */
  @Post('uploads')
  @Audited('deliverable.uploaded')
  @HttpCode(201)
  @ApiConsumes('application/octet-stream')
  @ApiBody({ schema: { type: 'string', format: 'binary' } })
  @ApiHeader({
    name: 'X-File-Name',
    required: true,
    description: 'Percent-encoded file name',
    schema: { type: 'string' },
  })
  @ApiCreatedResponse({ standardSchema: uploadSchema })
  async upload(
    @CurrentPerson() person: SessionPerson,
    @Param({ schema: milestoneParamsSchema }) { id, n }: Params,
    @Req() request: FastifyRequest,
  ): Promise<z.infer<typeof uploadSchema>> {
    const length = request.headers['content-length'];
    const name = request.headers['x-file-name'];
    return this.uploads.upload(person, {
      project: id,
      milestone: n,
      name: typeof name === 'string' ? name : undefined,
      length: length === undefined ? undefined : Number(length),
      body: request.body,
    });
  }

  /** Makes the manifest of a submission; sign and submit its digest next. */
  @Post('manifests')
  @Audited('manifest.made')
  @Idempotent()
  @ApiCreatedResponse({ standardSchema: madeManifestSchema })
  async makeManifest(
    @CurrentPerson() person: SessionPerson,
    @Param({ schema: milestoneParamsSchema }) { id, n }: Params,
    @Body({ schema: manifestInputSchema }) input: z.infer<typeof manifestInputSchema>,
    @Req() request: FastifyRequest,
  ): Promise<z.infer<typeof madeManifestSchema>> {
    const facts = input.facts as ManifestFacts | undefined;
    const made = await this.idempotency.once(request, (tx) =>
      this.manifests.make(tx, person, { project: id, milestone: n, files: input.files, note: input.note, facts }),
    );
    return toAnswer(made);
  }

  /** Submissions, newest first; round 0 is prepared and not on the chain. */
  @Get('submissions')
  @ApiOkResponse({ standardSchema: submissionsSchema })
  async submissions(
    @CurrentPerson() person: SessionPerson,
    @Param({ schema: milestoneParamsSchema }) { id, n }: Params,
  ): Promise<z.infer<typeof submissionsSchema>> {
    const readings = await this.reads.list(person, id, n);
    return {
      items: readings.map(({ digest, round, submittedAt, record }) => ({
        digest,
        round,
        note: record?.confidential.note ?? '',
        files: record?.confidential.files.map((file) => ({ ...file })) ?? [],
        manifest: record === null ? null : toAnswer(record).manifest,
        submittedAt: submittedAt === null ? null : new Date(submittedAt * 1000).toISOString(),
      })),
    };
  }
}

/** Copies of the readonly documents in the answer's type. */
function toAnswer<T extends Awaited<ReturnType<MakeManifest['make']>>>({
  digest,
  manifest,
  confidential,
}: T): z.infer<typeof madeManifestSchema> {
  return {
    digest,
    manifest: { ...manifest, facts: { ...manifest.facts }, evidence: manifest.evidence.map((link) => ({ ...link })) },
    confidential: { ...confidential, files: confidential.files.map((file) => ({ ...file })) },
  };
}
