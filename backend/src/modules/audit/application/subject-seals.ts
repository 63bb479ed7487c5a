import { Injectable } from '@nestjs/common';
import type { Sql } from '../../../platform/outbox/index.js';
import { LogIdentity } from '../log/log-identity.js';

/** A text at rest, as one column holds it. */
export interface SealedText {
  /** iv, ciphertext, tag. */
  readonly sealed: Buffer;
  /** Row of the data key. */
  readonly dekId: string;
}

const IV = 12;
const TAG = 16;

/** Seals what other modules store about a subject under that subject's key, so that erasing the key erases it everywhere. */
@Injectable()
export class SubjectSeals {
  constructor(private readonly identity: LogIdentity) {}

  /**
   * @param subject `person:<id>`
   * @param context the row and column; a text moved elsewhere does not open
   */
  async seal(em: Sql, subject: string, context: string, text: string): Promise<SealedText> {
    const { keyRing } = this.identity;
    const key = (await keyRing.keysOf(em, [subject])).get(subject);
    if (key === undefined) throw new Error(`there is no data key for ${subject}`);
    const { iv, ciphertext, tag, dekId } = keyRing.seal(key, context, text);
    return { sealed: Buffer.concat([iv, ciphertext, tag]), dekId };
  }

  /** The texts in order; null where the key was destroyed. @throws SealBroken if one was altered */
  async open(em: Sql, items: readonly (SealedText & { readonly context: string })[]): Promise<(string | null)[]> {
    if (items.length === 0) return [];
    const { keyRing } = this.identity;
    const keys = await keyRing.dataKeys(
      em,
      items.map((item) => item.dekId),
    );
    return items.map(({ dekId, sealed, context }) => {
      const key = keys.get(dekId);
      return key === undefined
        ? null
        : keyRing.open(key, context, {
            iv: sealed.subarray(0, IV),
            ciphertext: sealed.subarray(IV, -TAG),
            tag: sealed.subarray(-TAG),
          });
    });
  }
}
