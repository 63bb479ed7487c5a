import { Injectable } from '@nestjs/common';

/** Decides whether a person (id, or null for a visitor) may read a project. */
export type ProjectAccessRule = (person: string | null, project: string) => Promise<boolean>;

/**
 * Who may read a project's events. The module that owns projects registers its rule at start (`onModuleInit`); the audit trail
 * and the live stream ask here, so neither reaches into its tables. Without a rule nobody may read anything.
 */
@Injectable()
export class ProjectAccess {
  private rule: ProjectAccessRule = () => Promise.resolve(false);

  register(rule: ProjectAccessRule): void {
    this.rule = rule;
  }

  mayRead(person: string | null, project: string): Promise<boolean> {
    return this.rule(person, project);
  }
}
