import { Controller, Get, Param, Res, StreamableFile } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { z } from 'zod';
import { type Actor, CurrentActor, PersonOrService } from '../../../platform/http/index.js';
import { ReadSubmissions } from '../application/read-submissions.js';
import { fileParamsSchema, manifestSchema, submissionParamsSchema } from './schemas.js';

/** Submissions by digest, for people with a part in the project and for the acceptance runner. */
@ApiTags('deliverables')
@Controller('submissions')
@PersonOrService()
export class SubmissionsController {
  constructor(private readonly reads: ReadSubmissions) {}

  /** Both parts of the manifest, for those who may read the files. */
  @Get(':digest/manifest')
  @ApiOkResponse({ standardSchema: manifestSchema })
  async manifest(
    @CurrentActor() actor: Actor,
    @Param({ schema: submissionParamsSchema }) { digest }: z.infer<typeof submissionParamsSchema>,
  ): Promise<unknown> {
    return this.reads.manifest(actor, digest);
  }

  /** Downloads a file; the download is logged. */
  @Get(':digest/files/:sha256')
  @ApiOkResponse({ content: { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } } })
  async file(
    @CurrentActor() actor: Actor,
    @Param({ schema: fileParamsSchema }) { digest, sha256 }: z.infer<typeof fileParamsSchema>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<StreamableFile> {
    const { file, stream, size } = await this.reads.file(actor, digest, sha256);
    // Somebody else's bytes on our origin: never rendered, never guessed at, never given a script.
    void reply.headers({
      'content-security-policy': "default-src 'none'; sandbox",
      'x-content-type-options': 'nosniff',
      'cache-control': 'private, no-store',
    });
    return new StreamableFile(stream, {
      type: 'application/octet-stream',
      length: size,
      disposition: attachment(file.name),
    });
  }
}

/** RFC 6266: an ASCII fallback, and the real name in UTF-8. */
export function attachment(name: string): string {
  const fallback = name.replace(/[^\x20-\x7e]|["\\%]/g, '_');
  const encoded = encodeURIComponent(name).replace(
    /['()*!]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${fallback}"; filename*=UTF-8''${encoded}`;
}
