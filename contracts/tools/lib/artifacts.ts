/** Reads what `hardhat build` left: one JSON per contract. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';

/** One entry of an ABI. */
export interface AbiItem {
  readonly type: string;
  readonly name?: string;
  readonly inputs?: readonly { readonly type: string; readonly name?: string }[];
}

/** The parts of an artifact that the tools use. */
export interface Artifact {
  readonly contractName: string;
  readonly abi: readonly AbiItem[];
  /** Creation code. */
  readonly bytecode: string;
  readonly deployedBytecode: string;
}

/** Artifacts folder: beside the sources, or in CONTRACTS_OUT. */
export function artifactsDir(): string {
  const out = process.env['CONTRACTS_OUT'];
  return out === undefined ? path.resolve(import.meta.dirname, '../../artifacts') : path.join(out, 'artifacts');
}

let index: Map<string, string> | undefined;

function files(): Map<string, string> {
  if (index !== undefined) return index;
  const dir = artifactsDir();
  if (!existsSync(dir))
    throw new Error(`There are no compiled contracts in ${dir}. Run \`npx hardhat build\` in contracts/ first.`);
  index = new Map();
  for (const entry of readdirSync(dir, { recursive: true, withFileTypes: true })) {
    if (entry.isFile() && entry.name.endsWith('.json') && !entry.parentPath.includes('build-info')) {
      index.set(entry.name.slice(0, -'.json'.length), path.join(entry.parentPath, entry.name));
    }
  }
  return index;
}

/** Whether a contract was compiled. */
export function hasArtifact(name: string): boolean {
  return files().has(name);
}

/** The artifact of contract `name`. @throws when it was not compiled */
export function readArtifact(name: string): Artifact {
  const file = files().get(name);
  if (file === undefined)
    throw new Error(`There is no compiled contract ${name}. Run \`npx hardhat build\` in contracts/ first.`);
  return JSON.parse(readFileSync(file, 'utf8')) as Artifact;
}
