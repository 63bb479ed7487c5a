/**
 * Where the nodes of one execution meet: for every question of the workflow each node offers its answer, and the first
 * answer that enough of them share holds for all.
 */

/** Enough nodes can no longer say the same. */
export class NoConsensus extends Error {
  override readonly name = 'NoConsensus';
}

interface Question {
  /** Nodes by what they said. */
  readonly groups: Map<string, number[]>;
  readonly answered: Set<number>;
  readonly settled: Promise<string>;
  readonly resolve: (key: string) => void;
  readonly reject: (error: NoConsensus) => void;
  open: boolean;
}

export class Agreement {
  private readonly questions = new Map<string, Question>();
  private readonly gone = new Set<number>();

  /**
   * @param nodes How many nodes take part.
   * @param needed How many must say the same: 2f + 1.
   */
  constructor(
    private readonly nodes: number,
    private readonly needed: number,
  ) {}

  /**
   * Node `node` answers `question` with `key`. Resolves with the agreed key, which may be another node's.
   * @throws NoConsensus
   */
  offer(node: number, question: string, key: string): Promise<string> {
    const found = this.questions.get(question) ?? this.open(question);
    if (!found.answered.has(node)) {
      found.answered.add(node);
      const group = found.groups.get(key) ?? [];
      group.push(node);
      found.groups.set(key, group);
      if (found.open && group.length >= this.needed) {
        found.open = false;
        found.resolve(key);
      } else this.giveUpIfHopeless(question, found);
    }
    return found.settled;
  }

  /** Nodes that offered the agreed key of a question, in node order. */
  supporters(question: string, key: string): number[] {
    return [...(this.questions.get(question)?.groups.get(key) ?? [])].sort((a, b) => a - b);
  }

  /** The node has ended and will not answer any more. */
  leave(node: number): void {
    this.gone.add(node);
    for (const [name, question] of this.questions) this.giveUpIfHopeless(name, question);
  }

  private open(name: string): Question {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    // A question that nobody waits for any more must not end the process.
    promise.catch(() => undefined);
    const question: Question = {
      groups: new Map(),
      answered: new Set(),
      settled: promise,
      resolve,
      reject,
      open: true,
    };
    this.questions.set(name, question);
    return question;
  }

  private giveUpIfHopeless(name: string, question: Question): void {
    if (!question.open) return;
    let silent = 0;
    for (let node = 0; node < this.nodes; node++) if (!question.answered.has(node) && !this.gone.has(node)) silent++;
    const largest = Math.max(0, ...[...question.groups.values()].map((group) => group.length));
    if (largest + silent >= this.needed) return;
    question.open = false;
    question.reject(
      new NoConsensus(
        `no consensus on ${name}: ${String(largest)} of ${String(this.needed)} needed nodes say the same`,
      ),
    );
  }
}
