/** Where forge is, and the built contracts where its tests look for them. */
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

const require = createRequire(import.meta.url);
const root = path.resolve(import.meta.dirname, '../..');
const arches: Record<string, string> = { x64: 'amd64', arm64: 'arm64' };
const platforms: Record<string, string> = { linux: 'linux', darwin: 'darwin', win32: 'win32' };

export interface Forge {
  program: string;
  root: string;
  env: NodeJS.ProcessEnv;
}

/** The binary of this machine's platform; the same Node runs the compiler. Brings the artifacts up to date. */
export function forge(): Forge {
  const name = `@foundry-rs/forge-${platforms[process.platform] ?? process.platform}-${arches[process.arch] ?? process.arch}`;
  let folder: string;
  try {
    folder = path.dirname(require.resolve(`${name}/package.json`));
  } catch {
    throw new Error(
      `${name} is not installed: the deep run needs forge (npm ci brings it on Linux, macOS and Windows)`,
    );
  }
  const program = path.join(folder, 'bin', process.platform === 'win32' ? 'forge.exe' : 'forge');
  copyArtifacts();
  return { program, root, env: { ...process.env, MILEPOST_NODE: process.execPath } };
}

/** Every deployable contract of the Hardhat build, as `out/<File>.sol/<Name>.json`. */
export function copyArtifacts(out = path.join(root, 'cache/forge/out')): void {
  const built = path.join(process.env['CONTRACTS_OUT'] ?? root, 'artifacts');
  if (!existsSync(built)) throw new Error(`${built} is missing: build the contracts first (npm run build)`);
  const files = readdirSync(built, { recursive: true, encoding: 'utf8' });
  for (const file of files.filter((f) => /\.sol[\\/]\w+\.json$/.test(f))) {
    const text = readFileSync(path.join(built, file), 'utf8');
    const { contractName, bytecode } = JSON.parse(text) as { contractName: string; bytecode: string };
    const folder = path.join(out, path.basename(path.dirname(file)));
    const target = path.join(folder, `${contractName}.json`);
    if (bytecode === '0x') continue;
    if (existsSync(target) && readFileSync(target, 'utf8') === text) continue;
    rmSync(target, { force: true });
    mkdirSync(folder, { recursive: true });
    writeFileSync(target, text);
  }
}
