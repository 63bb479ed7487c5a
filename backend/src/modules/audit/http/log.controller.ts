import { Controller, Get, Header, Param, Query, Req, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import {
  TILE_WIDTH,
  TlogFormatError,
  concat,
  formatEntryBundle,
  parseTilePath,
  tileWidth,
  toBase64,
} from '@milepost/tlog';
import { CurrentActor, Problem, Public, actorOf, type Actor } from '../../../platform/http/index.js';
import { AuditReading } from '../application/audit-reading.js';
import { LogIdentity } from '../log/log-identity.js';
import { LogStore } from '../persistence/log-store.js';
import { consistencyQuerySchema, consistencySchema, eventIdSchema } from './schemas.js';

const TEXT = 'text/plain; charset=utf-8';
const FOR_EVER = 'public, max-age=31536000, immutable';
const FOR_A_MOMENT = 'public, max-age=2';

/** The transparency log in its public formats (C2SP tlog-tiles, tlog-checkpoint, tlog-proof, tlog-policy). */
@Controller('log')
export class LogController {
  constructor(
    private readonly reading: AuditReading,
    private readonly log: LogStore,
    private readonly identity: LogIdentity,
  ) {}

  @Get('checkpoint')
  @Public()
  @Header('content-type', TEXT)
  @Header('cache-control', FOR_A_MOMENT)
  @ApiOkResponse({ content: { 'text/plain': { schema: { type: 'string' } } } })
  @ApiOperation({ summary: 'Newest signed head of the log (a C2SP checkpoint)' })
  async checkpoint(): Promise<string> {
    return (await this.reading.head()).note;
  }

  @Get('policy')
  @Public()
  @Header('content-type', TEXT)
  @ApiOkResponse({ content: { 'text/plain': { schema: { type: 'string' } } } })
  @ApiOperation({
    summary: 'Which keys sign the log (C2SP tlog-policy). Keep it once; compare it with what others have',
  })
  policy(): string {
    return this.identity.policy;
  }

  @Get('consistency')
  @Public()
  @ApiOperation({
    summary: 'Proof that the log of size `to` (default: the newest head) extends the log of size `from`',
  })
  @ApiOkResponse({ standardSchema: consistencySchema })
  async consistency(
    @Query({ schema: consistencyQuerySchema }) query: z.infer<typeof consistencyQuerySchema>,
  ): Promise<z.infer<typeof consistencySchema>> {
    const head = await this.reading.head();
    const from = BigInt(query.from);
    const to = query.to === undefined ? head.size : BigInt(query.to);
    if (to > head.size || from > to) {
      throw new Problem(
        422,
        'size-out-of-range',
        `There is no such proof: the newest head has ${String(head.size)} entries, and "from" is at most "to". Correct the sizes.`,
      );
    }
    const signed = to === head.size ? head : await this.log.signedHead(this.identity.log.origin, to);
    const proof = await this.log.consistency(from, to);
    return { from: String(from), to: String(to), proof: proof.map(toBase64), checkpoint: signed?.note ?? null };
  }

  @Get('proof/:eventId')
  @Public()
  @Header('content-type', TEXT)
  @Header('cache-control', 'private, no-store')
  @ApiOkResponse({ content: { 'text/plain': { schema: { type: 'string' } } } })
  @ApiOperation({ summary: 'Proof that one event is in the log (a C2SP tlog-proof; the entry is in `extra`)' })
  proof(
    @CurrentActor() actor: Actor,
    @Param({ schema: eventIdSchema }) { eventId }: z.infer<typeof eventIdSchema>,
  ): Promise<string> {
    return this.reading.proof(actor, eventId);
  }

  @Get('tile/*')
  @Public()
  @ApiOkResponse({ content: { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } } })
  @ApiParam({ name: 'path', description: '<level>/<index>[.p/<width>] or entries/<index>[.p/<width>]', type: String })
  @ApiOperation({ summary: 'Hashes of the tree by tiles (C2SP tlog-tiles); the entries themselves only for mirrors' })
  async tile(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<Buffer> {
    const path = request.url.replace(/[?#].*$/, '').replace(/^.*?\/log\//, '');
    const { level, index, width } = parsePath(path);
    const { size } = await this.reading.head();
    const widest = tileWidth(level === 'entries' ? 0 : level, index, size);
    if (width > widest) {
      throw new Problem(
        404,
        'unknown-tile',
        `The signed log of ${String(size)} entries has no such tile; the widest at this place has ${String(widest)} hashes.`,
      );
    }
    if (level === 'entries' && actorOf(request).kind !== 'service') {
      throw new Problem(
        403,
        'entries-not-public',
        'The entries show who was active when, so only mirrors with a service token may read them. The tiles of hashes are public.',
      );
    }
    void reply.header('content-type', 'application/octet-stream').header('cache-control', FOR_EVER);
    const first = index * BigInt(TILE_WIDTH);
    const bytes =
      level === 'entries'
        ? formatEntryBundle(await this.log.entries(first, first + BigInt(width)))
        : concat(...(await this.log.tile(level, index, width)));
    return Buffer.from(bytes);
  }
}

function parsePath(path: string): ReturnType<typeof parseTilePath> {
  try {
    return parseTilePath(path);
  } catch (error) {
    if (!(error instanceof TlogFormatError)) throw error;
    throw new Problem(
      404,
      'unknown-tile',
      'This is not the path of a tile. A path is tile/<level>/<index>[.p/<width>], e.g. tile/0/x001/234.p/17.',
    );
  }
}
