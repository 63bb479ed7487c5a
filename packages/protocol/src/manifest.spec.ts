import { canonicalHash } from './canonical.js';
import {
  buildManifest,
  isFileName,
  manifestDigest,
  MAX_MANIFEST_FILES,
  parsePublicManifest,
  readManifest,
} from './manifest.js';

const hash = (digit: string): `0x${string}` => `0x${digit.repeat(64)}`;
const file = { name: 'report.csv', size: 120, sha256: hash('a') };
const input = { files: [file], note: 'First delivery', salt: hash('1') };

describe('manifest', () => {
  it('keeps file names and the note out of the public part, and binds them by hash', () => {
    const { manifest, confidential, digest } = buildManifest({
      ...input,
      facts: { lotItems: 20, counts: { interviews: 3 } },
    });
    expect(JSON.stringify(manifest)).not.toMatch(/report\.csv|First delivery/);
    expect(manifest.confidential).toBe(canonicalHash(confidential));
    expect(digest).toBe(canonicalHash(manifest));
    expect(readManifest({ manifest, confidential }, digest)).toEqual({ manifest, confidential });
  });

  it('gives another digest for another salt, file, size, note or fact', () => {
    const variants = [
      input,
      { ...input, salt: hash('2') },
      { ...input, note: 'Second delivery' },
      { ...input, files: [{ ...file, size: 121 }] },
      { ...input, files: [{ ...file, name: 'report2.csv' }] },
      { ...input, facts: { lotItems: 1 } },
    ];
    expect(new Set(variants.map((variant) => buildManifest(variant).digest)).size).toBe(variants.length);
  });

  it('refuses a confidential part that was changed and a digest of another submission', () => {
    const { manifest, confidential, digest } = buildManifest(input);
    expect(() => readManifest({ manifest, confidential: { ...confidential, note: 'x' } }, digest)).toThrow(
      '$.confidential: does not have the hash that the public part names',
    );
    expect(() => readManifest({ manifest, confidential }, hash('9'))).toThrow(
      `$.manifest: does not have the digest ${hash('9')}`,
    );
    expect(manifestDigest(manifest)).toBe(digest);
  });

  it.each([
    ['an empty file', { files: [{ ...file, size: 0 }] }, '$.files[0].size'],
    ['a file twice', { files: [file, file] }, '$.files: an entry is repeated'],
    ['a folder in the name', { files: [{ ...file, name: '../x' }] }, '$.files[0].name'],
    ['no file', { files: [] }, '$.files'],
    [
      'too many files',
      { files: Array.from({ length: MAX_MANIFEST_FILES + 1 }, (_, i) => ({ ...file, name: `${i}` })) },
      '$.files: a list of 1 to 100',
    ],
    ['a short salt', { salt: '0x12' as const }, '$.salt'],
    ['an unknown fact', { facts: { author: 'Leo' } as object }, '$.facts.author: unknown field'],
    ['an abbreviated commit', { facts: { commit: 'abc123' } }, '$.facts.commit'],
    ['a fractional count', { facts: { counts: { rows: 1.5 } } }, '$.facts.counts.rows'],
    [
      'a document over the limit',
      {
        note: 'é'.repeat(4_000),
        files: Array.from({ length: 100 }, (_, i) => ({ ...file, name: `${'x'.repeat(120)}${i}` })),
      },
      'longer than 20480 bytes',
    ],
  ])('refuses %s', (_what, change, message) => {
    expect(() => buildManifest({ ...input, ...change })).toThrow(message);
  });

  it('refuses unknown fields in the public part', () => {
    const { manifest } = buildManifest(input);
    expect(() => parsePublicManifest({ ...manifest, files: [] })).toThrow('$.files: unknown field');
  });

  it.each([
    ['a.csv', true],
    ['Bericht März.pdf', true],
    ['..', false],
    ['a/b', false],
    ['a\\b', false],
    ['a\nb', false],
    ['', false],
  ])('file name %j: %s', (name, ok) => {
    expect(isFileName(name)).toBe(ok);
  });
});
