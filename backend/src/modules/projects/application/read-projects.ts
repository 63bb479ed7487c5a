import { Injectable } from '@nestjs/common';
import { ChainReader } from '../../../platform/chain/index.js';
import { Problem, type SessionPerson } from '../../../platform/http/index.js';
import { People } from '../../identity/index.js';
import type { EscrowFacts } from '../domain/escrow-facts.js';
import { EscrowRepository } from '../persistence/escrow.repository.js';
import { type PartySignature, type ProjectRecord, ProjectRepository } from '../persistence/project.repository.js';
import { ProjectAccessRule } from './project-access-rule.js';

/** A project with what the chain says about it. */
export interface ProjectReading {
  readonly record: ProjectRecord;
  readonly signatures: readonly PartySignature[];
  readonly facts: EscrowFacts | null;
  readonly chain: { readonly block: number; readonly finalized: number };
}

/** Reads projects for people: one page in a fixed number of queries. */
@Injectable()
export class ReadProjects {
  constructor(
    private readonly access: ProjectAccessRule,
    private readonly chain: ChainReader,
    private readonly escrows: EscrowRepository,
    private readonly people: People,
    private readonly projects: ProjectRepository,
  ) {}

  /** @throws {Problem} 404 `unknown-project` */
  async one(id: string, person: SessionPerson): Promise<ProjectReading> {
    const record = await this.access.readable(person.id, id);
    const [reading] = await this.complete([record]);
    return reading as ProjectReading;
  }

  /** Projects the person has a part in, newest first. @throws {Problem} 422 `invalid-cursor` */
  async page(
    person: SessionPerson,
    cursor: string | undefined,
    limit: number,
  ): Promise<{ items: ProjectReading[]; nextCursor: string | null }> {
    const accounts = await this.people.accountsOf(person.id);
    const found = await this.projects.page(person.id, accounts, decodeCursor(cursor), limit + 1);
    const items = await this.complete(found.slice(0, limit));
    const last = items.at(-1);
    return {
      items,
      nextCursor: found.length > limit && last !== undefined ? Buffer.from(last.record.id).toString('base64url') : null,
    };
  }

  private async complete(records: readonly ProjectRecord[]): Promise<ProjectReading[]> {
    const signatures = await this.projects.signatures(records.map((record) => record.id));
    const facts = await this.escrows.find(records.map((record) => record.escrow));
    const chain = await this.chain.freshness();
    return records.map((record) => ({
      record,
      signatures: signatures.get(record.id) ?? [],
      facts: facts.get(record.escrow) ?? null,
      chain,
    }));
  }
}

function decodeCursor(cursor: string | undefined): string | null {
  if (cursor === undefined) return null;
  const id = Buffer.from(cursor, 'base64url').toString('utf8');
  if (/^[0-9a-f-]{36}$/.test(id)) return id;
  throw new Problem(
    422,
    'invalid-cursor',
    'The cursor is not one of ours; nothing was changed. Start from the first page.',
  );
}
