import { createWalletClient, custom, type EIP1193Provider } from 'viem';
import type { Address, Config } from '../api/types';
import { chainConfig } from './config';
import { chainOf, typesOf, type Wallet } from './signer';

export type { Wallet };

/**
 * Who signs: a browser wallet (EIP-6963) or, on a local test chain only, one of the ready-made
 * accounts. The portal holds no key of anyone's.
 */
const KEY = 'milepost.wallet';

type Choice = { kind: 'local'; index: number; address: Address } | { kind: 'injected'; rdns: string; address: Address };

/** The signer said no. Nothing was sent. */
export class Declined extends Error {
  constructor() {
    super('You declined. Nothing was sent.');
    this.name = 'Declined';
  }
}

/** The wallet is on another chain than this deployment. */
export class WrongNetwork extends Error {
  constructor(readonly wanted: number) {
    super(`Your wallet is on another network. Switch it to chain ${wanted}, then try again. Nothing was sent.`);
    this.name = 'WrongNetwork';
  }
}

/** No wallet is connected for the account that is signed in. */
export class NoWallet extends Error {
  constructor(detail = 'No wallet is connected for this account. Sign in again to connect it. Nothing was sent.') {
    super(detail);
    this.name = 'NoWallet';
  }
}

const code = (error: unknown): number | undefined => {
  for (let current: unknown = error; typeof current === 'object' && current !== null;) {
    if ('code' in current && typeof current.code === 'number') return current.code;
    current = 'cause' in current ? current.cause : null;
  }
  return undefined;
};

const asked = async <T>(work: Promise<T>): Promise<T> => {
  try {
    return await work;
  } catch (error) {
    if (code(error) === 4001) throw new Declined();
    throw error;
  }
};

export interface WalletOffer {
  rdns: string;
  name: string;
  icon: string;
  provider: EIP1193Provider;
}

/** Browser wallets that announce themselves (EIP-6963) within a moment. */
export function discoverWallets(waitMs = 250): Promise<WalletOffer[]> {
  return new Promise((resolve) => {
    const found = new Map<string, WalletOffer>();
    const onAnnounce = (event: Event) => {
      const detail = (
        event as CustomEvent<{ info: { rdns: string; name: string; icon: string }; provider: EIP1193Provider }>
      ).detail;
      if (detail?.info?.rdns)
        found.set(detail.info.rdns, {
          rdns: detail.info.rdns,
          name: detail.info.name,
          icon: detail.info.icon,
          provider: detail.provider,
        });
    };
    addEventListener('eip6963:announceProvider', onAnnounce);
    dispatchEvent(new Event('eip6963:requestProvider'));
    setTimeout(() => {
      removeEventListener('eip6963:announceProvider', onAnnounce);
      resolve([...found.values()]);
    }, waitMs);
  });
}

function injectedWallet(config: Config, offer: WalletOffer, address: Address): Wallet {
  const client = createWalletClient({ account: address, chain: chainOf(config), transport: custom(offer.provider) });
  const ensureChain = async () => {
    if ((await client.getChainId()) === config.chainId) return;
    try {
      await client.switchChain({ id: config.chainId });
    } catch (error) {
      if (code(error) === 4902) await client.addChain({ chain: chainOf(config) });
      else if (code(error) === 4001) throw new WrongNetwork(config.chainId);
      else throw error;
    }
    if ((await client.getChainId()) !== config.chainId) throw new WrongNetwork(config.chainId);
  };
  return {
    kind: 'injected',
    label: offer.name,
    address,
    signText: (message) => asked(client.signMessage({ message, account: address })),
    signTyped: async (data) => {
      await ensureChain();
      return asked(
        client.signTypedData({
          account: address,
          domain: data.domain,
          types: typesOf(data),
          primaryType: data.primaryType,
          message: data.message,
        }),
      );
    },
    sendTransaction: async (tx) => {
      await ensureChain();
      return asked(client.sendTransaction({ ...tx, account: address, chain: chainOf(config) }));
    },
  };
}

const remember = (choice: Choice | null): void => {
  if (choice) localStorage.setItem(KEY, JSON.stringify(choice));
  else localStorage.removeItem(KEY);
};

function remembered(): Choice | null {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? 'null') as Choice | null;
  } catch {
    return null;
  }
}

export const forgetWallet = (): void => remember(null);

/** Takes one of the ready-made accounts; local deployments only. */
export async function takeLocalAccount(index: number): Promise<Wallet> {
  const config = await chainConfig();
  if (config.mode !== 'local') throw new NoWallet('Ready-made accounts exist on a local test chain only.');
  const { localWallet } = await import('./local-wallet');
  const wallet = localWallet(config, index);
  remember({ kind: 'local', index, address: wallet.address });
  return wallet;
}

/** Asks a browser wallet for its account. */
export async function connectInjected(offer: WalletOffer): Promise<Wallet> {
  const config = await chainConfig();
  const accounts = await asked(offer.provider.request({ method: 'eth_requestAccounts' }));
  const address = accounts[0];
  if (!address) throw new NoWallet('The wallet gave no account. Unlock it and try again.');
  const { getAddress } = await import('viem');
  const wallet = injectedWallet(config, offer, getAddress(address));
  remember({ kind: 'injected', rdns: offer.rdns, address: wallet.address });
  return wallet;
}

/** The signer of the account that is signed in; never another account than that. */
export async function walletFor(address: Address): Promise<Wallet> {
  const config = await chainConfig();
  const choice = remembered();
  if (choice && choice.address.toLowerCase() === address.toLowerCase()) {
    if (choice.kind === 'local' && config.mode === 'local')
      return (await import('./local-wallet')).localWallet(config, choice.index);
    if (choice.kind === 'injected') {
      const offer = (await discoverWallets()).find((item) => item.rdns === choice.rdns);
      if (!offer)
        throw new NoWallet(
          'Your wallet extension does not answer. Open or enable it, then try again. Nothing was sent.',
        );
      return injectedWallet(config, offer, choice.address);
    }
  }
  const local = config.localAccounts?.find((item) => item.address.toLowerCase() === address.toLowerCase());
  if (local && config.mode === 'local') return (await import('./local-wallet')).localWallet(config, local.index);
  throw new NoWallet();
}
