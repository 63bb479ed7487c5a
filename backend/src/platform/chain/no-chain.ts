import { Problem } from '../http/index.js';
import type { BlockRef, ChainValue } from './chain-log.js';
import { ChainReader, type Freshness } from './chain-reader.js';
import { ChainStatus, type ChainState } from './chain-status.js';
import { Relayer, type Intent } from './relayer.js';

const refuse = (): never => {
  throw new Problem(
    503,
    'no-deployment',
    'This service has no deployment record, so it works with no chain; nothing was changed. Deploy the contracts and start again.',
  );
};

/** Stands in while there is no deployment record: everything that needs the chain says so. */
export class NoChainReader extends ChainReader {
  override head(): Promise<BlockRef> {
    return refuse();
  }
  override read(): Promise<readonly ChainValue[]> {
    return refuse();
  }
  override addressOf(): string {
    return refuse();
  }
  override freshness(): Promise<Freshness> {
    return Promise.resolve({ block: 0, finalized: 0 });
  }
}

export class NoRelayer extends Relayer {
  override simulate(): Promise<void> {
    return refuse();
  }
  override enqueue(): Promise<Intent> {
    return refuse();
  }
  override find(): Promise<Intent | null> {
    return Promise.resolve(null);
  }
}

export class NoChainStatus extends ChainStatus {
  override read(): Promise<ChainState | null> {
    return Promise.resolve(null);
  }
}
