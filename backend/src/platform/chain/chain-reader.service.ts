import type { UnitOfWork } from '../database/index.js';
import type { BlockRef, ChainValue, ContractKind } from './chain-log.js';
import { ChainReader, type Freshness, type ReadAt } from './chain-reader.js';
import type { ChainCodec } from './codec.js';
import { asContractError } from './contract-error.js';
import type { IndexerStore } from './indexer/store.js';
import { InconsistentAnswer, type ChainClient } from './rpc/chain-client.js';
import type { ChainSettings } from './settings.js';

/** Reads over JSON-RPC. */
export class ChainReaderService extends ChainReader {
  constructor(
    private readonly settings: ChainSettings,
    private readonly client: ChainClient,
    private readonly codec: ChainCodec,
    private readonly uow: UnitOfWork,
    private readonly store: IndexerStore,
  ) {
    super();
  }

  override async head(): Promise<BlockRef> {
    const block = await this.client.block('latest');
    if (!block) throw new InconsistentAnswer('the node has no newest block');
    return { number: block.number, hash: block.hash, time: block.time };
  }

  override async read(
    contract: ContractKind,
    address: string,
    view: string,
    args: readonly unknown[],
    at: ReadAt = 'latest',
  ): Promise<readonly ChainValue[]> {
    try {
      return this.codec.answer(
        contract,
        view,
        await this.client.call(address, this.codec.call(contract, view, args), at),
      );
    } catch (error) {
      throw asContractError(this.codec, error);
    }
  }

  override addressOf(contract: ContractKind): string {
    return this.settings.contracts[contract];
  }

  override async freshness(): Promise<Freshness> {
    const cursor = await this.store.cursor(this.uow.manager);
    return { block: cursor?.block ?? 0, finalized: cursor?.finalized ?? 0 };
  }
}
