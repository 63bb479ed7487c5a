import { Injectable } from '@nestjs/common';
import { canonicalBytes } from '@milepost/protocol';
import { DeliverableRepository } from '../persistence/deliverable.repository.js';

/** The public part of manifests, which names no file and no person, for whoever knows a digest that is on chain. */
@Injectable()
export class PublicManifests {
  constructor(private readonly repository: DeliverableRepository) {}

  /** The exact bytes whose SHA-256 is the digest; null for a digest that is not known here. */
  async bytesOf(digest: string): Promise<Buffer | null> {
    const record = await this.repository.manifest(digest);
    return record === null ? null : Buffer.from(canonicalBytes(record.manifest));
  }
}
