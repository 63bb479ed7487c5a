/**
 * One source that is all its mutants: each is switched on by a number that the test's chain gives as `block.prevrandao`, so a
 * build serves thousands of mutants. 0 is the code as written.
 */
import type { Mutant } from './operators.ts';

/** A mutant with its number. */
export interface NumberedMutant extends Mutant {
  readonly id: number;
}

interface Place {
  readonly start: number;
  readonly end: number;
  readonly kind: Mutant['kind'];
  readonly mutants: NumberedMutant[];
  readonly inside: Place[];
}

/** Places by containment, each with the mutants of exactly this range. */
function nest(mutants: readonly NumberedMutant[]): Place[] {
  const sorted = [...mutants].sort((a, b) => a.start - b.start || b.end - a.end || (a.kind === 'statement' ? -1 : 1));
  const top: Place[] = [];
  const stack: Place[] = [];
  for (const mutant of sorted) {
    while (stack.length > 0 && (stack.at(-1)?.end ?? 0) <= mutant.start) stack.pop();
    const parent = stack.at(-1);
    if (parent?.start === mutant.start && parent.end === mutant.end && parent.kind === mutant.kind) {
      parent.mutants.push(mutant);
      continue;
    }
    const place: Place = { start: mutant.start, end: mutant.end, kind: mutant.kind, mutants: [mutant], inside: [] };
    (parent?.inside ?? top).push(place);
    stack.push(place);
  }
  return top;
}

/** The source with all `mutants` in it, switched off. */
export function schemaOf(source: Buffer, mutants: readonly NumberedMutant[]): string {
  const render = (start: number, end: number, places: readonly Place[]): string => {
    let out = '';
    let at = start;
    for (const place of places) {
      out += source.subarray(at, place.start).toString('utf8') + switched(place);
      at = place.end;
    }
    return out + source.subarray(at, end).toString('utf8');
  };
  const switched = (place: Place): string => {
    const written = render(place.start, place.end, place.inside);
    if (place.kind === 'expression') {
      const others = place.mutants.map(({ id, text }) => `block.prevrandao == ${id} ? (${text}) : `).join('');
      return `(${others}(${written}))`;
    }
    const others = place.mutants.map(({ id, text }) => `if (block.prevrandao == ${id}) { ${text} } else `).join('');
    return `{ ${others}{ ${written} } }`;
  };
  return render(0, source.length, nest(mutants));
}

/** The switch reads the block: what was pure becomes a view. */
export function readsTheBlock(text: string): string {
  return text.replace(/\bpure\b/g, 'view');
}
