import fc from 'fast-check';
import { formatCheckpoint, formatProof, parseCheckpoint, parseProof } from './checkpoint.js';
import { canonicalJson, commit, opens, parseEntry } from './entry.js';
import { hmacSha256, type Hash } from './hash.js';
import { NoteSignatureError, openNote, parseNote, parseVerifierKey, signNote, type NoteVerifier } from './note.js';
import { ed25519Key, nodeCrypto, sha256 } from './node.js';
import { webCrypto } from './web.js';
import { verifierOf } from './keys.js';
import { proveInclusion, treeRoot } from './prove.js';
import {
  TileSource,
  formatEntryBundle,
  parseEntryBundle,
  parseTilePath,
  readTile,
  tilePath,
  tileWidth,
} from './tiles.js';
import { TlogFormatError, concat, fromBase64, toBase64, toHex, utf8 } from './text.js';
import { createHmac } from 'node:crypto';
import { hasher, noteVectors, treeOf } from './testing/trees.js';

const peter = (): NoteVerifier => verifierOf(nodeCrypto, parseVerifierKey(sha256, noteVectors.verifierKey));

describe('signed notes', () => {
  test('the published note opens with its published key, in Node and on Web Crypto', async () => {
    for (const crypto of [nodeCrypto, webCrypto(sha256)]) {
      const opened = await openNote(noteVectors.note, [
        verifierOf(crypto, parseVerifierKey(sha256, noteVectors.verifierKey)),
      ]);
      expect(opened.text).toBe(
        "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n",
      );
      expect(opened.verified.map((signature) => signature.name)).toEqual(['PeterNeumann']);
    }
  });

  test('a changed text, an unknown key and a damaged key are refused', async () => {
    await expect(openNote(noteVectors.note.replace('answer', 'Answer'), [peter()])).rejects.toThrow(NoteSignatureError);
    await expect(openNote(noteVectors.note, [])).rejects.toThrow('no key that you trust');
    expect(() => parseVerifierKey(sha256, noteVectors.verifierKey.replace('ARpc', 'ARpd'))).toThrow(
      'does not match its id',
    );
    expect(() => parseVerifierKey(sha256, 'name')).toThrow(TlogFormatError);
  });

  test('signatures of other keys are ignored, a wrong one in the name of a trusted key is not', async () => {
    const key = ed25519Key(new Uint8Array(32).fill(7));
    const text = 'one\n\ntwo\n';
    const note = await signNote(text, [
      ed25519Key(new Uint8Array(32).fill(8)).signer('other'),
      key.signer('log.example/a'),
    ]);
    const trusted = verifierOf(nodeCrypto, parseVerifierKey(sha256, key.verifierKey('log.example/a')));
    expect((await openNote(note, [trusted])).text).toBe(text);
    const forged = await signNote(text, [{ ...key.signer('log.example/a'), sign: () => new Uint8Array(64) }]);
    await expect(openNote(forged, [trusted])).rejects.toThrow('is wrong');
  });

  test.each([
    ['no signature', 'text\n'],
    ['no final newline', noteVectors.note.slice(0, -1)],
    ['a hyphen for the dash', noteVectors.note.replace('—', '-')],
    ['a control character', noteVectors.note.replace('think', 'thi\tnk')],
    ['a short signature', 'text\n\n— a AAAAAA==\n'],
    ['Base64 that is not canonical', 'text\n\n— a AAAAAAB=\n'],
    ['a third field', noteVectors.note.replace('PeterNeumann', 'Peter Neumann')],
  ])('not a note: %s', (_, note) => {
    expect(() => parseNote(note)).toThrow(TlogFormatError);
  });

  test('a text that cannot be a note is not signed', async () => {
    await expect(signNote('no newline', [])).rejects.toThrow(TlogFormatError);
    await expect(signNote('tab\t\n', [])).rejects.toThrow(TlogFormatError);
    await expect(signNote('x\n', [ed25519Key(new Uint8Array(32)).signer('two words')])).rejects.toThrow('no spaces');
  });
});

