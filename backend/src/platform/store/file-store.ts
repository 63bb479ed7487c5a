import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { v4 as uuid } from 'uuid';
import { CONFIG, type Config } from '../config/index.js';

/** A file that was received in full. */
export interface StoredFile {
  /** 0x and 64 hex digits; also its address. */
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
}

/** More bytes came than allowed; nothing was kept. */
export class FileTooLarge extends Error {
  override readonly name = 'FileTooLarge';
}

/** No bytes came; nothing was kept. */
export class FileEmpty extends Error {
  override readonly name = 'FileEmpty';
}

/** Uploads that a crash left behind are removed at start when older than this, in ms. */
const ABANDONED = 48 * 3_600_000;

/**
 * Content-addressed files on disk: the address is the SHA-256 of the bytes, so a repeated upload is no second file and
 * no name from outside ever reaches the file system.
 */
@Injectable()
export class FileStore implements OnApplicationBootstrap {
  readonly #root: string;
  readonly #incoming: string;

  constructor(@Inject(CONFIG) config: Config) {
    this.#root = join(config.dataDir, 'files');
    this.#incoming = join(this.#root, 'incoming');
  }

  async onApplicationBootstrap(): Promise<void> {
    for (const name of await readdir(this.#incoming).catch(() => [])) {
      const path = join(this.#incoming, name);
      const found = await stat(path).catch(() => null);
      if (found !== null && Date.now() - found.mtimeMs > ABANDONED) await rm(path, { force: true });
    }
  }

  /**
   * Streams a file to disk, hashing on the way; at most one chunk is in memory. The source is not destroyed when the
   * file is refused, so that an answer can still be sent over its socket.
   * @throws {FileTooLarge} {FileEmpty} or the source's error; in each case nothing is left behind
   */
  async write(source: Readable, maxBytes: number): Promise<StoredFile> {
    await mkdir(this.#incoming, { recursive: true, mode: 0o700 });
    const path = join(this.#incoming, uuid());
    const hash = createHash('sha256');
    let size = 0;
    const file = await open(path, 'wx', 0o600);
    try {
      for await (const chunk of source.iterator({ destroyOnReturn: false })) {
        const bytes = chunk as Buffer;
        size += bytes.length;
        if (size > maxBytes) throw new FileTooLarge(`more than ${maxBytes} bytes`);
        hash.update(bytes);
        await file.appendFile(bytes);
      }
      if (size === 0) throw new FileEmpty('no bytes');
      await file.sync();
      await file.close();
      const sha256 = `0x${hash.digest('hex')}`;
      const target = this.pathOf(sha256);
      await mkdir(join(target, '..'), { recursive: true, mode: 0o700 });
      await rename(path, target);
      return { sha256, size };
    } catch (error) {
      await file.close().catch(() => undefined);
      await rm(path, { force: true });
      throw error;
    }
  }

  /** Opens a file for reading; null if it is not stored. */
  async read(sha256: string): Promise<{ stream: Readable; size: number } | null> {
    const path = this.pathOf(sha256);
    const found = await stat(path).catch(() => null);
    return found === null ? null : { stream: createReadStream(path), size: found.size };
  }

  private pathOf(sha256: string): string {
    const hex = /^0x([0-9a-f]{64})$/.exec(sha256)?.[1];
    if (hex === undefined) throw new TypeError(`not a SHA-256 address: ${sha256.slice(0, 80)}`);
    return join(this.#root, hex.slice(0, 2), hex);
  }
}
