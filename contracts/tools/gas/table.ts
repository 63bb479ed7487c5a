/** Rows of measurements, printed beside their budgets and compared with the committed ones. */

/** One measurement. */
export interface Row {
  readonly key: string;
  readonly gas: number;
  /** Limit of the design. */
  readonly budget?: number;
  /** What exactly is measured. */
  readonly what?: string;
  /** Gas if absent. */
  readonly unit?: 'bytes';
}

/** Share by which a value may exceed its committed one. */
export const TOLERANCE = 0.02;

/** A table for people. */
export function printTable(rows: readonly Row[], committed: Readonly<Record<string, number>>): string {
  const lines = rows.map(({ key, gas, budget, unit, what }) => {
    const before = committed[key];
    const change = before === undefined ? 'new' : `${(((gas - before) / before) * 100).toFixed(1)} %`;
    const against = budget === undefined ? '' : `${(gas / budget).toFixed(2)} x`;
    return [
      key,
      `${gas.toLocaleString('en')}${unit === undefined ? '' : ' B'}`,
      budget?.toLocaleString('en') ?? '',
      against,
      change,
      what ?? '',
    ];
  });
  const head = ['operation', 'measured', 'budget', 'of budget', 'since commit', 'what is measured'];
  const widths = head.map((title, i) => Math.max(title.length, ...lines.map((line) => line[i]?.length ?? 0)));
  return [head, ...lines]
    .map((line) =>
      line
        .map((cell, i) => (i % 5 === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** What fails a check: rows above their committed value by more than 2 %, and rows that have none. */
export function regressions(rows: readonly Row[], committed: Readonly<Record<string, number>>): string[] {
  return rows.flatMap(({ key, gas }) => {
    const before = committed[key];
    if (before === undefined) return [`${key} is not in the committed snapshot; run with --write and commit it`];
    return gas > before * (1 + TOLERANCE) ? [`${key}: ${gas} is more than 2 % above the committed ${before}`] : [];
  });
}
