import { Injectable, type OnModuleInit } from '@nestjs/common';
import { UnitOfWork } from '../../../platform/database/index.js';
import { Problem } from '../../../platform/http/index.js';
import { AuditService, TrailAccess } from '../../audit/index.js';
import { People } from '../../identity/index.js';
import { ProjectDirectory, unknownProject, type ProjectLink } from '../../projects/index.js';
import { AuditorRepository, type AuditorGrant } from '../persistence/auditor.repository.js';
import { Operators } from './operators.js';

/** The longest right in days; who needs more is let in again. */
export const MAX_DAYS = 366;
const DAY = 86_400_000;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Auditors: let in by a party or an operator, to the trail of one project, for a time; they change nothing. */
@Injectable()
export class Auditors implements OnModuleInit {
  constructor(
    private readonly repository: AuditorRepository,
    private readonly access: TrailAccess,
    private readonly people: People,
    private readonly projects: ProjectDirectory,
    private readonly operators: Operators,
    private readonly audit: AuditService,
    private readonly uow: UnitOfWork,
  ) {}

  onModuleInit(): void {
    this.access.register(async (person, project) => {
      if (!UUID.test(project)) return null;
      const grant = await this.repository.liveFor(await this.people.accountsOf(person), project);
      return grant?.expiresAt ?? null;
    });
  }

  /** For whoever may let auditors in. @throws {Problem} 404 `unknown-project` */
  async list(person: string, project: string): Promise<AuditorGrant[]> {
    await this.demandGrantor(person, project);
    return this.repository.ofProject(project);
  }

  /** Live rights of a person. */
  async ofPerson(person: string): Promise<AuditorGrant[]> {
    return this.repository.live(await this.people.accountsOf(person));
  }

  /** @throws {Problem} 404 `unknown-project`, 409 `already-member`, 409 `already-auditor` */
  async grant(person: string, project: string, account: string, days: number): Promise<AuditorGrant> {
    const link = await this.demandGrantor(person, project);
    if (link.members.some((member) => member.account === account)) {
      throw new Problem(
        409,
        'already-member',
        'This account has a part in the project and reads the trail already; nothing was changed. An auditor is somebody else.',
      );
    }
    return this.uow.transaction(async (tx) => {
      const grant = await this.repository.add(project, account, person, new Date(Date.now() + days * DAY));
      if (grant === null) {
        throw new Problem(
          409,
          'already-auditor',
          'This account is an auditor of the project already; nothing was changed. Take the right back first to change its end.',
        );
      }
      await this.audit.append(tx, {
        type: 'role.granted',
        subject: ['auditor', grant.id],
        project,
        actor: { person },
        refs: { role: 'auditor', until: grant.expiresAt.getTime() },
        sections: [{ section: 'auditor', data: { account } }],
      });
      return grant;
    });
  }

  /** @throws {Problem} 404 `unknown-project`, `unknown-auditor` */
  async revoke(person: string, project: string, id: string): Promise<AuditorGrant[]> {
    await this.demandGrantor(person, project);
    return this.uow.transaction(async (tx) => {
      if (!(await this.repository.revoke(project, id)))
        throw new Problem(404, 'unknown-auditor', 'There is no such right, or it is over; nothing was changed.');
      await this.audit.append(tx, {
        type: 'role.revoked',
        subject: ['auditor', id],
        project,
        actor: { person },
        refs: { role: 'auditor' },
      });
      return this.repository.ofProject(project);
    });
  }

  /** Client and contributor of the project, and operators. To others the project does not exist. */
  private async demandGrantor(person: string, project: string): Promise<ProjectLink> {
    const link = UUID.test(project) ? await this.projects.find(project) : null;
    if (link === null) throw unknownProject();
    const accounts = new Set(await this.people.accountsOf(person));
    const isParty = link.members.some(
      ({ account, role }) => (role === 'client' || role === 'contributor') && accounts.has(account),
    );
    if (isParty || (await this.operators.is(person))) return link;
    if (link.members.some(({ account }) => accounts.has(account))) {
      throw new Problem(
        403,
        'parties-only',
        'Only the client, the contributor or an operator lets auditors in; nothing was changed.',
      );
    }
    throw unknownProject();
  }
}
