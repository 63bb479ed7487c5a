import { Body, Controller, Get, Patch } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { CurrentPerson, type SessionPerson } from '../../../platform/http/index.js';
import { Audited } from '../../audit/index.js';
import { People } from '../application/people.js';
import { meInputSchema, peopleSchema, personSchema } from './schemas.js';

/** People and one's own profile. */
@ApiTags('identity')
@Controller()
export class PeopleController {
  constructor(private readonly people: People) {}

  /** Everyone who can be chosen as a party, payee or seat. */
  @Get('people')
  @ApiOkResponse({ standardSchema: peopleSchema })
  async list(): Promise<z.infer<typeof peopleSchema>> {
    return { items: await this.people.all() };
  }

  /** Changes one's own name. */
  @Patch('me')
  @Audited('profile.changed')
  @ApiOkResponse({ standardSchema: personSchema })
  async rename(
    @CurrentPerson() person: SessionPerson,
    @Body({ schema: meInputSchema }) input: z.infer<typeof meInputSchema>,
  ): Promise<z.infer<typeof personSchema>> {
    return this.people.rename(person, input.name);
  }
}
