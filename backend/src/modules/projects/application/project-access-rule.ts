import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Problem } from '../../../platform/http/index.js';
import { ProjectAccess } from '../../../platform/outbox/index.js';
import { People } from '../../identity/index.js';
import { type ProjectRecord, ProjectRepository } from '../persistence/project.repository.js';

/** People see the projects they wrote or that name one of their accounts; to everyone else a project does not exist. */
@Injectable()
export class ProjectAccessRule implements OnModuleInit {
  constructor(
    private readonly access: ProjectAccess,
    private readonly people: People,
    private readonly projects: ProjectRepository,
  ) {}

  onModuleInit(): void {
    this.access.register((person, project) => this.mayRead(person, project));
  }

  async mayRead(person: string | null, project: string): Promise<boolean> {
    if (person === null || !UUID.test(project)) return false;
    return this.projects.hasPart(project, person, await this.people.accountsOf(person));
  }

  /** @throws {Problem} 404 `unknown-project` when it does not exist or the person has no part in it */
  async readable(person: string, project: string): Promise<ProjectRecord> {
    const record = (await this.mayRead(person, project)) ? await this.projects.find(project) : null;
    if (record === null) throw unknownProject();
    return record;
  }
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export const unknownProject = (): Problem =>
  new Problem(
    404,
    'unknown-project',
    'There is no project with this id, or you have no part in it. Nothing was changed. Check the address.',
  );
