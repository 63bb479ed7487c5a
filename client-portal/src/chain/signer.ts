import { defineChain, type Chain } from 'viem';
import type { Address, Config, Hex, TypedData } from '../api/types';

/** Signs and sends for one account. */
export interface Wallet {
  kind: 'local' | 'injected';
  label: string;
  address: Address;
  signText(text: string): Promise<Hex>;
  signTyped(data: TypedData): Promise<Hex>;
  sendTransaction(tx: { to: Address; data: Hex }): Promise<Hex>;
}

/** The deployment's chain as the library takes it. */
export const chainOf = (config: Config): Chain =>
  defineChain({
    id: config.chainId,
    name: config.mode === 'local' ? 'Local test chain' : `Chain ${config.chainId}`,
    nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
    rpcUrls: { default: { http: [config.rpcUrl] } },
  });

/** `EIP712Domain` must not be among the types given to viem; wallets add it themselves. */
export const typesOf = (data: TypedData) =>
  Object.fromEntries(Object.entries(data.types).filter(([name]) => name !== 'EIP712Domain'));
