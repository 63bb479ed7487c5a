/** What became of a ballot: from the gate while it keeps one, else from its last event. */
import { ballotId, decodeBallotWord, type BallotRecord } from '@milepost/protocol';
import type { EventLog } from 'ethers';
import type { FileBody } from '../format.js';
import type { SeenBallot } from '../player.js';
import type { Key } from './project.js';
import type { ChainWorld } from './world.js';

const GATE_STATES = ['None', 'Open', 'Held', 'Approved', 'Rejected', 'Escalated', 'Void'] as const;
const BODIES = ['clients', 'panel', 'reviewers'] as const;
const BODY_RESULTS = ['open', 'approved', 'rejected'] as const;
const WEIGHT_BITS = 16n;

interface BallotView {
  readonly status: bigint;
  readonly outcome: bigint;
  readonly bodies: readonly bigint[];
  readonly yes: readonly bigint[];
  readonly no: readonly bigint[];
  readonly eligible: readonly bigint[];
}

export class Ballots {
  constructor(private readonly world: ChainWorld) {}

  /** State of a ballot, void included. */
  async state(key: Key): Promise<string> {
    const view = await this.view(key);
    if (view.status === 0n) return (await this.decided(key))?.status ?? ((await this.opened(key)) ? 'Void' : 'None');
    if (GATE_STATES[Number(view.outcome)] === 'Void') return 'Void';
    return GATE_STATES[Number(view.status)] ?? 'None';
  }

  /** A body's tally and result; null if there was no ballot. */
  async tally(key: Key, body: FileBody): Promise<SeenBallot | null> {
    const at = BODIES.findIndex((name) => name === body);
    const name = BODIES[at];
    const view = await this.view(key);
    if (view.status !== 0n) {
      return {
        yes: Number(view.yes[at]),
        no: Number(view.no[at]),
        eligible: Number(view.eligible[at]),
        result: BODY_RESULTS[Number(view.bodies[at])] ?? 'open',
      };
    }
    const record = await this.decided(key);
    if (record === null || name === undefined) return null;
    const word = BigInt(
      (await this.world.gate.getFunction('policyWord').staticCall(key.escrow, record.policy)) as string,
    );
    // The last bytes of a policy word are the weights of clients, panel and reviewers, and 16 bits more.
    const eligible = Number((word >> (WEIGHT_BITS * BigInt(BODIES.length - at))) & ((1n << WEIGHT_BITS) - 1n));
    return { yes: record.yes[name], no: record.no[name], eligible, result: record.bodies[name] };
  }

  private async view(key: Key): Promise<BallotView> {
    return (await this.world.gate.getFunction('status').staticCall(key)) as BallotView;
  }

  private async opened(key: Key): Promise<boolean> {
    return (await this.events('BallotOpened', key)).length > 0;
  }

  private async decided(key: Key): Promise<BallotRecord | null> {
    const event = (await this.events('BallotDecided', key)).at(-1);
    return event === undefined ? null : decodeBallotWord(BigInt(String(event.args.getValue('word'))));
  }

  private async events(name: string, key: Key): Promise<EventLog[]> {
    const filter = this.world.gate.filters[name]?.(ballotId(key));
    if (filter === undefined) throw new Error(`The gate has no event ${name}.`);
    return (await this.world.gate.queryFilter(filter, 0)) as EventLog[];
  }
}
