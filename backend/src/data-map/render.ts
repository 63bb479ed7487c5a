import { REVIEWED_BYTES } from './chain.js';
import { columnsOf, edge, files, tables, type PlaceEntry } from './tables.js';

const SORTS = { no: 'no', pseudonym: 'pseudonym', personal: '**personal**' } as const;
const row = (...cells: string[]): string => `| ${cells.join(' | ')} |`;
const head = (...names: string[]): string => `${row(...names)}\n${row(...names.map(() => '---'))}`;

const placeRows = (entries: readonly PlaceEntry[]): string[] =>
  entries.map(({ place, holds, sort, retention, erasure }) => row(place, holds, SORTS[sort], retention, erasure));

/** The page `docs/data-map.md`. */
export function renderDataMap(): string {
  const columns = tables.flatMap(columnsOf);
  const count = (sort: string): number => columns.filter((column) => column.sort === sort).length;
  return [
    '# Data map',
    '',
    'What is stored where, whether it is about a person, how long it stays and how it is erased. Written by `node backend/dist/cli/data-map.js`',
    'from `backend/src/data-map/`; a test fails for a column, file or contract parameter that is missing here, and for a personal one on the chain.',
    '',
    '*no*: says nothing about a person. *pseudonym*: a random id or a wallet address; it points at a person only through `person`, `signer` or',
    '`actor_alias`, which an erasure empties. *personal*: names or describes a person, or is text in which somebody may have done so.',
    '',
    `Central: ${String(tables.length)} tables, ${String(columns.length)} columns (${String(count('no'))} no, ${String(count('pseudonym'))} pseudonym, ${String(count('personal'))} personal).`,
    '',
    '## Central: the database',
    '',
    head('Table', 'For', 'Personal', 'Pseudonym', 'Neither', 'Kept', 'On erasure'),
    ...tables.map((entry) =>
      row(
        `\`${entry.table.replace(/^public\./, '')}\``,
        entry.purpose,
        entry.personal === undefined ? '–' : `**${entry.personal}**`,
        entry.pseudonym ?? '–',
        entry.no,
        entry.retention,
        entry.erasure,
      ),
    ),
    '',
    '## Central: the data folder',
    '',
    head('Place', 'Holds', 'Personal', 'Kept', 'On erasure'),
    ...placeRows(files),
    '',
    '## Edge: people’s own devices, and those who judge',
    '',
    head('Place', 'Holds', 'Personal', 'Kept', 'On erasure'),
    ...placeRows(edge),
    '',
    '## On the chain',
    '',
    'For ever, readable by everyone. Every parameter that a contract takes or announces is a number, a hash, a wallet address, a signature, or packed',
    'bytes that were looked at. There is no parameter of type `string`.',
    '',
    head('Packed bytes', 'What is in them'),
    ...Object.entries(REVIEWED_BYTES).map(([name, why]) => row(name, why)),
    '',
  ].join('\n');
}
