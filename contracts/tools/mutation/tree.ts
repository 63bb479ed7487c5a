/** A copy of sources and tests with every mutant in it, built once. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { artifactsDir } from '../lib/artifacts.ts';
import { compile, contractsRoot, readSource } from './compile.ts';
import { mutantsOf } from './operators.ts';
import { type NumberedMutant, readsTheBlock, schemaOf } from './schema.ts';

/** Folders whose mutants count. */
export const FOLDERS = ['src/approval', 'src/escrow'];

/** A mutant, its file and line. */
export interface PlacedMutant extends NumberedMutant {
  readonly file: string;
  readonly line: number;
  readonly before: string;
}

export interface Tree {
  readonly folder: string;
  readonly mutants: readonly PlacedMutant[];
}

const solidityFiles = (folder: string): string[] =>
  readdirSync(path.join(contractsRoot, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.sol'))
    .map((file) => path.join(folder, file))
    .sort();

/** SHA-256 of a source, white space apart: formatting changes no mutant. */
export const hashOf = (file: string): string =>
  createHash('sha256').update(readSource(file).replace(/\s+/g, ' ')).digest('hex');

/** Every mutant of the two folders, numbered from 1 in the order of files and text. */
export function allMutants(): PlacedMutant[] {
  const files = FOLDERS.flatMap(solidityFiles);
  const { sources } = compile(files, { outputSelection: { '*': { '': ['ast'] } } });
  let id = 0;
  return files.flatMap((file) => {
    const source = Buffer.from(readSource(file));
    const unit = sources[file]?.ast;
    if (unit === undefined) throw new Error(`No syntax tree of ${file}`);
    return mutantsOf(unit, source).map((mutant): PlacedMutant => {
      const before = source.subarray(mutant.start, mutant.end).toString('utf8').replace(/\s+/g, ' ');
      const line = source.subarray(0, mutant.start).toString('utf8').split('\n').length;
      return { ...mutant, id: ++id, file, line, before };
    });
  });
}

/** Writes the copy and compiles what the tests deploy. `jobs` compilers at a time. */
export async function buildTree(jobs: number): Promise<Tree> {
  const mutants = allMutants();
  const base = path.join(contractsRoot, 'cache/mutation');
  const folder = path.join(base, 'contracts');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(path.join(folder, 'tools'), { recursive: true });
  if (!existsSync(path.join(base, 'node_modules'))) {
    symlinkSync(path.join(contractsRoot, '../node_modules'), path.join(base, 'node_modules'), 'dir');
  }
  for (const file of [...solidityFiles('src'), ...solidityFiles('test')]) {
    const own = mutants.filter((mutant) => mutant.file === file);
    const source = Buffer.from(readSource(file));
    mkdirSync(path.join(folder, path.dirname(file)), { recursive: true });
    writeFileSync(path.join(folder, file), readsTheBlock(own.length > 0 ? schemaOf(source, own) : source.toString()));
  }
  cpSync(path.join(contractsRoot, 'foundry.toml'), path.join(folder, 'foundry.toml'));
  for (const tool of ['solc-wasm', 'solc-wasm.ts']) {
    cpSync(path.join(contractsRoot, 'tools', tool), path.join(folder, 'tools', tool));
  }
  const out = path.join(folder, 'cache/forge/out');
  const artifacts = readdirSync(artifactsDir(), { recursive: true, encoding: 'utf8' }).filter((file) =>
    /\.sol[\\/]\w+\.json$/.test(file),
  );
  const deployed = new Set<string>();
  for (const file of artifacts) {
    const text = readFileSync(path.join(artifactsDir(), file), 'utf8');
    const { bytecode, contractName, sourceName } = JSON.parse(text) as Record<string, string>;
    if (bytecode === '0x' || contractName === undefined || sourceName === undefined) continue;
    const target = path.join(out, path.basename(path.dirname(file)), `${contractName}.json`);
    mkdirSync(path.dirname(target), { recursive: true });
    writeFileSync(target, text);
    if (FOLDERS.some((own) => sourceName.startsWith(`${own}/`))) deployed.add(sourceName);
  }
  const queue = [...deployed];
  await Promise.all(
    Array.from({ length: jobs }, async () => {
      for (let entry = queue.shift(); entry !== undefined; entry = queue.shift()) {
        for (const [name, code] of Object.entries(await cachedCodes(base, folder, entry))) {
          const target = path.join(out, path.basename(entry), `${name}.json`);
          if (code === '' || !existsSync(target)) continue;
          const artifact = JSON.parse(readFileSync(target, 'utf8')) as Record<string, unknown>;
          // Without the optimizer the names of libraries stay in the code, never called: their functions are all internal.
          const linked = code.replace(/__\$[0-9a-f]{34}\$__/g, '0'.repeat(40));
          writeFileSync(target, JSON.stringify({ ...artifact, bytecode: `0x${linked}` }));
        }
      }
    }),
  );
  return { folder, mutants };
}

/** Minutes of compiling, kept by what went in: the sources of both folders, and the compiler's settings. */
async function cachedCodes(base: string, folder: string, entry: string): Promise<Record<string, string>> {
  const hash = createHash('sha256').update(entry);
  for (const file of [...solidityFiles('src')]) hash.update(readFileSync(path.join(folder, file)));
  hash.update(readFileSync(path.join(import.meta.dirname, 'artifact.ts')));
  const cache = path.join(base, 'codes', `${hash.digest('hex')}.json`);
  if (existsSync(cache)) return JSON.parse(readFileSync(cache, 'utf8')) as Record<string, string>;
  const codes = await codesOf(folder, entry);
  mkdirSync(path.dirname(cache), { recursive: true });
  writeFileSync(cache, JSON.stringify(codes));
  return codes;
}

function codesOf(folder: string, entry: string): Promise<Record<string, string>> {
  return new Promise((resolve, reject) => {
    const script = path.join(import.meta.dirname, 'artifact.ts');
    const child = spawn(process.execPath, [
      '--stack-size=3900',
      '--disable-warning=ExperimentalWarning',
      script,
      folder,
      entry,
    ]);
    let [text, errors] = ['', ''];
    child.stdout.on('data', (part: Buffer) => (text += part.toString()));
    child.stderr.on('data', (part: Buffer) => (errors += part.toString()));
    child.once('error', reject);
    child.once('close', (status) => {
      if (status === 0) resolve(JSON.parse(text) as Record<string, string>);
      else reject(new Error(`${entry}: ${errors}`));
    });
  });
}
