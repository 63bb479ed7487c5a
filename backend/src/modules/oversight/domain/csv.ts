/** First characters by which a spreadsheet takes a text for a formula (OWASP: CSV injection). */
const FORMULA = /^[=+\-@\t\r\n\0]/;

/** One RFC 4180 line, every field quoted. A text that a spreadsheet would evaluate gets a leading apostrophe. */
export function csvLine(fields: readonly (string | number | null)[]): string {
  return `${fields.map(cell).join(',')}\r\n`;
}

function cell(value: string | number | null): string {
  if (typeof value === 'number') return `"${String(value)}"`;
  const text = value ?? '';
  return `"${(FORMULA.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`;
}
