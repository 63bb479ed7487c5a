import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateKeyPairSync } from 'node:crypto';
import { main } from './cli.js';
import { formatCheckpoint } from './checkpoint.js';
import { signNote } from './note.js';
import { ed25519KeyFromPem } from './node.js';
import { proveConsistency, treeRoot } from './prove.js';
import { toBase64 } from './text.js';
import { hasher, treeOf } from './testing/trees.js';
import { logKey, makeBundle, origin, policyText } from './testing/bundles.js';

let folder: string;
const file = (name: string, content: string): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};
const run = async (...args: string[]): Promise<{ code: number; text: string }> => {
  const lines: string[] = [];
  const code = await main(args, (line) => lines.push(line), { MILEPOST_DATA: folder });
  return { code, text: lines.join('\n') };
};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'verify-'));
  mkdirSync(join(folder, 'log'));
  file(join('log', 'policy'), policyText);
  file('bundle.json', JSON.stringify(await makeBundle()));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

test('a good bundle: 0, for people and for machines', async () => {
  const forPeople = await run(join(folder, 'bundle.json'));
  expect(forPeople.code).toBe(0);
  expect(forPeople.text).toContain('GOOD: 7 entries are in the log, unchanged');
  const forMachines = await run(join(folder, 'bundle.json'), '--json');
  expect(JSON.parse(forMachines.text)).toMatchObject({ outcome: 'good', head: { size: '20' } });
});

test('a changed bundle: 1', async () => {
  const bundle = JSON.stringify(await makeBundle()).replace('"index":"3"', '"index":"4"');
  const answer = await run(file('changed.json', bundle));
  expect(answer).toMatchObject({ code: 1 });
  expect(answer.text).toContain('entry 4: the entry is not in the log');
});

test('bad input: 2, and it says what to do', async () => {
  expect(await run(file('cut.json', '{'))).toMatchObject({ code: 2 });
  expect((await run(join(folder, 'missing.json'))).text).toContain('cannot read');
  expect((await run()).text).toContain('Usage');
  expect(await run('a', 'b')).toMatchObject({ code: 2 });
  expect(await run('--nonsense')).toMatchObject({ code: 2 });
  expect(await run('--help')).toMatchObject({ code: 0 });
  const lines: string[] = [];
  expect(
    await main([join(folder, 'bundle.json')], (line) => lines.push(line), { MILEPOST_DATA: join(folder, 'none') }),
  ).toBe(2);
  expect(lines.join()).toContain('name one with --policy FILE');
});

test('a policy of another log: 3', async () => {
  const policy = file(
    'other',
    policyText.replace('quorum none', `witness w ${logKey.verifierKey('w.example', Uint8Array.of(4))}\nquorum w`),
  );
  expect(await run(join(folder, 'bundle.json'), '--policy', policy)).toMatchObject({ code: 3 });
});

test('the head extends the one that was kept, or it does not', async () => {
  const tree = treeOf(30);
  const signed = async (size: number, source = tree): Promise<string> =>
    signNote(formatCheckpoint({ origin, size: BigInt(size), root: await treeRoot(hasher, source, BigInt(size)) }), [
      logKey.signer(origin),
    ]);
  const answer = file(
    'answer.json',
    JSON.stringify({
      from: '11',
      to: '30',
      proof: (await proveConsistency(hasher, tree, 11n, 30n)).map(toBase64),
      checkpoint: await signed(30),
    }),
  );
  expect(await run(answer, '--since', file('kept', await signed(11)))).toMatchObject({ code: 0 });
  expect(await run(answer, '--since', file('other-size', await signed(12)))).toMatchObject({ code: 1 });
  const rewritten = treeOf(10);
  rewritten.append(hasher.leaf(new Uint8Array(1)));
  expect((await run(answer, '--since', file('fork', await signed(11, rewritten)))).text).toContain('does not extend');
  expect(await run(file('no-proof', '{}'), '--since', file('kept', await signed(11)))).toMatchObject({ code: 2 });
});

test('keys are read from PEM, and only Ed25519 ones', () => {
  const pem = (key: { export(options: { format: 'pem'; type: 'pkcs8' }): string | Buffer }): string =>
    String(key.export({ format: 'pem', type: 'pkcs8' }));
  expect(ed25519KeyFromPem(pem(generateKeyPairSync('ed25519').privateKey)).publicKey).toHaveLength(32);
  expect(() => ed25519KeyFromPem(pem(generateKeyPairSync('x25519').privateKey))).toThrow('not an Ed25519 key');
  expect(() => ed25519KeyFromPem('x')).toThrow('not a private key');
});
