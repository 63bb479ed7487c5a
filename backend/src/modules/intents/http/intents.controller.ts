import { Body, Controller, Get, HttpCode, Param, Post, Req } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { Relayer, type Intent } from '../../../platform/chain/index.js';
import {
  CurrentPerson,
  Idempotency,
  Idempotent,
  intentSchema,
  Problem,
  type SessionPerson,
} from '../../../platform/http/index.js';
import { ProjectAccess } from '../../../platform/outbox/index.js';
import { Audited } from '../../audit/index.js';
import { PlaceIntent } from '../application/place-intent.js';
import { intentInputSchema, intentParamsSchema, type IntentInput } from './schemas.js';

type IntentAnswer = z.infer<typeof intentSchema>;

const answer = (intent: Intent): IntentAnswer => ({
  id: intent.id,
  kind: intent.kind,
  project: intent.project,
  milestone: intent.milestone,
  state: intent.state,
  txHash: intent.txHash,
  error: intent.problem,
});

/** Calls on their way to the chain. */
@ApiTags('intents')
@Controller('intents')
export class IntentsController {
  constructor(
    private readonly placing: PlaceIntent,
    private readonly relayer: Relayer,
    private readonly access: ProjectAccess,
    private readonly idempotency: Idempotency,
  ) {}

  /** Relays a signed call. It was tried against the newest block; its way shows in its state and in the live stream. */
  @Post()
  @Audited('intent.accepted')
  @HttpCode(202)
  @Idempotent()
  @ApiAcceptedResponse({ standardSchema: intentSchema })
  async place(
    @CurrentPerson() person: SessionPerson,
    @Body({ schema: intentInputSchema }) input: IntentInput,
    @Req() request: FastifyRequest,
  ): Promise<IntentAnswer> {
    const tried = await this.placing.check(person, input);
    return this.idempotency.once(request, async (tx) => answer(await this.placing.place(tx, person, tried)));
  }

  /** Where a call is. */
  @Get(':id')
  @ApiOkResponse({ standardSchema: intentSchema })
  async find(
    @CurrentPerson() person: SessionPerson,
    @Param({ schema: intentParamsSchema }) { id }: z.infer<typeof intentParamsSchema>,
  ): Promise<IntentAnswer> {
    const intent = await this.relayer.find(id);
    if (intent === null || (intent.project !== null && !(await this.access.mayRead(person.id, intent.project))))
      throw new Problem(404, 'unknown-intent', 'There is no such intent, or you have no part in its project.');
    return answer(intent);
  }
}
