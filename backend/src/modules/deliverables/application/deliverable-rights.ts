import { Injectable } from '@nestjs/common';
import { Problem, type Actor, type SessionPerson } from '../../../platform/http/index.js';
import { ProjectAccess } from '../../../platform/outbox/index.js';
import { People } from '../../identity/index.js';
import { ProjectDirectory, type ProjectLink, unknownProject } from '../../projects/index.js';

const PROVIDERS = new Set(['contributor', 'payee']);

/** A project as one person may use it. */
export interface ProjectRights {
  readonly link: ProjectLink;
  /** Contributor or payee: may upload, and sees work before it is submitted. */
  readonly isProvider: boolean;
}

/** Who may upload and read deliverables. */
@Injectable()
export class DeliverableRights {
  constructor(
    private readonly access: ProjectAccess,
    private readonly people: People,
    private readonly projects: ProjectDirectory,
  ) {}

  /** @throws {Problem} 404 `unknown-project` for projects in which the person has no part */
  async of(person: SessionPerson, project: string): Promise<ProjectRights> {
    const link = (await this.access.mayRead(person.id, project)) ? await this.projects.find(project) : null;
    if (link === null) throw unknownProject();
    const accounts = new Set(await this.people.accountsOf(person.id));
    return {
      link,
      isProvider: link.members.some((member) => PROVIDERS.has(member.role) && accounts.has(member.account)),
    };
  }

  /** @throws {Problem} 403 `not-a-provider`, 404 `unknown-milestone` */
  async provider(person: SessionPerson, project: string, milestone: number): Promise<ProjectLink> {
    const { link, isProvider } = await this.of(person, project);
    await this.requireMilestone(project, milestone);
    if (!isProvider) {
      throw new Problem(
        403,
        'not-a-provider',
        'Only the contributor and the payees of this project upload deliverables; nothing was changed.',
      );
    }
    return link;
  }

  /** @throws {Problem} 404 `unknown-milestone` */
  async requireMilestone(project: string, milestone: number): Promise<void> {
    const count = await this.projects.milestoneCount(project);
    if (milestone >= count)
      throw new Problem(
        404,
        'unknown-milestone',
        `This project has milestones 0 to ${count - 1}; nothing was changed.`,
      );
  }

  /**
   * Whether an actor may read the files of a manifest: services always, providers always, everyone else with a part in the
   * project once it was submitted on the chain.
   */
  async mayRead(actor: Actor, project: string, milestone: number, digest: string): Promise<boolean> {
    if (actor.kind === 'service') return true;
    if (actor.kind !== 'person' || !(await this.access.mayRead(actor.person.id, project))) return false;
    const { link, isProvider } = await this.of(actor.person, project);
    if (isProvider) return true;
    const submitted = await this.projects.submissions(link, milestone);
    return submitted.some((submission) => submission.digest === digest);
  }
}
