/**
 * Chains that a deployment may name: Chainlink's selector, and the forwarder that its production network delivers through, as
 * its forwarder directory listed them in August 2026. Read the directory again on the day; one address can be a mock on one
 * chain and real on another, so the key is the chain id, never the address.
 */
export interface KnownChain {
  readonly name: string;
  readonly selector: string;
  /** Null: no production network delivers here. */
  readonly forwarder: string | null;
}

export const CHAINS: Readonly<Record<number, KnownChain>> = {
  1: {
    name: 'Ethereum',
    selector: '5009297550715157269',
    forwarder: '0x0b93082D9b3C7C97fAcd250082899BAcf3af3885',
  },
  10: {
    name: 'OP Mainnet',
    selector: '3734403246176062136',
    forwarder: '0xF8344CFd5c43616a4366C34E3EEE75af79a74482',
  },
  8453: {
    name: 'Base',
    selector: '15971525489660198786',
    forwarder: '0xF8344CFd5c43616a4366C34E3EEE75af79a74482',
  },
  42161: {
    name: 'Arbitrum One',
    selector: '4949039107694359620',
    forwarder: '0xF8344CFd5c43616a4366C34E3EEE75af79a74482',
  },
  11155111: {
    name: 'Sepolia',
    selector: '16015286601757825753',
    forwarder: '0xF8344CFd5c43616a4366C34E3EEE75af79a74482',
  },
  31337: { name: 'a local development chain', selector: '7759470850252068959', forwarder: null },
};
