import { Injectable } from '@nestjs/common';

/** Until when a person may read a project's trail as its auditor; null: not at all. */
export type AuditorRule = (person: string, project: string) => Promise<Date | null>;

/** Auditors of projects. The module that keeps the grants registers its rule at start; without one there are no auditors. */
@Injectable()
export class TrailAccess {
  private rule: AuditorRule = () => Promise.resolve(null);

  register(rule: AuditorRule): void {
    this.rule = rule;
  }

  auditsUntil(person: string, project: string): Promise<Date | null> {
    return this.rule(person, project);
  }
}
