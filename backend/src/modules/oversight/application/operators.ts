import { Injectable } from '@nestjs/common';
import { Problem } from '../../../platform/http/index.js';
import { People } from '../../identity/index.js';

/** The people who run this installation. */
@Injectable()
export class Operators {
  constructor(private readonly people: People) {}

  is(person: string): Promise<boolean> {
    return this.people.isOperator(person);
  }

  /** @throws {Problem} 403 `operators-only` */
  async demand(person: string): Promise<void> {
    if (await this.is(person)) return;
    throw new Problem(
      403,
      'operators-only',
      'Only an operator of this installation may do this; nothing was changed. Operators are the accounts listed in OPERATORS.',
    );
  }
}
