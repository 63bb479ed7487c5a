import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import { rowsOf, type Sql } from '../../../platform/outbox/index.js';

/** A section at rest. */
export interface SealedSection {
  readonly iv: Buffer;
  readonly ciphertext: Buffer;
  readonly tag: Buffer;
  readonly dekId: string;
}

/** The key of one subject, unwrapped. */
export interface DataKey {
  readonly id: string;
  readonly key: Buffer;
}

/** The key-encryption key is not the one that wrapped a data key, or a ciphertext was altered. */
export class SealBroken extends Error {
  override readonly name = 'SealBroken';
}

/**
 * AES-256-GCM under one data key per subject; data keys are kept wrapped by the key-encryption key. Destroying a subject's
 * data key makes everything about it unreadable, backups included.
 */
export class KeyRing {
  /** Which key-encryption key this is, without telling it. */
  readonly kekId: string;

  /** @param kek 32 bytes */
  constructor(private readonly kek: Buffer) {
    if (kek.length !== 32) throw new RangeError(`the key-encryption key has 32 bytes, not ${String(kek.length)}`);
    this.kekId = createHash('sha256').update('milepost kek\n').update(kek).digest('hex').slice(0, 16);
  }

  /** The current data key of each subject; made where there is none. In the caller's transaction. */
  async keysOf(em: Sql, subjects: readonly string[]): Promise<Map<string, DataKey>> {
    // One order for all, so that two transactions cannot wait for each other.
    const wanted = [...new Set(subjects)].sort();
    let known = await this.current(em, wanted);
    const missing = wanted.filter((subject) => !known.has(subject));
    if (missing.length > 0) {
      const fresh = missing.map((subject) => {
        const id = uuidv7();
        return { id, subject, wrapped: seal(this.kek, randomBytes(32), `${id}\n${subject}`) };
      });
      await em.query(
        `INSERT INTO audit_keys.audit_dek (id, subject_ref, wrapped_dek, kek_id)
         SELECT f.id, f.subject, f.wrapped, $4 FROM unnest($1::uuid[], $2::text[], $3::bytea[]) AS f (id, subject, wrapped)
         ON CONFLICT DO NOTHING`,
        [fresh.map((key) => key.id), missing, fresh.map((key) => pack(key.wrapped)), this.kekId],
      );
      known = await this.current(em, wanted);
    }
    return known;
  }

  seal(dataKey: DataKey, context: string, text: string): SealedSection {
    return { ...seal(dataKey.key, Buffer.from(text), context), dekId: dataKey.id };
  }

  /**
   * Reads sections back, by data key id.
   * @throws SealBroken if a key or ciphertext was altered, or another key-encryption key is in use
   */
  async dataKeys(em: Sql, ids: readonly string[]): Promise<Map<string, Buffer>> {
    const rows = rowsOf<DekRow>(
      await em.query(
        'SELECT id, subject_ref, wrapped_dek, kek_id FROM audit_keys.audit_dek WHERE id = ANY($1::uuid[]) AND shredded_at IS NULL',
        [[...new Set(ids)]],
      ),
    );
    return new Map(rows.map((row) => [row.id, this.unwrap(row)]));
  }

  /**
   * Destroys the data keys of a subject: what they sealed is unreadable from now on, in every copy of it.
   * @returns how many there were
   */
  async shred(em: Sql, subject: string): Promise<number> {
    const rows = rowsOf<{ id: string }>(
      await em.query(
        `UPDATE audit_keys.audit_dek SET wrapped_dek = NULL, shredded_at = now()
          WHERE subject_ref = $1 AND shredded_at IS NULL RETURNING id`,
        [subject],
      ),
    );
    return rows.length;
  }

  /** @throws SealBroken */
  open(key: Buffer, context: string, sealed: Omit<SealedSection, 'dekId'>): string {
    return open(key, context, sealed).toString('utf8');
  }

  private async current(em: Sql, subjects: readonly string[]): Promise<Map<string, DataKey>> {
    const rows = rowsOf<DekRow>(
      await em.query(
        'SELECT id, subject_ref, wrapped_dek, kek_id FROM audit_keys.audit_dek WHERE subject_ref = ANY($1::text[]) AND shredded_at IS NULL',
        [[...subjects]],
      ),
    );
    return new Map(rows.map((row) => [row.subject_ref, { id: row.id, key: this.unwrap(row) }]));
  }

  private unwrap(row: DekRow): Buffer {
    if (row.kek_id !== this.kekId)
      throw new SealBroken(`data key ${row.id} was wrapped by another key-encryption key (${row.kek_id})`);
    return open(this.kek, `${row.id}\n${row.subject_ref}`, unpack(row.wrapped_dek));
  }
}

interface DekRow {
  readonly id: string;
  readonly subject_ref: string;
  readonly wrapped_dek: Buffer;
  readonly kek_id: string;
}

interface Sealed {
  readonly iv: Buffer;
  readonly ciphertext: Buffer;
  readonly tag: Buffer;
}

/** @param context authenticated with the text: a ciphertext moved to another row does not open */
function seal(key: Buffer, text: Buffer, context: string): Sealed {
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(context));
  const ciphertext = Buffer.concat([cipher.update(text), cipher.final()]);
  return { iv, ciphertext, tag: cipher.getAuthTag() };
}

function open(key: Buffer, context: string, { iv, ciphertext, tag }: Sealed): Buffer {
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: 16 })
      .setAAD(Buffer.from(context))
      .setAuthTag(tag);
    return Buffer.concat([decipher.update(ciphertext), decipher.final()]);
  } catch {
    throw new SealBroken('a ciphertext of the audit trail does not open: it or its key was altered');
  }
}

const pack = ({ iv, ciphertext, tag }: Sealed): Buffer => Buffer.concat([iv, ciphertext, tag]);
const unpack = (bytes: Buffer): Sealed => ({
  iv: bytes.subarray(0, 12),
  ciphertext: bytes.subarray(12, -16),
  tag: bytes.subarray(-16),
});
