import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Interface, type InterfaceAbi } from 'ethers';
import { creOracleAbi, milestoneEscrowAbi, milestoneGateAbi } from '@milepost/protocol/generated/abi';

const here = import.meta.dirname;
const root = path.resolve(here, '..', '..');
const read = (file: string): string => readFileSync(file, 'utf8');
const sources = readdirSync(here)
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.spec.ts'))
  .map((file) => [file, read(path.join(here, file))] as const);

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
    expect([milestone[1], milestone[11], milestone.length]).toEqual(['round', 'digest', 12]);
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
      ...(sources.find(([file]) => file === 'chain.ts')?.[1] ?? '').matchAll(/'(\w+\([\w,()]*\))'/g),
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

  it('only the workflow imports the SDK, and bundles stay out of the repository', () => {
    const users = ['contracts', 'packages', 'backend', 'client-portal', 'oracle', 'test', 'scripts']
      .flatMap((dir) => sourceFiles(path.join(root, dir)))
      .filter((file) => /from '@chainlink\/cre-sdk/.test(read(file)))
      .map((file) => path.relative(path.join(root, 'oracle'), path.dirname(file)));
    expect([...new Set(users)]).toEqual(['workflow']);
    expect(read(path.join(root, '.gitignore')).split('\n')).toContain('dist/');
  });
});

function sourceFiles(dir: string): string[] {
  return readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
    const file = path.join(dir, entry.name);
    if (entry.isDirectory())
      return ['node_modules', 'dist', 'artifacts', 'cache'].includes(entry.name) ? [] : sourceFiles(file);
    return /\.(ts|tsx|mjs|js)$/.test(entry.name) && !entry.name.endsWith('.spec.ts') ? [file] : [];
  });
}
