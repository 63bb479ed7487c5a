/** A chain inside this process: the same calls as the one of the scenario runner, without HTTP. */
import { createRequire } from 'node:module';
import {
  JsonRpcApiProvider,
  Network,
  getBytes,
  type JsonRpcError,
  type JsonRpcPayload,
  type JsonRpcResult,
} from 'ethers';
import type * as Edr from '@nomicfoundation/edr';
import { CHAIN_ID, type LocalChain } from '../scenario/chain/anvil.js';

const edr = createRequire(import.meta.url)('@nomicfoundation/edr') as typeof Edr;

/** There may be one in a process. */
let context: Promise<Edr.EdrContext> | null = null;

const shared = (): Promise<Edr.EdrContext> =>
  (context ??= (async () => {
    const made = new edr.EdrContext();
    await made.registerProviderFactory(edr.L1_CHAIN_TYPE, edr.l1ProviderFactory());
    return made;
  })());

const GAS = 100_000_000n;
const COINBASE = getBytes('0x00000000000000000000000000000000c0ffee00');

/** An error that the chain answered; `data` is the revert data if there is any. */
export class RpcError extends Error {
  override readonly name = 'RpcError';
  constructor(
    message: string,
    readonly data: string,
  ) {
    super(message);
  }
}

interface Answer {
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown };
}

/** Revert data of an answer: of a call, or of a transaction. */
function dataOf(data: unknown): string {
  if (typeof data === 'string') return data;
  if (typeof data !== 'object' || data === null || !('data' in data)) return '0x';
  return typeof data.data === 'string' ? data.data : '0x';
}

/** ethers on top of the chain in this process. */
class InProcessProvider extends JsonRpcApiProvider {
  constructor(
    private readonly answer: (method: string, params: unknown) => Promise<Answer>,
    network: Network,
  ) {
    super(network, {
      staticNetwork: network,
      cacheTimeout: -1,
      batchMaxCount: 1,
      batchStallTime: 0,
      pollingInterval: 10,
    });
    this._start();
  }

  override async _send(payload: JsonRpcPayload | JsonRpcPayload[]): Promise<(JsonRpcResult | JsonRpcError)[]> {
    const payloads = Array.isArray(payload) ? payload : [payload];
    return Promise.all(
      payloads.map(async ({ id, method, params }) => {
        const { result, error } = await this.answer(method, params);
        if (error !== undefined) return { id, error: { ...error, data: dataOf(error.data) } };
        return { id, result };
      }),
    );
  }
}

export class Evm implements LocalChain {
  /** Nobody outside reaches it. */
  readonly url = '';
  readonly provider: JsonRpcApiProvider;

  private constructor(private readonly edr: Edr.Provider) {
    const network = Network.from(CHAIN_ID);
    this.provider = new InProcessProvider((method, params) => this.answer(method, params), network);
  }

  /** Starts a chain whose first block is at `genesis`. */
  static async start(genesis: number): Promise<Evm> {
    const cancun = edr.l1HardforkToString(edr.L1Hardfork.Cancun);
    const provider = await (
      await shared()
    ).createProvider(
      edr.L1_CHAIN_TYPE,
      {
        allowBlocksWithSameTimestamp: true,
        allowUnlimitedContractSize: false,
        bailOnCallFailure: true,
        bailOnTransactionFailure: true,
        chainId: BigInt(CHAIN_ID),
        coinbase: COINBASE,
        defaultTransactionGasLimit: GAS,
        genesisState: edr.l1GenesisState(edr.L1Hardfork.Cancun),
        hardfork: cancun,
        initialBaseFeePerGas: 0n,
        minGasPrice: 0n,
        mining: { autoMine: true, blockGasLimit: GAS, memPool: { order: edr.MineOrdering.Fifo } },
        network: { genesisBlockGasLimit: GAS, genesisBlockTime: BigInt(genesis) },
        networkId: BigInt(CHAIN_ID),
        observability: {},
        ownedAccounts: [],
        precompileOverrides: [edr.precompileP256Verify()],
        transactionGasCap: false,
      },
      { enable: false, decodeConsoleLogInputsCallback: () => [], printLineCallback: () => undefined },
      { subscriptionCallback: () => undefined },
      new edr.ContractDecoder(),
    );
    return new Evm(provider);
  }

  /** One request. @throws RpcError */
  async rpc(method: string, ...params: unknown[]): Promise<unknown> {
    const { result, error } = await this.answer(method, params);
    if (error !== undefined) throw new RpcError(error.message, dataOf(error.data));
    return result;
  }

  async setTime(second: number): Promise<void> {
    await this.rpc('evm_setNextBlockTimestamp', second);
  }

  async mine(): Promise<void> {
    await this.rpc('evm_mine');
  }

  async snapshot(): Promise<() => Promise<void>> {
    const id = await this.rpc('evm_snapshot');
    return async () => {
      if ((await this.rpc('evm_revert', id)) !== true) throw new Error('The chain lost a snapshot.');
    };
  }

  stop(): Promise<void> {
    this.provider.destroy();
    return Promise.resolve();
  }

  private async answer(method: string, params: unknown): Promise<Answer> {
    const { data } = await this.edr.handleRequest(JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }));
    return (typeof data === 'string' ? JSON.parse(data) : data) as Answer;
  }
}
