import type { CompiledTerms } from './compile-terms.js';
import { type TermsDraft, totalOf } from './terms-draft.js';

/** EIP-712 data of the factory's `Terms`, as every wallet takes it: numbers above 2^53 are decimal strings. */
export interface TermsTypedData {
  readonly domain: { name: string; version: string; chainId: number; verifyingContract: string };
  readonly types: Record<string, { name: string; type: string }[]>;
  readonly primaryType: 'Terms';
  readonly message: Record<string, string | number>;
}

const field = (type: string, name: string): { name: string; type: string } => ({ name, type });

/** @param deadline last second (UTC) at which the signature counts */
export function termsTypedData(
  terms: TermsDraft,
  compiled: CompiledTerms,
  deployment: { readonly chainId: number; readonly contracts: { readonly EscrowFactory: string } },
  deadline: number,
): TermsTypedData {
  return {
    domain: {
      name: 'Milepost Factory',
      version: '1',
      chainId: deployment.chainId,
      verifyingContract: deployment.contracts.EscrowFactory,
    },
    types: {
      Terms: [
        field('address', 'client'),
        field('address', 'contributor'),
        field('address', 'token'),
        field('uint96', 'total'),
        field('uint16', 'feeBps'),
        field('bytes32', 'termsHash'),
        field('bytes32', 'policyHash'),
        field('bytes32', 'argsHash'),
        field('uint48', 'deadline'),
      ],
    },
    primaryType: 'Terms',
    message: {
      client: terms.client,
      contributor: terms.contributor,
      token: terms.token,
      total: totalOf(terms).toString(),
      feeBps: terms.feeBps,
      termsHash: compiled.termsHash,
      policyHash: compiled.policyHash,
      argsHash: compiled.argsHash,
      deadline,
    },
  };
}
