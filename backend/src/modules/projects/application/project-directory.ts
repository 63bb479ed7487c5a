import { Injectable } from '@nestjs/common';
import { EscrowRepository } from '../persistence/escrow.repository.js';
import { type MemberRole, ProjectRepository, type ProjectRecord } from '../persistence/project.repository.js';
import { membersOf } from '../domain/members.js';
import type { SubmissionFacts } from '../domain/escrow-facts.js';

/** What other modules need to know about a project. */
export interface ProjectLink {
  readonly id: string;
  readonly title: string;
  /** EIP-55; where the escrow is or will be. */
  readonly escrow: string;
  /** The escrow exists on the chain. */
  readonly created: boolean;
  readonly token: string;
  /** One entry per account and role. */
  readonly members: readonly { readonly account: string; readonly role: MemberRole }[];
}

/** Finds projects for other modules. Joins the caller's transaction; reads no chain. */
@Injectable()
export class ProjectDirectory {
  constructor(
    private readonly projects: ProjectRepository,
    private readonly escrows: EscrowRepository,
  ) {}

  async find(id: string): Promise<ProjectLink | null> {
    return this.link(await this.projects.find(id));
  }

  async byEscrow(escrow: string): Promise<ProjectLink | null> {
    return this.link(await this.projects.byEscrow(escrow));
  }

  /** Keys are EIP-55 addresses; escrows of no project of ours are missing. */
  async byEscrows(escrows: readonly string[]): Promise<ReadonlyMap<string, ProjectLink>> {
    const records = await this.projects.byEscrows(escrows);
    const created = await this.escrows.existing(records.map((record) => record.escrow));
    return new Map(records.map((record) => [record.escrow, toLink(record, created.has(record.escrow))]));
  }

  /** The newest 100 projects that a person has a part in. */
  async ofPerson(person: string, accounts: readonly string[]): Promise<{ id: string; title: string }[]> {
    const records = await this.projects.page(person, accounts, null, 100);
    return records.map(({ id, title }) => ({ id, title }));
  }

  /** Submissions of a milestone that are on the chain, newest round first. */
  async submissions(link: ProjectLink, milestone: number): Promise<SubmissionFacts[]> {
    return this.escrows.submissions(link.escrow, milestone);
  }

  /** Milestones in the terms. */
  async milestoneCount(id: string): Promise<number> {
    return (await this.projects.find(id))?.terms.milestones.length ?? 0;
  }

  private async link(record: ProjectRecord | null): Promise<ProjectLink | null> {
    if (record === null) return null;
    return toLink(record, (await this.escrows.existing([record.escrow])).has(record.escrow));
  }
}

const toLink = (record: ProjectRecord, created: boolean): ProjectLink => ({
  id: record.id,
  title: record.title,
  escrow: record.escrow,
  created,
  token: record.terms.token,
  members: membersOf(record.terms),
});
