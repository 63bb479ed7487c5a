import { Contract, JsonRpcProvider } from 'ethers';

/** Reads token balances straight from the chain, past backend and portal. */
export class Ledger {
  readonly #token: Contract;
  constructor(rpcUrl: string, token: string) {
    this.#token = new Contract(
      token,
      ['function balanceOf(address) view returns (uint256)'],
      new JsonRpcProvider(rpcUrl),
    );
  }

  async balance(account: string): Promise<bigint> {
    return (await this.#token.getFunction('balanceOf').staticCall(account)) as bigint;
  }

  async balances<K extends string>(accounts: Record<K, string>): Promise<Record<K, bigint>> {
    const entries = await Promise.all(
      Object.entries<string>(accounts).map(async ([name, account]) => [name, await this.balance(account)] as const),
    );
    return Object.fromEntries(entries) as Record<K, bigint>;
  }
}

/** What payees and fee inbox get of `payable`: step 4 of the money rule, the second payee has `secondBps`. */
export function split(
  payable: bigint,
  feeBps: bigint,
  secondBps: bigint,
): { fee: bigint; first: bigint; second: bigint } {
  const fee = (payable * feeBps) / 10_000n;
  const net = payable - fee;
  const second = (net * secondBps) / 10_000n;
  return { fee, first: net - second, second };
}
