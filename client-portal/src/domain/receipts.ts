import type { Address } from '../api/types';

/** The voter's own copy of each ballot and the server's signed promise to post it. */
export interface BallotReceipt {
  project: string;
  milestone: number;
  round: number;
  account: Address;
  ballot: unknown;
  receipt: unknown;
}

const KEY = 'milepost.receipts';

export function receipts(): BallotReceipt[] {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(KEY) ?? '[]');
    return Array.isArray(value) ? (value as BallotReceipt[]) : [];
  } catch {
    return [];
  }
}

export function saveReceipt(receipt: BallotReceipt): void {
  const same = (other: BallotReceipt) =>
    other.project === receipt.project &&
    other.milestone === receipt.milestone &&
    other.round === receipt.round &&
    other.account.toLowerCase() === receipt.account.toLowerCase();
  localStorage.setItem(KEY, JSON.stringify([receipt, ...receipts().filter((other) => !same(other))].slice(0, 200)));
}

export const findReceipt = (
  project: string,
  milestone: number,
  round: number,
  account: string,
): BallotReceipt | undefined =>
  receipts().find(
    (item) =>
      item.project === project &&
      item.milestone === milestone &&
      item.round === round &&
      item.account.toLowerCase() === account.toLowerCase(),
  );