describe('checkpoints and proofs', () => {
  const root = sha256(utf8('root')) as Hash;
  const text = formatCheckpoint({ origin: 'milepost/31337/0x00', size: 1n << 40n, root });

  test('survive a round trip', () => {
    expect(text).toBe(`milepost/31337/0x00\n1099511627776\n${toBase64(root)}\n`);
    expect(parseCheckpoint(text)).toEqual({ origin: 'milepost/31337/0x00', size: 1n << 40n, root });
    const proof = { extra: utf8('{"v":1}'), index: 12n, hashes: [root, root], checkpoint: `${text}\n— a AAAAAAA=\n` };
    expect(parseProof(formatProof(proof))).toEqual(proof);
    const bare = { index: 0n, hashes: [], checkpoint: text };
    expect(parseProof(formatProof(bare))).toEqual(bare);
  });

  test.each([
    ['an extension line', `${text}more\n`],
    ['a leading zero', text.replace('1099', '01099')],
    ['no origin', `\n1\n${toBase64(root)}\n`],
    ['a short root', 'o\n1\nAAAA\n'],
    ['a size above 64 bits', text.replace('1099511627776', '18446744073709551616')],
    ['no final newline', text.slice(0, -1)],
  ])('not a checkpoint: %s', (_, bad) => {
    expect(() => parseCheckpoint(bad)).toThrow(TlogFormatError);
  });

  test.each([
    ['another head', 'c2sp.org/tlog-proof@v2\nindex 0\n\nx'],
    ['no index', 'c2sp.org/tlog-proof@v1\nextra AA==\n\nx'],
    ['a hash of 3 bytes', 'c2sp.org/tlog-proof@v1\nindex 0\nAAAA\n\nx'],
    ['no checkpoint', 'c2sp.org/tlog-proof@v1\nindex 0'],
  ])('not a proof: %s', (_, bad) => {
    expect(() => parseProof(bad)).toThrow(TlogFormatError);
  });
});

describe('tiles', () => {
  test('paths are those of the specification, and only those', () => {
    expect(tilePath(0, 1234067n)).toBe('tile/0/x001/x234/067');
    expect(tilePath(2, 0n, 17)).toBe('tile/2/000.p/17');
    expect(tilePath('entries', 999n)).toBe('tile/entries/999');
    fc.assert(
      fc.property(
        fc.bigInt(0n, (1n << 64n) - 1n),
        fc.integer({ min: 0, max: 63 }),
        fc.integer({ min: 1, max: 256 }),
        (index, level, width) => {
          expect(parseTilePath(tilePath(level, index, width))).toEqual({ level, index, width });
        },
      ),
    );
    for (const bad of [
      'tile/64/000',
      'tile/0/1',
      'tile/0/x000/001',
      'tile/0/000.p/0',
      'tile/0/000.p/256',
      'tile/00/000',
      'tile/0/000.p/01',
      'tile/0/x1/000',
      '/tile/0/000',
    ]) {
      expect(() => parseTilePath(bad)).toThrow(TlogFormatError);
    }
    expect(() => tilePath(0, 0n, 0)).toThrow(RangeError);
    expect(() => tilePath(0, 0n, 257)).toThrow(RangeError);
  });

  test('a tree of 70,000 leaves has the tiles the specification says', () => {
    const size = 70_000n;
    expect([tileWidth(0, 272n, size), tileWidth(0, 273n, size), tileWidth(0, 274n, size)]).toEqual([256, 112, 0]);
    expect([tileWidth(1, 0n, size), tileWidth(1, 1n, size), tileWidth(2, 0n, size), tileWidth(3, 0n, size)]).toEqual([
      256, 17, 1, 0,
    ]);
  });

  test('proofs made from tiles are the ones made from the leaves, and each tile is read once', async () => {
    const size = 1_000n;
    const memory = treeOf(1_000);
    const reads: string[] = [];
    const tiles = new TileSource(hasher, size, async (level, index, width) => {
      reads.push(tilePath(level, index, width));
      const hashes = await Promise.all(
        Array.from({ length: width }, (_, i) => memory.hash(8 * level, index * 256n + BigInt(i))),
      );
      return readTile(concat(...hashes), width);
    });
    for (const index of [0n, 511n, 512n, 999n]) {
      expect(await proveInclusion(hasher, tiles, index, size)).toEqual(
        await proveInclusion(hasher, memory, index, size),
      );
    }
    expect(toHex(await treeRoot(hasher, tiles, size))).toBe(toHex(await treeRoot(hasher, memory, size)));
    expect([...reads].sort()).toEqual(['tile/0/000', 'tile/0/001', 'tile/0/002', 'tile/0/003.p/232', 'tile/1/000.p/3']);
    await expect(tiles.hash(0, 1_000n)).rejects.toThrow(RangeError);
    await expect(tiles.hash(0, 1_024n)).rejects.toThrow('has no tile');
    expect(() => readTile(new Uint8Array(31), 1)).toThrow('has 32 bytes, not 31');
  });

  test('entry bundles', () => {
    const entries = [utf8('a'), new Uint8Array(0), new Uint8Array(65_535)];
    expect(parseEntryBundle(formatEntryBundle(entries))).toEqual(entries);
    expect(() => parseEntryBundle(formatEntryBundle(entries).slice(0, -1))).toThrow('cut short');
    expect(() => parseEntryBundle(Uint8Array.of(0))).toThrow('cut short');
    expect(() => formatEntryBundle([new Uint8Array(65_536)])).toThrow(RangeError);
  });
});

