/**
 * Profile `lane-v1`: how a lot of labelled records is accepted. Sampling plan of ISO 2859-1 (single, normal, level II, letter
 * L, AQL 1.0), macro-F1 on hidden gold items, Cohen's kappa on double labels. Integers only, every division floored.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import type { Hex } from '../canonical.js';
import { bytesOf, concat, hexOf, toUint, uintWord } from '../evm-words.js';

export const LANE_V1 = {
  /** Items drawn from the lot. */
  sample: 200,
  /** Defects that still pass; one more fails. */
  acceptDefects: 5,
  /** Hidden reference items. */
  goldItems: 250,
  macroF1Bps: 9_500,
  kappaBps: 8_000,
} as const;

/** Doubly labelled items of a lot: fewer in large lots, so that their proof fits one answer. */
export function doubledItems(lot: number): number {
  return lot > 5_000 ? 400 : 500;
}

/** `sha256(root ‖ randomness)`. The root is fixed at submission; the randomness is a later block's hash. */
export function drawKey(root: Hex, randomness: Hex): Hex {
  return hexOf(sha256(concat(bytesOf(root), bytesOf(randomness))));
}

/**
 * The drawn items: `x_i = uint256(sha256(drawKey ‖ uint256(i))) mod lot`, repeats skipped, in the order of the draw.
 * `hashes` counts the draws that were made.
 */
export function drawItems(key: Hex, lot: number, count: number = LANE_V1.sample): { items: number[]; hashes: number } {
  if (count > lot) throw new RangeError(`${String(count)} items cannot be drawn from ${String(lot)}`);
  const keyBytes = bytesOf(key);
  const seen = new Set<number>();
  let hashes = 0;
  while (seen.size < count) {
    seen.add(Number(toUint(sha256(concat(keyBytes, uintWord(hashes)))) % BigInt(lot)));
    hashes++;
  }
  return { items: [...seen], hashes };
}

/**
 * Mean over the classes of `2·TP / (row + column)`, in bps, floored. Rows are gold, columns predicted; a class absent on both
 * sides is left out. 0 for an empty matrix.
 */
export function macroF1Bps(matrix: readonly (readonly number[])[]): number {
  let numerator = 0n;
  let denominator = 1n;
  let classes = 0n;
  for (const [i, { row, column }] of marginsOf(matrix).entries()) {
    const sum = BigInt(row + column);
    if (sum === 0n) continue;
    numerator = numerator * sum + 2n * BigInt(matrix[i]?.[i] ?? 0) * denominator;
    denominator *= sum;
    classes++;
  }
  return classes === 0n ? 0 : Number((10_000n * numerator) / (denominator * classes));
}

/**
 * Cohen's kappa in bps: `floor(10000·(n·Σd − Σrc) / (n² − Σrc))`, negative values as 0. Undefined when chance alone explains
 * everything (denominator 0): then agreement says nothing.
 */
export function kappaBps(matrix: readonly (readonly number[])[]): number | undefined {
  let n = 0n;
  let diagonal = 0n;
  let chance = 0n;
  for (const [i, { row, column }] of marginsOf(matrix).entries()) {
    n += BigInt(row);
    diagonal += BigInt(matrix[i]?.[i] ?? 0);
    chance += BigInt(row) * BigInt(column);
  }
  const denominator = n * n - chance;
  if (denominator === 0n) return undefined;
  const numerator = n * diagonal - chance;
  return numerator <= 0n ? 0 : Number((10_000n * numerator) / denominator);
}

/** `floor(payable·10000 / lot)` */
export function payableBps(payable: number, lot: number): number {
  return Math.floor((payable * 10_000) / lot);
}

function marginsOf(matrix: readonly (readonly number[])[]): { row: number; column: number }[] {
  return matrix.map((cells, i) => ({
    row: cells.reduce((sum, value) => sum + value, 0),
    column: matrix.reduce((sum, line) => sum + (line[i] ?? 0), 0),
  }));
}
