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

/** What a call or log looks like on the wire: items that share it are the same. */
function signature({ type, name, inputs }: AbiItem): string {
  return `${type} ${name ?? ''}(${(inputs ?? []).map(({ type: t }) => t).join(',')})`;
}

/** ABI of a contract whose code is in several parts: the first one's items win; constructors and inner seams stay out. */
export function joinedAbi(names: readonly string[]): AbiItem[] {
  const items = new Map<string, AbiItem>();
  for (const [part, name] of names.entries()) {
    for (const item of readArtifact(name).abi) {
      const inner =
        names.length > 1 && (item.type === 'constructor' || item.type === 'fallback' || item.name === 'wiring');
      const key = signature(item);
      if (!inner && (part === 0 || !items.has(key))) items.set(key, item);
    }
  }
  return [...items.values()];
}

/** What an escrow answers to: its interface and the errors and views of both code parts. */
export function escrowAbi(): AbiItem[] {
  return joinedAbi(ESCROW_PARTS);
}

export const ESCROW_PARTS: readonly string[] = ['IMilestoneEscrow', 'MilestoneEscrow', 'EscrowAgreements'];

/**
 * The compiler cannot see that parts of code together implement an interface; this does.
 * @throws when a function of the interface is in none of them
 */
export function checkParts(name: string, parts: readonly string[]): void {
  const known = new Set(parts.flatMap((part) => readArtifact(part).abi.map(signature)));
  const missing = readArtifact(name)
    .abi.filter((item) => item.type === 'function' && !known.has(signature(item)))
    .map(signature);
  if (missing.length > 0) throw new Error(`${parts.join(' and ')} lack ${missing.join('; ')} of ${name}.`);
}
