/** Counts what named signers say about the same question. */
import type { Hex } from '../canonical.js';
import { broken, notReady, wordsOf, type NoVerdict } from './judgement.js';

/** One signer's answer; answers with the same `key` say the same. */
export interface Answer<T> {
  readonly signer: Hex;
  readonly key: string;
  readonly value: T;
}

/**
 * The first `need` of the named signers, in the order of the criteria, who say the same: one more answer that arrives late
 * changes no byte of a verdict. Answers that cannot be read or are by strangers are set aside and named in the reasons; a
 * signer counts once, however often it answers.
 */
export function countSigners<T>(
  sources: readonly (() => Answer<T>)[],
  named: readonly Hex[],
  need: number,
  who: string,
): { readonly counted: readonly Answer<T>[] } | NoVerdict {
  const bySigner = new Map<Hex, Answer<T>>();
  const reasons: string[] = [];
  for (const source of sources) {
    try {
      const answer = source();
      if (named.includes(answer.signer)) bySigner.set(answer.signer, answer);
      else reasons.push(`${who} ${answer.signer} is not named by the criteria`);
    } catch (error) {
      reasons.push(error instanceof SyntaxError ? 'a result is not JSON' : wordsOf(error));
    }
  }
  const groups = new Map<string, Answer<T>[]>();
  for (const answer of bySigner.values()) groups.set(answer.key, [...(groups.get(answer.key) ?? []), answer]);
  const agreed = [...groups.values()].reduce<Answer<T>[]>((best, one) => (one.length > best.length ? one : best), []);
  if (agreed.length < need) {
    const words = [...reasons, `${String(agreed.length)} of ${String(need)} needed ${who}s agree`];
    return bySigner.size === named.length && need > 1 ? broken(...words) : notReady(...words);
  }
  const inOrder = named.flatMap((signer) => agreed.filter((answer) => answer.signer === signer));
  return { counted: inOrder.slice(0, need) };
}
