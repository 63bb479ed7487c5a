import { Inject, Injectable, Logger } from '@nestjs/common';
import { parseHeadSignature, parseNote, toHex, type Checkpoint } from '@milepost/tlog';
import { ChainReader, type DueCall, type KeeperTask } from '../../../platform/chain/index.js';
import { DEPLOYMENT, type Deployment } from '../../../platform/config/index.js';
import { LogStore } from '../persistence/log-store.js';
import type { AuditType } from '../domain/event.js';
import { LogIdentity } from './log-identity.js';

/** Longest time between two anchors of a growing log, in seconds. */
export const ANCHOR_EVERY = 3_600;
/** Shortest time between two anchors, and the longest that an urgent entry waits for one, in seconds. */
export const ANCHOR_PAUSE = 300;

/** Entries that should stand on the chain soon: they move money or decide about it. */
const URGENT: readonly AuditType[] = [
  'milestone.decided',
  'milestone.paid',
  'refund.paid',
  'credit.claimed',
  'ruling.made',
  'body.decided',
  'verdict.recorded',
  'epoch.active',
  'erasure.executed',
];

const NO_CONTRACT = `0x${'00'.repeat(20)}`;

/** The head that `AuditAnchor` holds. */
interface AnchoredHead extends Pick<Checkpoint, 'size' | 'root'> {
  /** Unix seconds of the anchoring block. */
  readonly anchoredAt: number;
  readonly frozen: boolean;
}

/** Brings heads of the log to the chain, and tells the signer what the chain remembers. */
@Injectable()
export class Anchorer implements KeeperTask {
  readonly name = 'audit anchor';
  private readonly logger = new Logger(Anchorer.name);
  private last: AnchoredHead | null = null;
  private silent = false;

  constructor(
    private readonly reader: ChainReader,
    private readonly log: LogStore,
    private readonly identity: LogIdentity,
    @Inject(DEPLOYMENT) private readonly deployment: Deployment | null,
  ) {}

  async due(chainTime: number): Promise<readonly DueCall[]> {
    const anchored = await this.anchored();
    if (anchored === null || anchored.frozen) return [];
    const { origin } = this.identity.log;
    const signed = await this.log.signedHead(origin);
    if (signed === null || signed.size <= anchored.size) return [];
    const waited = chainTime - anchored.anchoredAt;
    const isDue =
      anchored.size === 0n ||
      waited >= ANCHOR_EVERY ||
      (waited >= ANCHOR_PAUSE && (await this.log.hasOlder(URGENT, anchored.size, (chainTime - ANCHOR_PAUSE) * 1_000)));
    if (!isDue) return [];
    const head = headSignature(signed.note, this.identity.log.headKeyId);
    if (head === null) return [];
    const proof = anchored.size === 0n ? [] : await this.log.consistency(anchored.size, signed.size);
    return [
      {
        action: {
          kind: 'anchor',
          size: String(signed.size),
          root: `0x${toHex(signed.root)}`,
          timestamp: Number(head.timestamp),
          signature: `0x${toHex(head.signature)}`,
          proof: proof.map((hash) => `0x${toHex(hash)}`),
        },
        occasion: String(anchored.size),
        project: null,
        milestone: null,
      },
    ];
  }

  /**
   * What the chain remembers, for the signer. While the chain cannot be asked, the last answer; the signer's own file is
   * there in any case, and the next signature asks again.
   */
  async knownHead(): Promise<Pick<Checkpoint, 'size' | 'root'> | null> {
    const anchored = await this.anchored();
    return anchored === null || anchored.size === 0n ? null : anchored;
  }

  private async anchored(): Promise<AnchoredHead | null> {
    const address = this.deployment?.contracts.AuditAnchor;
    if (address === undefined || address === NO_CONTRACT) return null;
    try {
      const [answer] = await this.reader.read('AuditAnchor', address, 'head', []);
      const [size, , anchoredAt, frozen, root] = answer as [bigint, bigint, bigint, boolean, string];
      this.last = {
        size,
        anchoredAt: Number(anchoredAt),
        frozen,
        root: Uint8Array.from(Buffer.from(root.slice(2), 'hex')),
      };
      this.silent = false;
    } catch (error) {
      if (!this.silent) this.logger.warn(`The chain does not tell the anchored head: ${String(error)}`);
      this.silent = true;
    }
    return this.last;
  }
}

function headSignature(note: string, keyId: number): ReturnType<typeof parseHeadSignature> {
  const line = parseNote(note).signatures.find((signature) => signature.keyId === keyId);
  return line === undefined ? null : parseHeadSignature(line.signature);
}
