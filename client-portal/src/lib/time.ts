/** Times as people read them. Deadlines close by chain time, so "now" can be shifted to the chain's clock. */

const rtf = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });

const UNITS: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
];

/** "in 3 days", "2 hours ago", "just now"; the date itself when it is further away than six weeks. */
export function relativeTime(at: Date, now: Date): string {
  const seconds = Math.round((at.getTime() - now.getTime()) / 1000);
  if (Math.abs(seconds) > 42 * 86_400) return `on ${dateOnly(at)}`;
  for (const [unit, size] of UNITS) if (Math.abs(seconds) >= size) return rtf.format(Math.trunc(seconds / size), unit);
  return Math.abs(seconds) < 5 ? 'just now' : rtf.format(seconds, 'second');
}

/** Full time with its zone: "12 May 2026, 18:00 CET". */
export const absoluteTime = (at: Date): string =>
  new Intl.DateTimeFormat('en-GB', {
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    timeZoneName: 'short',
  }).format(at);

/** "12 May 2026". */
export const dateOnly = (at: Date): string =>
  new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' }).format(at);

/** Remaining time, two largest units: "9 d 4 h", "12 min 30 s"; "0 s" once over. */
export function remaining(until: Date, now: Date): string {
  const left = Math.max(0, Math.floor((until.getTime() - now.getTime()) / 1000));
  const d = Math.floor(left / 86_400);
  const h = Math.floor((left % 86_400) / 3_600);
  const m = Math.floor((left % 3_600) / 60);
  const s = left % 60;
  if (d > 0) return `${d} d ${h} h`;
  if (h > 0) return `${h} h ${m} min`;
  if (m > 0) return `${m} min ${s} s`;
  return `${s} s`;
}

/** Seconds as a plain duration: 864000 → "10 days". */
export function durationWords(seconds: number): string {
  if (seconds === 0) return 'none';
  if (seconds % 86_400 === 0) return plural(seconds / 86_400, 'day');
  if (seconds % 3_600 === 0) return plural(seconds / 3_600, 'hour');
  return plural(Math.round(seconds / 60), 'minute');
}

export const plural = (n: number, one: string, many = `${one}s`): string => `${n} ${n === 1 ? one : many}`;
