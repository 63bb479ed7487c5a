import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { loadConfig } from '../config/index.js';
import { FileEmpty, FileStore, FileTooLarge } from './index.js';

let folder: string;
let store: FileStore;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'milepost-store-'));
  store = new FileStore(loadConfig({ MILEPOST_DATA: folder }));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const incoming = (): string[] => readdirSync(join(folder, 'files', 'incoming'));

describe('the file store', () => {
  it('keeps bytes under their hash', async () => {
    const bytes = randomBytes(300_000);
    const stored = await store.write(Readable.from([bytes.subarray(0, 1), bytes.subarray(1)]), bytes.length);
    expect(stored).toEqual({ sha256: `0x${createHash('sha256').update(bytes).digest('hex')}`, size: 300_000 });
    const opened = await store.read(stored.sha256);
    expect(opened?.size).toBe(300_000);
    expect(Buffer.compare(await buffer(opened?.stream ?? Readable.from([])), bytes)).toBe(0);
    expect(incoming()).toEqual([]);
  });

  it('keeps nothing of a file that is too large, empty or broken', async () => {
    await expect(store.write(Readable.from([Buffer.alloc(5), Buffer.alloc(6)]), 10)).rejects.toThrow(FileTooLarge);
    await expect(store.write(Readable.from([]), 10)).rejects.toThrow(FileEmpty);
    const broken = new Readable({
      read() {
        this.push(Buffer.from('some'));
        this.destroy(new Error('the line is dead'));
      },
    });
    await expect(store.write(broken, 10)).rejects.toThrow('the line is dead');
    expect(incoming()).toEqual([]);
    expect(readdirSync(join(folder, 'files'))).toEqual(['incoming']);
  });

  it('leaves the source open after a refusal, so that an answer can be sent over it', async () => {
    const source = Readable.from([Buffer.alloc(5), Buffer.alloc(6), Buffer.alloc(7)]);
    await expect(store.write(source, 10)).rejects.toThrow(FileTooLarge);
    expect(source.destroyed).toBe(false);
    source.destroy();
  });

  it('opens nothing that is no hash', async () => {
    await expect(store.read('0x../../etc/passwd')).rejects.toThrow(TypeError);
    expect(await store.read(`0x${'00'.repeat(32)}`)).toBeNull();
  });

  it('removes old leftovers of a crash at start, not those of a running upload', async () => {
    const dir = join(folder, 'files', 'incoming');
    mkdirSync(dir, { recursive: true });
    for (const name of ['old', 'new']) writeFileSync(join(dir, name), 'x');
    utimesSync(join(dir, 'old'), 1_000, 1_000);
    await store.onApplicationBootstrap();
    expect(incoming()).toEqual(['new']);
    expect(existsSync(join(dir, 'old'))).toBe(false);
  });
});
