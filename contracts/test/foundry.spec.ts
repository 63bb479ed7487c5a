/** forge and Hardhat run the same tests: same seed, same default budgets, same compiler, and forge on Hardhat's artifacts. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
const toml = readFileSync(path.join(root, 'foundry.toml'), 'utf8');
const hardhat = readFileSync(path.join(root, 'hardhat.config.ts'), 'utf8');
const { version } = createRequire(import.meta.url)('solc/package.json') as { version: string };

/** The value of a key in one section of foundry.toml. */
function inForge(section: string, key: string): string {
  const [, text = ''] = toml.split(`[profile.default${section}]\n`);
  const [own = ''] = text.split(/^\[/m);
  return new RegExp(`^${key} = '?([^'\\n]*)'?$`, 'm').exec(own)?.[1] ?? `no ${key}`;
}

function inHardhat(pattern: RegExp): string {
  return pattern.exec(hardhat)?.[1] ?? `no ${pattern.source}`;
}

describe('settings of forge and Hardhat', () => {
  it.each([
    ['fuzz seed', inForge('.fuzz', 'seed'), inHardhat(/seed: '(\w+)'/)],
    ['fuzz runs', inForge('.fuzz', 'runs'), inHardhat(/fuzz: \{ runs: (\d+)/)],
    ['invariant runs', inForge('.invariant', 'runs'), inHardhat(/invariant: \{ runs: (\d+)/)],
    ['invariant depth', inForge('.invariant', 'depth'), inHardhat(/depth: (\d+)/)],
    ['refused handler calls fail', inForge('.invariant', 'fail_on_revert'), inHardhat(/failOnRevert: (\w+)/)],
    ['chain', inForge('', 'chain_id'), inHardhat(/chainId: (\d+)/)],
    ['compiler', version, inHardhat(/version: '([\d.]+)'/)],
  ])('%s', (_, forge, other) => {
    expect(forge).toBe(other);
  });

  it('forge compiles no contract of ours: the shipped bytecode runs', () => {
    expect([inForge('', 'src'), inForge('', 'script')]).toEqual(['test', 'test']);
    expect(inForge('', 'solc')).toBe('tools/solc-wasm');
  });
});
