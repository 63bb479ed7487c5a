import { Controller, Get, Param } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { CurrentPerson, type SessionPerson } from '../../../platform/http/index.js';
import { ProjectAccess } from '../../../platform/outbox/index.js';
import { unknownProject } from '../../projects/index.js';
import { ReadRewards, type MyRewardsView, type RewardLineView } from '../application/read-rewards.js';
import { myRewardsSchema, projectParamsSchema, projectRewardsSchema } from './schemas.js';

/** Tokens and reputation earned from accepted work. */
@ApiTags('rewards')
@Controller('rewards')
export class RewardsController {
  constructor(
    private readonly reading: ReadRewards,
    private readonly access: ProjectAccess,
  ) {}

  /** What the signed-in person has earned. */
  @Get('me')
  @ApiOkResponse({ standardSchema: myRewardsSchema })
  mine(@CurrentPerson() person: SessionPerson): Promise<MyRewardsView> {
    return this.reading.mine(person.id);
  }

  /** What a project's fees have earned, for everyone in it. */
  @Get('projects/:id')
  @ApiOkResponse({ standardSchema: projectRewardsSchema })
  async project(
    @CurrentPerson() person: SessionPerson,
    @Param({ schema: projectParamsSchema }) { id }: z.infer<typeof projectParamsSchema>,
  ): Promise<{ lines: RewardLineView[] }> {
    if (!(await this.access.mayRead(person.id, id))) throw unknownProject();
    return { lines: await this.reading.ofProject(id) };
  }
}
