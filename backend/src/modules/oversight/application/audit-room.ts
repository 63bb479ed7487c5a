import { Injectable } from '@nestjs/common';
import { UnitOfWork } from '../../../platform/database/index.js';
import { Problem } from '../../../platform/http/index.js';
import {
  AuditReading,
  AuditService,
  KINDS,
  type AuditEventView,
  type Kind,
  type TrailFilter,
} from '../../audit/index.js';
import { People } from '../../identity/index.js';
import { ProjectDirectory, unknownProject } from '../../projects/index.js';
import { csvLine } from '../domain/csv.js';
import { Auditors } from './auditors.js';

/** A project whose trail the person may read. */
export interface RoomProject {
  readonly id: string;
  readonly title: string;
  readonly via: 'member' | 'auditor';
  /** End of an auditor's right. */
  readonly until: Date | null;
}

/** What a reader asks for. */
export interface TrailQuery {
  readonly project?: string | undefined;
  readonly person?: string | undefined;
  /** A family, or one type. */
  readonly kind?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/** Rows in one file; more must be narrowed down, so that nobody takes a part for the whole. */
export const MAX_ROWS = 10_000;
const PAGE = 500;

/** The audit room: one timeline over all projects that a person may read, with filters and files. */
@Injectable()
export class AuditRoom {
  constructor(
    private readonly reading: AuditReading,
    private readonly auditors: Auditors,
    private readonly people: People,
    private readonly projects: ProjectDirectory,
    private readonly audit: AuditService,
    private readonly uow: UnitOfWork,
  ) {}

  async projectsOf(person: string): Promise<RoomProject[]> {
    const own = await this.projects.ofPerson(person, await this.people.accountsOf(person));
    const mine = new Set(own.map(({ id }) => id));
    const grants = (await this.auditors.ofPerson(person)).filter(({ project }) => !mine.has(project));
    const audited = await Promise.all(
      grants.map(async ({ project, expiresAt }) => ({
        id: project,
        title: (await this.projects.find(project))?.title ?? '',
        via: 'auditor' as const,
        until: expiresAt,
      })),
    );
    return [...audited, ...own.map(({ id, title }) => ({ id, title, via: 'member' as const, until: null }))];
  }

  /** @throws {Problem} 404 `unknown-project` */
  async page(
    person: string,
    query: TrailQuery,
    cursor: string | null,
    limit: number,
  ): Promise<{ items: AuditEventView[]; nextCursor: string | null }> {
    const projects = await this.scope(person, query.project);
    if (cursor === null)
      for (const { id, via } of projects) if (via === 'auditor') await this.reading.recordView(person, id);
    return this.reading.trail(filterOf(projects, query), cursor, limit);
  }

  /**
   * All rows of a query as one file; an entry of each project in it.
   * @throws {Problem} 404 `unknown-project`, 422 `too-many-rows`
   */
  async file(person: string, query: TrailQuery, format: 'csv' | 'json'): Promise<string> {
    const projects = await this.scope(person, query.project);
    const filter = filterOf(projects, query);
    const rows: AuditEventView[] = [];
    let cursor: string | null = null;
    do {
      const page: { items: AuditEventView[]; nextCursor: string | null } = await this.reading.trail(
        filter,
        cursor,
        PAGE,
      );
      rows.push(...page.items);
      cursor = page.nextCursor;
      if (rows.length > MAX_ROWS) {
        throw new Problem(
          422,
          'too-many-rows',
          `More than ${String(MAX_ROWS)} entries fit this filter; no file was made. Narrow it down by project, kind or date.`,
        );
      }
    } while (cursor !== null);
    await this.uow.transaction((tx) =>
      this.audit.appendAll(
        tx,
        projects.map(({ id }) => ({
          type: 'export.made',
          subject: ['project', id],
          project: id,
          actor: { person },
          refs: { format, entries: rows.filter(({ project }) => project === id).length },
        })),
      ),
    );
    const titles = new Map(projects.map(({ id, title }) => [id, title]));
    const names = new Map((await this.people.all()).map(({ id, name }) => [id, name]));
    return format === 'json' ? json(rows, titles, names) : csv(rows, titles, names);
  }

  private async scope(person: string, project: string | undefined): Promise<RoomProject[]> {
    const all = await this.projectsOf(person);
    if (project === undefined) return all;
    const one = all.filter(({ id }) => id === project);
    if (one.length === 0) throw unknownProject();
    return one;
  }
}

function filterOf(projects: readonly RoomProject[], { person, kind, from, to }: TrailQuery): TrailFilter {
  return {
    projects: projects.map(({ id }) => id),
    person,
    types: kind === undefined ? undefined : Object.hasOwn(KINDS, kind) ? KINDS[kind as Kind] : [kind],
    from: from === undefined ? undefined : Date.parse(from),
    to: to === undefined ? undefined : Date.parse(to),
  };
}

type Names = ReadonlyMap<string, string>;
const nameOf = (row: AuditEventView, names: Names): string | null =>
  row.person === null ? null : (names.get(row.person) ?? null);

function json(rows: readonly AuditEventView[], titles: Names, names: Names): string {
  return JSON.stringify(
    {
      format: 'milepost-audit-trail/v1',
      entries: rows.map((row) => ({
        ...row,
        name: nameOf(row, names),
        projectTitle: titles.get(row.project ?? '') ?? null,
      })),
    },
    null,
    1,
  );
}

function csv(rows: readonly AuditEventView[], titles: Names, names: Names): string {
  const lines = rows.map((row) =>
    csvLine([
      row.at,
      row.index,
      row.project,
      titles.get(row.project ?? '') ?? null,
      row.type,
      nameOf(row, names),
      row.actor,
      row.subject.join(' '),
      row.source,
      row.chain?.tx ?? null,
      JSON.stringify(row.refs),
      JSON.stringify(row.sections),
      row.leafHash,
      row.id,
    ]),
  );
  return csvLine(COLUMNS) + lines.join('');
}

const COLUMNS = [
  'time (UTC)',
  'entry',
  'project',
  'project title',
  'type',
  'name',
  'actor',
  'subject',
  'source',
  'transaction',
  'facts',
  'details',
  'fingerprint',
  'id',
];
