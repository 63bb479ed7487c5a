/** npm's compiler on sources that may differ from those on disk. */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

import type { Node } from './operators.ts';

const require = createRequire(import.meta.url);
export const contractsRoot = path.resolve(import.meta.dirname, '../..');

interface Compiler {
  compile(input: string, callbacks: { import: (file: string) => { contents: string } | { error: string } }): string;
}

/** What the compiler answers; `contracts` by file and name. */
export interface Output {
  readonly errors?: readonly { readonly severity: string; readonly formattedMessage: string }[];
  readonly sources: Readonly<Record<string, { readonly ast: Node }>>;
  readonly contracts?: Readonly<
    Record<string, Readonly<Record<string, { readonly evm: { readonly bytecode: { readonly object: string } } }>>>
  >;
}

/**
 * Compiles `entries`, reading each source by `read`. @throws with the compiler's words when it refuses
 */
export function compile(
  entries: readonly string[],
  settings: Record<string, unknown>,
  read: (file: string) => string = readSource,
): Output {
  const solc = require('solc') as Compiler;
  const input = {
    language: 'Solidity',
    sources: Object.fromEntries(entries.map((file) => [file, { content: read(file) }])),
    settings: { evmVersion: 'cancun', ...settings },
  };
  const importFrom = (file: string): { contents: string } | { error: string } => {
    try {
      return { contents: read(file) };
    } catch (error) {
      return { error: String(error) };
    }
  };
  const output = JSON.parse(solc.compile(JSON.stringify(input), { import: importFrom })) as Output;
  const refused = (output.errors ?? []).filter(({ severity }) => severity === 'error');
  if (refused.length > 0) throw new Error(refused.map(({ formattedMessage }) => formattedMessage).join('\n'));
  return output;
}

/** A source of this project, or of a package. */
export function readSource(file: string): string {
  const full = file.startsWith('@')
    ? path.join(contractsRoot, '../node_modules', file)
    : path.join(contractsRoot, file);
  if (!existsSync(full)) throw new Error(`${file} does not exist`);
  return readFileSync(full, 'utf8');
}
