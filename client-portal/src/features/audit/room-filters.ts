/** Filters of the audit room as they stand in the address. */
export interface RoomSearch {
  project?: string;
  person?: string;
  kind?: string;
  /** Days, as `2026-11-21`. */
  from?: string;
  to?: string;
}

const NAMES = ['project', 'person', 'kind', 'from', 'to'] as const;

/** Reads the address; anything unknown or empty is left out. */
export function readSearch(search: Record<string, unknown>): RoomSearch {
  const found: RoomSearch = {};
  for (const name of NAMES) {
    const value = search[name];
    if (typeof value === 'string' && value !== '') found[name] = value;
  }
  return found;
}

const isDay = (text: string | undefined): text is string => /^\d{4}-\d{2}-\d{2}$/.test(text ?? '');

/** What the API is asked: whole days of the person's own clock, both ends included. */
export function trailFilters({ project, person, kind, from, to }: RoomSearch): Record<string, string> {
  const time = (day: string, clock: string): string | undefined => {
    const at = new Date(`${day}T${clock}`);
    return Number.isNaN(at.getTime()) ? undefined : at.toISOString();
  };
  return Object.fromEntries(
    Object.entries({
      project,
      person,
      kind,
      from: isDay(from) ? time(from, '00:00:00') : undefined,
      to: isDay(to) ? time(to, '23:59:59.999') : undefined,
    }).filter((entry): entry is [string, string] => Boolean(entry[1])),
  );
}
