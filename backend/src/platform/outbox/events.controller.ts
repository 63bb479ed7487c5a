import { Controller, Get, Headers, Req, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Problem, Public, actorOf, type Actor } from '../http/index.js';
import { ProjectAccess } from './access.js';
import { EventStream } from './event-stream.js';
import { FeedReader } from './feed-reader.js';

/** A reader that is further behind than this many bytes is cut off and resumes. */
const MAX_BACKLOG = 1 << 20;

@Controller('events')
export class EventsController {
  constructor(
    private readonly feed: FeedReader,
    private readonly access: ProjectAccess,
  ) {}

  @Get()
  @Public()
  @ApiOkResponse({ content: { 'text/event-stream': { schema: { type: 'string' } } } })
  @ApiOperation({
    summary: 'Live updates (server-sent events)',
    description:
      'Thin events `{seq, type, ids, finality}` with `id` = `seq`, filtered by what the reader may see; resumes after `Last-Event-ID`. An event named `reset` says that the gap is too old: load everything afresh.',
  })
  async stream(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Headers('last-event-id') lastEventId?: string,
  ): Promise<void> {
    if (lastEventId !== undefined && !/^(0|[1-9]\d{0,17})$/.test(lastEventId)) {
      throw new Problem(
        400,
        'last-event-id-malformed',
        'Last-Event-ID is not the number of an event; no stream was opened. Leave it out to begin now.',
      );
    }
    const person = personOf(actorOf(request));
    reply.hijack();
    const { raw } = reply;
    raw.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
      'x-content-type-options': 'nosniff',
    });
    const sink = {
      write: (text: string) => raw.write(text) || raw.writableLength < MAX_BACKLOG,
      end: () => raw.end(),
    };
    const isSignedIn = async (): Promise<boolean> =>
      personOf((await request.identifyAgain?.()) ?? { kind: 'anonymous' }) === person;
    const stream = new EventStream(this.feed, this.access, person, sink, isSignedIn);
    request.raw.on('close', () => stream.close());
    raw.on('error', () => stream.close());
    await stream.open(lastEventId === undefined ? null : BigInt(lastEventId));
  }
}

const personOf = (actor: Actor): string | null => (actor.kind === 'person' ? actor.person.id : null);
