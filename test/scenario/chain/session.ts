/** Sends the transactions of one step and reads why one failed. */
import type { Contract, TransactionReceipt, Wallet } from 'ethers';
import type { LocalChain } from './anvil.js';
import { Reasons } from './reasons.js';

/** A transaction that the chain refused. */
export class Reverted extends Error {
  override readonly name = 'Reverted';
  constructor(
    readonly reason: string,
    readonly detail: string,
  ) {
    super(`${reason}: ${detail}`);
  }
}

/** Every call of the runner fits into it; a real block's limit is above. */
const GAS = 16_000_000n;
const TRIES = 1_000;

export class Session {
  private readonly reasons = new Reasons();

  constructor(readonly chain: LocalChain) {}

  /** Sends one call at the time that was set. Throws `Reverted` with the reason. */
  async send(from: Wallet, contract: Contract, name: string, ...args: unknown[]): Promise<TransactionReceipt> {
    const data = contract.interface.encodeFunctionData(name, args);
    const to = await contract.getAddress();
    const sent = await from.sendTransaction({ to, data, gasLimit: GAS, gasPrice: 0n });
    const receipt = await this.receipt(sent.hash);
    if (receipt.status === 1) return receipt;
    const trace = (await this.chain.rpc('debug_traceTransaction', sent.hash, { tracer: 'callTracer' })) as {
      output?: string;
    };
    const { reason, detail } = this.reasons.read(trace.output ?? '0x');
    throw new Reverted(reason, detail);
  }

  /** The chain answers before it has mined: asks until it has. */
  private async receipt(hash: string): Promise<TransactionReceipt> {
    for (let tries = 0; tries < TRIES; tries += 1) {
      const receipt = await this.chain.provider.getTransactionReceipt(hash);
      if (receipt !== null) return receipt;
    }
    throw new Error(`The local chain did not mine ${hash}.`);
  }

  /** Reads why a call fails, without sending it. Null if it does not. */
  async whyNot(from: string, contract: Contract, name: string, ...args: unknown[]): Promise<Reverted | null> {
    const data = contract.interface.encodeFunctionData(name, args);
    const call = { from, to: await contract.getAddress(), data, gas: `0x${GAS.toString(16)}` };
    try {
      await this.chain.rpc('eth_call', call, 'latest');
      return null;
    } catch (error) {
      const { reason, detail } = this.reasons.read(revertData(error));
      return new Reverted(reason, detail);
    }
  }
}

/** Revert data in an error of the provider. */
function revertData(error: unknown): string {
  const found = /"data":\s*"(0x[0-9a-fA-F]*)"/.exec(
    JSON.stringify(error, (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value)),
  );
  return found?.[1] ?? '0x';
}
