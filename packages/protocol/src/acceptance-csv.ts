/** A strict CSV reader (RFC 4180; comma or, when the header has none, semicolon or tab), enough to count and compare. */

export interface CsvTable {
  readonly header: string[];
  readonly rows: string[][];
}

/** Reads a whole table, or says what is wrong with it and where. A leading byte-order mark and blank lines are skipped. */
export function parseCsv(text: string): CsvTable | { readonly problem: string } {
  const body = text.startsWith('\ufeff') ? text.slice(1) : text;
  const separator = separatorOf(body);
  const records: string[][] = [];
  let record: string[] = [];
  let at = 0;
  let line = 1;
  while (at < body.length) {
    let cell: string;
    if (body[at] === '"') {
      const quoted = readQuoted(body, at);
      if (quoted === undefined) return { problem: `line ${String(line)}: a quote is not closed` };
      cell = quoted.cell;
      line += countNewlines(body, at, quoted.end);
      at = quoted.end;
      const next = body[at];
      if (next !== undefined && next !== separator && next !== '\n' && next !== '\r') {
        return { problem: `line ${String(line)}: text after a closing quote` };
      }
    } else {
      const end = endOfPlainCell(body, at, separator);
      cell = body.slice(at, end);
      at = end;
    }
    record.push(cell);
    if (body[at] === separator) {
      at++;
      // A separator at the very end of the text still opens one more, empty cell.
      if (at === body.length) record.push('');
      else continue;
    }
    if (body[at] === '\r') at++;
    if (body[at] === '\n') at++;
    line++;
    if (record.length > 1 || (record[0] ?? '') !== '') records.push(record);
    record = [];
  }
  const [header, ...rows] = records;
  if (header === undefined) return { problem: 'no header row' };
  const names = header.map((name) => name.trim());
  if (new Set(names).size !== names.length) return { problem: 'a column name is repeated' };
  const uneven = rows.findIndex((row) => row.length !== names.length);
  if (uneven >= 0) {
    const found = String(rows[uneven]?.length ?? 0);
    return { problem: `row ${String(uneven + 1)} has ${found} cells, the header ${String(names.length)}` };
  }
  return { header: names, rows };
}

function separatorOf(body: string): string {
  const end = body.search(/[\r\n]/);
  const header = end < 0 ? body : body.slice(0, end);
  if (header.includes(',')) return ',';
  if (header.includes(';')) return ';';
  return header.includes('\t') ? '\t' : ',';
}

function readQuoted(body: string, start: number): { cell: string; end: number } | undefined {
  let cell = '';
  let at = start + 1;
  for (;;) {
    const quote = body.indexOf('"', at);
    if (quote < 0) return undefined;
    cell += body.slice(at, quote);
    if (body[quote + 1] !== '"') return { cell, end: quote + 1 };
    cell += '"';
    at = quote + 2;
  }
}

function endOfPlainCell(body: string, start: number, separator: string): number {
  let at = start;
  while (at < body.length && body[at] !== separator && body[at] !== '\n' && body[at] !== '\r') at++;
  return at;
}

function countNewlines(body: string, start: number, end: number): number {
  let count = 0;
  for (let at = body.indexOf('\n', start); at >= 0 && at < end; at = body.indexOf('\n', at + 1)) count++;
  return count;
}
