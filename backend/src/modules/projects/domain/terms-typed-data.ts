import { factoryDomain, TERMS_TYPES, termsMessage } from '@milepost/protocol/terms';

/** EIP-712 data of the factory's `Terms`, as every wallet takes it: numbers above 2^53 are decimal strings. */
export interface TermsTypedData {
  readonly domain: { name: string; version: string; chainId: number; verifyingContract: string };
  readonly types: Record<string, { name: string; type: string }[]>;
  readonly primaryType: 'Terms';
  readonly message: Record<string, string | number>;
}

/**
 * What a party signs for `args`.
 * @param deadline last second (UTC) at which the signature counts
 */
export function termsTypedData(args: string, chainId: number, factory: string, deadline: number): TermsTypedData {
  return {
    domain: factoryDomain(chainId, factory),
    types: { Terms: TERMS_TYPES.Terms.map((field) => ({ ...field })) },
    primaryType: 'Terms',
    message: termsMessage(args, deadline),
  };
}