describe('entries', () => {
  const header = {
    v: 1,
    id: '0190a0b0-1111-7222-8333-444455556666',
    type: 'project.created',
    at: 1_790_000_000_000,
    actor: 'p:abc',
    subject: ['project', 'x'],
    project: 'x',
    source: 'app',
    refs: { milestones: 2 },
    commits: [],
  };
  const bytes = (value: unknown): Uint8Array => utf8(canonicalJson(value));

  test('canonical JSON sorts, escapes as JSON does, and refuses what has no one spelling', () => {
    expect(canonicalJson({ b: [1, 'ä"\n'], a: { '\u20ac': null, '1': true } })).toBe(
      '{"a":{"1":true,"€":null},"b":[1,"ä\\"\\n"]}',
    );
    for (const bad of [1.5, -0, NaN, 2 ** 53, undefined, 1n, new Date(), '\ud800', [undefined], { a: () => 1 }]) {
      expect(() => canonicalJson(bad)).toThrow(TlogFormatError);
    }
  });

  test('only the one spelling of a complete header is an entry', () => {
    expect(parseEntry(bytes(header))).toEqual(header);
    const refused: Uint8Array[] = [
      utf8(JSON.stringify(header)),
      bytes({ ...header, more: 1 }),
      bytes({ ...header, v: 2 }),
      bytes({ ...header, project: 'ä' }),
      bytes({ ...header, id: 'x' }),
      bytes({ ...header, source: 'else' }),
      bytes({ ...header, refs: { text: 'x'.repeat(4096) } }),
      utf8('{'),
      bytes({
        ...header,
        commits: [commit(sha256, 'a', new Uint8Array(32), ''), commit(sha256, 'a', new Uint8Array(32), '')],
      }),
      Uint8Array.of(0xff),
    ];
    for (const bad of refused) expect(() => parseEntry(bad)).toThrow(TlogFormatError);
  });

  test('a commitment opens with its salt and text only', () => {
    const salt = sha256(utf8('salt'));
    const commitment = commit(sha256, 'payment', salt, '{"amount":"5"}');
    const opening = { salt: toBase64(salt), text: '{"amount":"5"}' };
    expect(opens(sha256, commitment, opening)).toBe(true);
    expect(opens(sha256, commitment, { ...opening, text: '{"amount":"6"}' })).toBe(false);
    expect(opens(sha256, commitment, { ...opening, salt: toBase64(salt.slice(1)) })).toBe(false);
    expect(() => opens(sha256, commitment, { ...opening, salt: 'x' })).toThrow(TlogFormatError);
  });

  test('HMAC is that of Node', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.uint8Array(), (key, message) => {
        expect(toHex(hmacSha256(sha256, key, message))).toBe(createHmac('sha256', key).update(message).digest('hex'));
      }),
    );
  });

  test('Base64 has one spelling', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (value) => {
        expect(fromBase64(toBase64(value))).toEqual(value);
      }),
    );
    for (const bad of ['A', 'AB==', 'AA=', 'A A=', 'AA-_']) expect(() => fromBase64(bad)).toThrow(TlogFormatError);
  });
});
