import {
  describeKey,
  formatCheckpoint,
  openNote,
  parseCheckpoint,
  proveConsistency,
  signNote,
  parseNote,
  signatureLine,
  treeRoot,
  verifyConsistency,
  type Checkpoint,
  type NoteSigner,
  type NoteVerifier,
} from '@milepost/tlog';
import { rowsOf, type Sql } from '../../../platform/outbox/sql.js';
import type { HeadFile } from './head-file.js';
import { LogDamaged, hasher, logSource } from './log-source.js';

/** The log must not be signed as it is. Nothing is integrated or signed until it agrees with what was signed before. */
export class LogHalted extends Error {
  override readonly name = 'LogHalted';
}

/** A head that somebody outside of the database remembers, e.g. the chain. Null: none yet. */
export type KnownHead = () => Promise<Pick<Checkpoint, 'size' | 'root'> | null>;

/** Signs heads, and only such as extend everything that was signed before. */
export class Signer {
  constructor(
    private readonly origin: string,
    private readonly signers: readonly NoteSigner[],
    /** Of the same keys, to read the file back. */
    private readonly verifiers: readonly NoteVerifier[],
    private readonly memory: HeadFile,
    private readonly others: readonly KnownHead[] = [],
  ) {}

  /**
   * Proves that the tree in the database extends every head known outside of it.
   * @param size leaves in the database
   * @throws LogHalted with what to do
   */
  async check(db: Sql, size: bigint): Promise<void> {
    for (const known of await this.knownHeads(db)) {
      if (known.size > size) {
        throw new LogHalted(
          `a head of size ${String(known.size)} was signed, but the database has ${String(size)} entries: it was restored from an older backup, or entries were removed. Restore the newest backup; do not remove the signer's file`,
        );
      }
      const consistent = await this.extends(db, known, size);
      if (!consistent) {
        throw new LogHalted(
          `the log in the database contradicts the head of size ${String(known.size)} that was signed: entries were changed, or the database was restored and grew differently. Restore a backup that agrees with the signed head`,
        );
      }
    }
  }

  /**
   * Signs the head of `size` and keeps it; the note is in the file before it is returned.
   * @throws LogHalted
   */
  async sign(db: Sql, size: bigint): Promise<string> {
    await this.check(db, size);
    const root = await treeRoot(hasher, logSource(db, size), size);
    const note = await signNote(formatCheckpoint({ origin: this.origin, size, root }), this.signers);
    await this.memory.write(note);
    for (const signature of parseNote(note).signatures) {
      await db.query('INSERT INTO audit_cosignature (size, key, line) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING', [
        String(size),
        describeKey(signature),
        signatureLine(signature),
      ]);
    }
    return note;
  }

  private async knownHeads(db: Sql): Promise<Pick<Checkpoint, 'size' | 'root'>[]> {
    const note = await this.memory.read();
    if (note === null) {
      const [signed] = rowsOf<{ size: string }>(
        await db.query('SELECT size FROM audit_cosignature WHERE key = ANY($1::text[]) ORDER BY size DESC LIMIT 1', [
          this.signers.map(describeKey),
        ]),
      );
      if (signed !== undefined) {
        throw new LogHalted(
          `heads up to size ${signed.size} were signed, but the signer's file ${this.memory.path} is missing. Put back the file, or a signed checkpoint of this log that a witness or visitor kept`,
        );
      }
    }
    const heads = await Promise.all(this.others.map((known) => known()));
    return [...(note === null ? [] : [await this.remembered(note)]), ...heads.filter((head) => head !== null)];
  }

  private async remembered(note: string): Promise<Checkpoint> {
    try {
      const checkpoint = parseCheckpoint((await openNote(note, this.verifiers)).text);
      if (checkpoint.origin !== this.origin) throw new Error(`it is a head of ${checkpoint.origin}`);
      return checkpoint;
    } catch (error) {
      throw new LogHalted(
        `the signer's file ${this.memory.path} cannot be used: ${error instanceof Error ? error.message : String(error)}. Put back the file as it was, or a signed checkpoint of this log that a witness or visitor kept`,
      );
    }
  }

  private async extends(db: Sql, known: Pick<Checkpoint, 'size' | 'root'>, size: bigint): Promise<boolean> {
    try {
      const source = logSource(db, size);
      const proof = await proveConsistency(hasher, source, known.size, size);
      return verifyConsistency(hasher, known.size, size, proof, known.root, await treeRoot(hasher, source, size));
    } catch (error) {
      if (error instanceof LogDamaged) return false;
      throw error;
    }
  }
}
