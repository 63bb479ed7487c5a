/** The verifier as a stranger gets it: one file and a bundle in an empty folder, plain Node, nothing of this project near. */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeBundle, policyText } from './testing/bundles.js';

const root = resolve(fileURLToPath(new URL('..', import.meta.url)));
const build = (from: string, out: string): string =>
  execFileSync(process.execPath, [join(from, 'tools/build-verifier.mjs'), out], { encoding: 'utf8' });

let folder: string;
const run = (...args: string[]): { code: number | null; text: string } => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['milepost-verify.mjs', ...args], {
    cwd: folder,
    encoding: 'utf8',
    env: {},
  });
  return { code: status, text: stdout + stderr };
};
const save = (name: string, content: string): string => {
  writeFileSync(join(folder, name), content);
  return name;
};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'stranger-'));
  build(root, join(folder, 'milepost-verify.mjs'));
  save('bundle.json', JSON.stringify({ ...(await makeBundle()), policy: policyText }));
  save('policy', policyText);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('it needs Node’s own modules only', () => {
  const source = readFileSync(join(folder, 'milepost-verify.mjs'), 'utf8');
  const imports = [...source.matchAll(/^import .* from "([^"]+)";$/gm)].map((match) => match[1] ?? '');
  expect(imports.length).toBeGreaterThan(0);
  expect(imports.filter((name) => !name.startsWith('node:'))).toEqual([]);
  expect(source).not.toMatch(/\brequire\(|\bimport\(|\bfetch\(|node:(http|https|net|dgram|child_process)/);
  expect(source).not.toContain(root);
});

test('a genuine bundle: 0, and it says whether the keys were pinned', () => {
  const alone = run('bundle.json');
  expect(alone).toMatchObject({ code: 0, text: expect.stringContaining('GOOD: 7 entries are in the log, unchanged') });
  const [, fingerprint = ''] = /KEYS NOT PINNED.*fingerprint ([0-9a-f]{16})/.exec(alone.text) ?? [];
  const pinned = run('bundle.json', '--fingerprint', fingerprint);
  expect(pinned).toMatchObject({ code: 0, text: expect.not.stringContaining('NOT PINNED') });
  expect(run('bundle.json', '--policy', 'policy').text).not.toContain('NOT PINNED');
  expect(run('bundle.json', '--fingerprint', '0123456789abcdef')).toMatchObject({
    code: 3,
    text: expect.stringContaining('POLICY NOT MET'),
  });
  expect(run('bundle.json', '--fingerprint', 'xyz')).toMatchObject({ code: 2 });
  expect(JSON.parse(run('bundle.json', '--json').text)).toMatchObject({ outcome: 'good', keys: { from: 'bundle' } });
});

test('any one changed byte of what is proven: not 0, and words', () => {
  const bundle = readFileSync(join(folder, 'bundle.json'), 'utf8');
  const change = (at: number): string => {
    const old = bundle.charAt(at);
    const next = /[0-8a-yA-Y]/.test(old) ? String.fromCharCode(old.charCodeAt(0) + 1) : old === '9' ? '1' : 'A';
    return bundle.slice(0, at) + next + bundle.slice(at + 1);
  };
  const places = {
    header: bundle.indexOf('milestone.paid'),
    index: bundle.indexOf('"index":"3"') + 9,
    proof: bundle.indexOf('"proof":["') + 14,
    opening: bundle.indexOf('000000'),
    salt: bundle.indexOf('"salt":"') + 12,
    root: bundle.indexOf('\\n20\\n') + 9,
    signature: bundle.indexOf('\\u2014') > 0 ? bundle.indexOf('\\u2014') + 80 : bundle.indexOf('—') + 70,
  };
  for (const [place, at] of Object.entries(places)) {
    const { code, text } = run(save('changed.json', change(at)));
    expect([
      place,
      [1, 2, 3].includes(code ?? 0),
      /BAD PROOF|BAD INPUT|POLICY NOT MET|Nothing was verified/.test(text),
    ]).toEqual([place, true, true]);
  }
  expect(run(save('changed.json', change(places.header)))).toMatchObject({
    code: 1,
    text: expect.stringContaining('is not in the log at this index'),
  });
});

test('its modes: proofs only, payloads that fail closed, replay that wants claims', () => {
  expect(run('inclusion', 'bundle.json')).toMatchObject({ code: 0 });
  // Entry 18 does not bring its section: in the log, but not readable.
  expect(run('payload', 'bundle.json')).toMatchObject({ code: 1, text: expect.stringContaining('cannot be opened') });
  expect(run('replay', 'bundle.json')).toMatchObject({ code: 2, text: expect.stringContaining('nothing to replay') });
  expect(run('consistency', 'bundle.json')).toMatchObject({ code: 2, text: expect.stringContaining('--since') });
  expect(run('nonsense', 'bundle.json')).toMatchObject({
    code: 2,
    text: expect.stringContaining('Usage: node milepost-verify.mjs'),
  });
});

test('the same sources give the same bytes, wherever they lie', () => {
  const elsewhere = mkdtempSync(join(tmpdir(), 'elsewhere-'));
  try {
    const copy = join(elsewhere, 'deep', 'er', 'tlog');
    mkdirSync(join(copy, '..'), { recursive: true });
    for (const part of ['bin', 'tools', 'dist', 'package.json'])
      cpSync(join(root, part), join(copy, part), { recursive: true });
    mkdirSync(join(copy, 'node_modules', '@noble'), { recursive: true });
    for (const name of ['@noble/curves', '@noble/hashes', 'esbuild']) {
      const places = [join(root, 'node_modules', name), join(root, '../../node_modules', name)];
      symlinkSync(places.find((place) => existsSync(place)) ?? name, join(copy, 'node_modules', name));
    }
    const second = build(copy, join(elsewhere, 'milepost-verify.mjs'));
    copyFileSync(join(elsewhere, 'milepost-verify.mjs'), join(folder, 'second.mjs'));
    expect(readFileSync(join(folder, 'second.mjs')).equals(readFileSync(join(folder, 'milepost-verify.mjs')))).toBe(
      true,
    );
    expect(second).toMatch(/^[0-9a-f]{64} {2}milepost-verify\.mjs\n$/);
  } finally {
    rmSync(elsewhere, { recursive: true, force: true });
  }
});
