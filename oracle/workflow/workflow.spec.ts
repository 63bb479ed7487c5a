import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';
import { Interface, type InterfaceAbi } from 'ethers';
import { creOracleAbi, milestoneEscrowAbi, milestoneGateAbi } from '@milepost/protocol/generated/abi';

const here = import.meta.dirname;
const root = path.resolve(here, '..', '..');
const read = (file: string): string => readFileSync(file, 'utf8');
const sources = [here, path.join(here, '..', 'judging')]
  .flatMap((dir) => readdirSync(dir).map((file) => path.join(dir, file)))
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.spec.ts'))
  .map((file) => [path.basename(file), read(file)] as const);

/** Names of the words of a static answer, in order. */
const words = (abi: InterfaceAbi, name: string): string[] => {
  const [output] = new Interface(abi).getFunction(name)?.outputs ?? [];
  return (output?.components ?? []).map((component) => component.name);
};

describe('the workflow reads the contracts as they are', () => {
  // workflow/chain.ts takes words by their position: these are the positions.
  it('finds its words in the answers', () => {
    expect(words(creOracleAbi, 'attestation').slice(0, 5)).toEqual([
      'payBps',
      'verdict',
      'requestedAt',
      'requestBlock',
      'expiresAt',
    ]);
    const milestone = words(milestoneEscrowAbi, 'milestone');
    expect([milestone[1], milestone[12], milestone.length]).toEqual(['round', 'digest', 13]);
    expect(new Interface(milestoneGateAbi).getFunction('oracleOf')?.outputs.map(({ name }) => name)).toEqual([
      'oracle',
      'criteriaHash',
    ]);
    const pending = new Interface(creOracleAbi).getFunction('pending')?.outputs ?? [];
    expect(pending.map(({ name }) => name)).toEqual(['items', 'next']);
    expect(pending[0]?.arrayChildren?.components?.map(({ name }) => name)).toEqual([
      'escrow',
      'milestone',
      'round',
      'requestedAt',
      'expiresAt',
      'requestId',
    ]);
  });

  it('calls and watches signatures that exist', () => {
    const signatures = [
      ...sources
        .map(([, source]) => source)
        .join('\n')
        .matchAll(/'(\w+\([\w,()]*\))'/g),
    ].map(([, found]) => found);
    expect(signatures.sort()).toEqual(
      [
        new Interface(creOracleAbi).getEvent('Requested')?.format('sighash'),
        new Interface(creOracleAbi).getFunction('attestation')?.format('sighash'),
        new Interface(creOracleAbi).getFunction('head')?.format('sighash'),
        new Interface(creOracleAbi).getFunction('pending')?.format('sighash'),
        new Interface(milestoneEscrowAbi).getFunction('milestone')?.format('sighash'),
        new Interface(milestoneGateAbi).getFunction('oracleOf')?.format('sighash'),
      ].sort(),
    );
  });
});

