import { createWalletClient, http } from 'viem';
import { mnemonicToAccount } from 'viem/accounts';
import type { Config } from '../api/types';
import { chainOf, typesOf, type Wallet } from './signer';

/** The publicly known development phrase: its accounts are worth nothing outside a local test chain. */
const DEVELOPMENT_PHRASE = 'test test test test test test test test test test test junk';

/** One of the ready-made accounts of a local test chain. */
export function localWallet(config: Config, index: number): Wallet {
  const account = mnemonicToAccount(DEVELOPMENT_PHRASE, { addressIndex: index });
  const chain = chainOf(config);
  const client = createWalletClient({ account, chain, transport: http(config.rpcUrl) });
  return {
    kind: 'local',
    label: config.localAccounts?.find((item) => item.index === index)?.name ?? `Account ${index}`,
    address: account.address,
    signText: (message) => account.signMessage({ message }),
    signTyped: (data) =>
      account.signTypedData({
        domain: data.domain,
        types: typesOf(data),
        primaryType: data.primaryType,
        message: data.message,
      }),
    sendTransaction: (tx) => client.sendTransaction({ ...tx, account, chain }),
  };
}
