/**
 * Makes what a sampled batch needs: leaves and root from the records, and the three evidence documents. For whoever delivers,
 * counts and inspects; a judge never calls it.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { canonicalBytes, canonicalize, DocumentError, type Hex } from '../canonical.js';
import { hexOf } from '../evm-words.js';
import type { SignedStatement } from '../signed-statement.js';
import {
  leafColumns,
  leafEntry,
  recordText,
  type LaneCount,
  type LaneGold,
  type LaneInspection,
  type LaneLeaf,
} from './lane-evidence.js';
import { drawItems } from './lane-plan.js';
import { leafHash, LeafTree } from './multiproof.js';

/** A delivered record. `content` is what was labelled and how, in any JSON form. */
export interface LaneRecord {
  /** Unique in the lot; records are numbered by the order of their ids (code units). */
  readonly id: string;
  readonly contributor: number;
  readonly label: number;
  /** Second, independent label. */
  readonly second?: number;
  readonly content: unknown;
}

/** A lot, numbered and hashed. */
export class Lane {
  readonly leaves: readonly LaneLeaf[];
  readonly root: Hex;
  private readonly tree: LeafTree;

  /** @throws DocumentError for an empty lot or an id twice. */
  constructor(records: readonly LaneRecord[]) {
    const sorted = [...records].sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
    const twice = sorted.find(({ id }, i) => id === sorted[i - 1]?.id);
    if (twice !== undefined) throw new DocumentError('$', `two records have the id ${twice.id}`);
    if (sorted.length === 0) throw new DocumentError('$', 'there are no records');
    this.leaves = sorted.map(({ contributor, label, second = -1, id, content }, index) => ({
      index,
      contributor,
      label,
      second,
      record: recordText(sha256(canonicalBytes({ id, content }))),
    }));
    this.tree = new LeafTree(this.leaves.map((leaf) => leafHash(leafEntry(leaf))));
    this.root = hexOf(this.tree.root);
  }

  /** `facts` of the submission's manifest. */
  get facts(): { manifestRoot: Hex; lotItems: number } {
    return { manifestRoot: this.root, lotItems: this.leaves.length };
  }

  /** Text of `sample`: the drawn items, who counted the lot, who inspected the draw. */
  sample(
    drawKey: Hex,
    statements: readonly SignedStatement<LaneCount>[],
    inspections: readonly SignedStatement<LaneInspection>[],
  ): string {
    const drawn = drawItems(drawKey, this.leaves.length).items;
    return canonicalize({ schema: 'milepost/lane-sample@1', statements, inspections, ...this.proven(drawn) });
  }

  /** Text of `gold`: opens the commitment of the criteria. */
  gold(salt: Hex, list: LaneGold['list']): string {
    return canonicalize({ schema: 'milepost/lane-gold@1', salt, list, ...this.proven(list.map(([index]) => index)) });
  }

  /** Text of `agreement`: every record with a second label. */
  agreement(): string {
    const doubled = this.leaves.filter(({ second }) => second >= 0).map(({ index }) => index);
    return canonicalize({ schema: 'milepost/lane-agreement@1', ...this.proven(doubled) });
  }

  private proven(indexes: readonly number[]): Record<string, unknown> {
    const sorted = [...indexes].sort((a, b) => a - b);
    const leaves = sorted.map((index) => {
      const leaf = this.leaves[index];
      if (leaf === undefined) throw new DocumentError('$', `there is no item ${String(index)}`);
      return leaf;
    });
    return leafColumns(leaves, this.tree.prove(sorted));
  }
}
