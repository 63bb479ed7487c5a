/** The bundle: the SDK's own static checks, and the same bytes from two clean builds. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const here = import.meta.dirname;
const root = path.join(here, '..', '..');
const folders: string[] = [];
const folder = (): string => {
  const dir = mkdtempSync(path.join(tmpdir(), 'milepost-bundle-'));
  folders.push(dir);
  return dir;
};
afterAll(() => {
  for (const dir of folders) rmSync(dir, { recursive: true, force: true });
});
const run = (script: string, args: string[] = [], cwd = root) =>
  spawnSync(process.execPath, [script, ...args], { cwd, encoding: 'utf8' });
const checks = (...entries: string[]) => run(path.join(here, 'static-checks.mjs'), entries);

describe("the SDK's static checks", () => {
  it('find nothing in the workflow', () => {
    const { status, stdout, stderr } = checks();
    expect(stderr).toBe('');
    expect(stdout).toContain('static checks of oracle/workflow/main.ts: types, engine, determinism: nothing found');
    expect(status).toBe(0);
  }, 180_000);

  it('find a wrong type, what the engine does not have, and what differs between nodes', () => {
    const bad: [name: string, source: string, finding: string][] = [
      ['types', `export const a: number = 'text';`, 'is not assignable to type'],
      ['engine', `export const a = () => fetch('https://example.com');`, 'fetch'],
      ['modules', `import { readFileSync } from 'node:fs'; export const a = readFileSync;`, 'node:fs'],
      ['determinism', `export const a = () => Date.now();`, 'Date.now'],
    ];
    const entries = bad.map(([name, source]) => {
      const dir = path.join(folder(), name);
      mkdirSync(dir);
      const compilerOptions = { strict: true, noEmit: true, types: [] };
      writeFileSync(path.join(dir, 'tsconfig.json'), JSON.stringify({ compilerOptions }));
      writeFileSync(path.join(dir, 'main.ts'), source);
      return path.join(dir, 'main.ts');
    });
    const { status, stdout, stderr } = checks(...entries);
    expect(stdout).toBe('');
    expect(status).toBe(1);
    const found = stderr.split('static checks of ').slice(1);
    expect(found).toHaveLength(bad.length);
    for (const [i, [name, , finding]] of bad.entries()) {
      expect(found[i]).toContain(`${name}/main.ts: `);
      expect(found[i]).toContain(finding);
    }
  }, 180_000);
});

describe('the bundle', () => {
  /** A checkout of its own: sources copied, packages of others linked, nothing built. */
  const cleanCheckout = (): string => {
    const dir = folder();
    const skip = /\/(dist|node_modules)(\/|$)|\.spec\.ts$/;
    for (const part of ['packages/protocol', 'oracle/workflow', 'oracle/judging'])
      cpSync(path.join(root, part), path.join(dir, part), {
        recursive: true,
        filter: (file) => !skip.test(file.slice(root.length)),
      });
    cpSync(path.join(root, 'tsconfig.base.json'), path.join(dir, 'tsconfig.base.json'));
    mkdirSync(path.join(dir, 'node_modules', '@milepost'), { recursive: true });
    for (const name of readdirSync(path.join(root, 'node_modules'))) {
      if (name !== '@milepost')
        symlinkSync(path.join(root, 'node_modules', name), path.join(dir, 'node_modules', name));
    }
    symlinkSync(
      path.join(root, 'packages', 'protocol', 'node_modules'),
      path.join(dir, 'packages', 'protocol', 'node_modules'),
    );
    symlinkSync(path.join(dir, 'packages', 'protocol'), path.join(dir, 'node_modules', '@milepost', 'protocol'));
    return dir;
  };

  it('has the same bytes from two clean builds, and its hash is printed', () => {
    const builds = [1, 2].map(() => {
      const dir = cleanCheckout();
      const compiled = run(
        path.join(root, 'node_modules', 'typescript', 'bin', 'tsc'),
        ['-p', 'packages/protocol'],
        dir,
      );
      expect(compiled.stdout).toBe('');
      const out = path.join(dir, 'bundle.js');
      const { stdout, stderr } = run(path.join(dir, 'oracle', 'workflow', 'bundle.mjs'), [out], dir);
      expect(stderr).toBe('');
      return { bytes: readFileSync(out), hash: /sha256 ([0-9a-f]{64})/.exec(stdout)?.[1], dir };
    });
    const [first, second] = builds;
    expect(first!.hash).toMatch(/^[0-9a-f]{64}$/);
    expect(second!.hash).toBe(first!.hash);
    expect(second!.bytes.equals(first!.bytes)).toBe(true);
    for (const { bytes, dir } of builds) expect(bytes.includes(dir)).toBe(false);
  }, 180_000);
});