describe('the workflow is deterministic', () => {
  it.each(sources)('%s uses nothing that differs between nodes', (_file, source) => {
    const code = source.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
    expect(code).not.toMatch(
      /Math\.random|Date\.now|new Date\(|new URL|localeCompare|toLocale|Intl\.|setTimeout|\bfetch\(|node:/,
    );
  });

  it('two builds give the same bytes', () => {
    const builds = [1, 2].map(() => {
      const out = mkdtempSync(path.join(tmpdir(), 'milepost-bundle-'));
      execFileSync(process.execPath, [path.join(here, 'bundle.mjs'), path.join(out, 'bundle.js')], { cwd: out });
      const bytes = read(path.join(out, 'bundle.js'));
      rmSync(out, { recursive: true });
      return bytes;
    });
    expect(builds[1]).toBe(builds[0]);
    expect(builds[0]).not.toContain(root);
  });
});

describe('licences', () => {
  const BUSL = ['@chainlink/cre-sdk', '@chainlink/cre-sdk-javy-plugin'];
  const manifest = (dir: string) =>
    JSON.parse(read(path.join(root, dir, 'package.json'))) as Record<string, Record<string, string> | undefined>;

  it('packages under a business-source licence are development dependencies of oracle/ alone', () => {
    for (const name of BUSL)
      expect(JSON.parse(read(path.join(root, 'node_modules', name, 'package.json')))).toMatchObject({
        license: 'BUSL-1.1',
      });
    for (const dir of [
      '.',
      'contracts',
      'packages/protocol',
      'packages/tlog',
      'backend',
      'client-portal',
      'test',
      'oracle',
    ]) {
      const { dependencies = {}, optionalDependencies = {}, devDependencies = {} } = manifest(dir);
      const needed = Object.keys({
        ...dependencies,
        ...optionalDependencies,
        ...(dir === 'oracle' ? {} : devDependencies),
      });
      expect(needed.filter((name) => BUSL.includes(name))).toEqual([]);
    }
  });

  it.each([
    'oracle/runner/main.ts',
    'oracle/runner/check.ts',
    'oracle/committee/coordinator-main.ts',
    'oracle/committee/node-main.ts',
    'packages/protocol/src/index.ts',
    'packages/tlog/src/index.ts',
    'backend/src/main.ts',
    'client-portal/src/main.tsx',
  ])('%s runs without them', async (entry) => {
    const { metafile } = await build({
      absWorkingDir: root,
      entryPoints: [entry],
      bundle: true,
      write: false,
      metafile: true,
      format: 'esm',
      platform: 'node',
      logLevel: 'silent',
      // Only our own code is followed; what it asks for by name is what it needs.
      plugins: [
        {
          name: 'own-code-only',
          setup: (plugin) => {
            plugin.onResolve({ filter: /\?(worker|url|raw)/ }, ({ path: name }) => ({ path: name, external: true }));
            plugin.onResolve({ filter: /^[^./]/ }, ({ path: name }) =>
              name.startsWith('@milepost/') ? undefined : { path: name, external: true },
            );
          },
        },
      ],
      loader: { '.css': 'empty', '.svg': 'empty', '.woff2': 'empty' },
    });
    const needed = Object.values(metafile.inputs).flatMap(({ imports }) => imports.map((item) => item.path));
    expect(needed.length).toBeGreaterThan(5);
    expect(needed.filter((name) => name.includes('@chainlink/'))).toEqual([]);
  });

  it('contracts take only files under MIT from their package', () => {
    const sources = sourceFiles(path.join(root, 'contracts', 'src'), /\.sol$/);
    expect(sources.length).toBeGreaterThan(10);
    for (const file of sources) expect([file, read(file).includes('@chainlink/')]).toEqual([file, false]);
    const built = path.join(root, 'node_modules', '@chainlink', 'contracts', 'src', 'v0.8', 'keystone');
    expect(read(path.join(built, 'KeystoneForwarder.sol'))).toContain('SPDX-License-Identifier: MIT');
  });

  it('the README of oracle/ says where one is used', () => {
    const readme = read(path.join(root, 'oracle', 'README.md'));
    for (const name of BUSL) expect(readme).toContain(name);
    expect(readme).toContain('BUSL-1.1');
  });

  it('only the workflow imports the SDK, and bundles stay out of the repository', () => {
    const users = ['contracts', 'packages', 'backend', 'client-portal', 'oracle', 'test', 'scripts']
      .flatMap((dir) => sourceFiles(path.join(root, dir)))
      .filter((file) => /from '@chainlink\/cre-sdk/.test(read(file)))
      .map((file) => path.relative(path.join(root, 'oracle'), path.dirname(file)));
    expect([...new Set(users)]).toEqual(['workflow']);
    expect(read(path.join(root, '.gitignore')).split('\n')).toContain('dist/');
  });
});

function sourceFiles(dir: string, pattern = /\.(ts|tsx|mjs|js)$/): string[] {
  return readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
    const file = path.join(dir, entry.name);
    if (entry.isDirectory())
      return ['node_modules', 'dist', 'artifacts', 'cache'].includes(entry.name) ? [] : sourceFiles(file, pattern);
    return pattern.test(entry.name) && !entry.name.endsWith('.spec.ts') ? [file] : [];
  });
}
