/** The arbitration ladder as the runner needs it: due steps, panel questions, ids. */
import type { Contract, TransactionReceipt } from 'ethers';
import type { ChainProject, Key } from './project.js';
import { Reverted, type Session } from './session.js';
import type { ChainWorld } from './world.js';

type Receipts = TransactionReceipt[];

export class Ladder {
  constructor(
    private readonly world: ChainWorld,
    private readonly session: Session,
  ) {}

  /** Every step of the ladder that is due now, the panel's questions included. */
  async duePokes(project: ChainProject, m: number): Promise<Receipts> {
    const { world, session } = this;
    const { anyone } = world;
    const receipts: Receipts = [];
    const tried = async (contract: Contract, name: string, ...args: unknown[]): Promise<boolean> => {
      try {
        receipts.push(await session.send(anyone, contract, name, ...args));
        return true;
      } catch (error) {
        if (error instanceof Reverted) return false;
        throw error;
      }
    };
    const { round, digest } = await project.milestone(m);
    const dispute = project.disputeId(m, round);
    for (let moved = true; moved;) {
      const asked = await this.questions(project.key(m, round, digest));
      moved =
        asked.open && (await tried(world.gate, 'finalize', project.key(m, round, digest, asked.count, asked.payBps)));
      moved = (await tried(world.arbitration, 'poke', dispute)) || moved;
    }
    return receipts;
  }

  /** Dispute of the milestone's newest round, or of the newest claim. */
  async disputeId(project: ChainProject, m: number): Promise<string> {
    return project.disputeId(m, (await project.milestone(m)).round);
  }

  /** Questions asked to the panel so far. */
  async questions(key: Key): Promise<{ readonly count: number; readonly open: boolean; readonly payBps: number }> {
    const [count, open, payBps] = (await this.world.gate
      .getFunction('questions')
      .staticCall(key.escrow, key.milestone, key.round)) as [bigint, boolean, bigint];
    return { count: Number(count), open, payBps: Number(payBps) };
  }
}
