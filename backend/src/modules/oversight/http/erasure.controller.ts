import { Body, Controller, Delete, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { CurrentPerson, Public, type SessionPerson } from '../../../platform/http/index.js';
import { Audited } from '../../audit/index.js';
import { People } from '../../identity/index.js';
import { Erasures } from '../application/erasures.js';
import { Holds } from '../application/holds.js';
import { Operators } from '../application/operators.js';
import { ErasureRepository } from '../persistence/erasure.repository.js';
import {
  erasureIdSchema,
  erasureListSchema,
  erasurePlanSchema,
  erasureSchema,
  erasureView,
  executeInputSchema,
  executionSchema,
  holdInputSchema,
  holdListSchema,
  holdView,
  planView,
  refuseInputSchema,
} from './erasure-schemas.js';

/** Being forgotten: the person asks, an operator executes, the log keeps the receipt. */
@ApiTags('oversight')
@Controller()
export class ErasureController {
  constructor(
    private readonly erasures: Erasures,
    private readonly holds: Holds,
    private readonly operators: Operators,
    private readonly repository: ErasureRepository,
    private readonly people: People,
  ) {}

  /** What an erasure would take, what stays and why, and how the person's own request stands. */
  @Get('me/erasure')
  @ApiOkResponse({ standardSchema: erasurePlanSchema })
  async plan(@CurrentPerson() person: SessionPerson): Promise<z.infer<typeof erasurePlanSchema>> {
    return planView(await this.erasures.plan(person.id));
  }

  /** Asks to be forgotten. */
  @Post('me/erasure')
  @Audited('erasure.requested')
  @HttpCode(200)
  @ApiOkResponse({ standardSchema: erasureSchema })
  async request(@CurrentPerson() person: SessionPerson): Promise<z.infer<typeof erasureSchema>> {
    return erasureView(await this.erasures.request(person.id));
  }

  /** Takes the own request back. */
  @Delete('me/erasure')
  @Audited('erasure.withdrawn')
  @ApiOkResponse({ standardSchema: erasureSchema })
  async withdraw(@CurrentPerson() person: SessionPerson): Promise<z.infer<typeof erasureSchema>> {
    return erasureView(await this.erasures.withdraw(person.id));
  }

  /** All requests, open ones first (operators). */
  @Get('erasures')
  @ApiOkResponse({ standardSchema: erasureListSchema })
  async list(@CurrentPerson() person: SessionPerson): Promise<z.infer<typeof erasureListSchema>> {
    await this.operators.demand(person.id);
    const [records, people] = await Promise.all([this.erasures.all(), this.people.all()]);
    const names = new Map(people.map((known) => [known.id, known.name]));
    return {
      items: await Promise.all(
        records.map(async (record) => ({
          ...erasureView(record),
          person: record.person,
          name: names.get(record.person) ?? null,
          holds: record.state === 'open' ? (await this.repository.holds(record.person)).map(holdView) : [],
        })),
      ),
    };
  }

  /** How a request stands: for whoever keeps its id, since an erased person cannot sign in to ask. Says nothing about who. */
  @Get('erasures/:id')
  @Public()
  @ApiOkResponse({ standardSchema: erasureSchema })
  async read(
    @Param({ schema: erasureIdSchema }) { id }: z.infer<typeof erasureIdSchema>,
  ): Promise<z.infer<typeof erasureSchema>> {
    return erasureView(await this.erasures.find(id));
  }

  /** Executes a request (operators). Cannot be undone. */
  @Post('erasures/:id/execution')
  @Audited('erasure.executed')
  @HttpCode(200)
  @ApiOkResponse({ standardSchema: executionSchema })
  async execute(
    @CurrentPerson() person: SessionPerson,
    @Param({ schema: erasureIdSchema }) { id }: z.infer<typeof erasureIdSchema>,
    @Body({ schema: executeInputSchema }) input: z.infer<typeof executeInputSchema>,
  ): Promise<z.infer<typeof executionSchema>> {
    await this.operators.demand(person.id);
    const { request, erased, receipt } = await this.erasures.execute({ person: person.id }, id, input.reason);
    return { request: erasureView(request), erased, receipt };
  }

  /** Refuses a request, with a reason that the law knows (operators). */
  @Post('erasures/:id/refusal')
  @Audited('erasure.refused')
  @HttpCode(200)
  @ApiOkResponse({ standardSchema: erasureSchema })
  async refuse(
    @CurrentPerson() person: SessionPerson,
    @Param({ schema: erasureIdSchema }) { id }: z.infer<typeof erasureIdSchema>,
    @Body({ schema: refuseInputSchema }) input: z.infer<typeof refuseInputSchema>,
  ): Promise<z.infer<typeof erasureSchema>> {
    await this.operators.demand(person.id);
    return erasureView(await this.erasures.refuse({ person: person.id }, id, input.reason));
  }

  /** Holds a person's data for a legal reason: no erasure while it lasts (operators). */
  @Post('holds')
  @Audited('hold.set')
  @HttpCode(200)
  @ApiOkResponse({ standardSchema: holdListSchema })
  async hold(
    @CurrentPerson() person: SessionPerson,
    @Body({ schema: holdInputSchema }) input: z.infer<typeof holdInputSchema>,
  ): Promise<z.infer<typeof holdListSchema>> {
    await this.operators.demand(person.id);
    return { items: (await this.holds.set({ person: person.id }, input.person, input.reason)).map(holdView) };
  }

  /** Lifts a hold (operators). */
  @Delete('holds/:id')
  @Audited('hold.lifted')
  @ApiOkResponse({ standardSchema: holdListSchema })
  async lift(
    @CurrentPerson() person: SessionPerson,
    @Param({ schema: erasureIdSchema }) { id }: z.infer<typeof erasureIdSchema>,
  ): Promise<z.infer<typeof holdListSchema>> {
    await this.operators.demand(person.id);
    return { items: (await this.holds.lift({ person: person.id }, id)).map(holdView) };
  }
}
