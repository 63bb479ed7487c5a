import type { ChainCodec, DecodedError } from './codec.js';
import type { IntentProblem } from './relayer.js';
import { RpcError } from './rpc/json-rpc.js';

/** A call that the contracts refuse, with the error's name and values. */
export class ContractError extends Error {
  readonly decoded: DecodedError | null;
  readonly problem: IntentProblem;

  constructor(decoded: DecodedError | null, fallback: string) {
    const problem = contractProblem(decoded, fallback);
    super(problem.detail);
    this.name = 'ContractError';
    this.decoded = decoded;
    this.problem = problem;
  }
}

/** Sentences for the errors that people meet. The others are shown by name and values. */
const sentences: Readonly<Record<string, string>> = {
  Escrow_NotParty: 'The signature is not that of the party who may do this. Sign with the account named in the terms.',
  Escrow_BadSignature: 'The signature does not fit the signer and this request. Sign again in the portal.',
  Escrow_SignatureExpired: 'The signature has expired. Sign again.',
  Escrow_WrongState: 'The milestone is not in a state that allows this. Reload to see where it stands.',
  Escrow_WrongRound: 'This is about an earlier round of the submission. Reload and use the newest round.',
  Escrow_WrongDigest: 'This is about another version of the deliverable than the one submitted. Reload and look again.',
  Escrow_SameDigest: 'The same deliverable was rejected before. Change it before submitting again.',
  Escrow_ZeroDigest: 'The deliverable has no digest.',
  Escrow_TooLate: 'The time for this is over.',
  Escrow_TooEarly: 'It is too early for this: a clock is still running.',
  Escrow_RoundsUsedUp: 'All agreed rounds are used up.',
  Escrow_NoSuchMilestone: 'There is no such milestone.',
  Escrow_NoSuchFunder: 'There is no such funder in the terms.',
  Escrow_Underfunded: 'The escrow does not hold enough money for this.',
  Escrow_NothingDue: 'There is nothing due.',
  Escrow_TokenRefused: 'The token refuses to pay this address. The amount stays credited; name another address.',
  Escrow_ClaimPending: 'A claim is open already.',
  Escrow_WrongVersion: 'The terms were changed meanwhile. Reload and sign again.',
  Factory_CreationStopped: 'New projects are stopped at the moment. Existing ones go on.',
  Factory_TokenNotAllowed: 'This token is not on the list of allowed tokens.',
  Factory_FeeChanged: 'The fee rate has changed since the terms were drafted. Draft and sign them again.',
  Factory_PolicyMismatch: 'The policies are not the ones in the signed terms.',
  Factory_BadSignature: 'A signature under the terms does not fit its party. Both parties sign again.',
  Factory_SignatureExpired: 'A signature under the terms has expired. That party signs again.',
  Gate_NotOpen:
    'There is no open ballot for this submission: it was decided, replaced by a newer round, or never opened.',
  Gate_NotDue: 'The ballot is still running.',
  Gate_DeadlinePassed: 'The time to vote is over.',
  Gate_NotSeat: 'This account has no seat in the ballot.',
  Gate_SeatExcluded: 'This seat is excluded from the ballot, because its holder is paid by the project.',
  Gate_BodyNotNamed: 'The body of this seat does not vote on this milestone.',
  Gate_AlreadyCast: 'This seat has voted in this round already. A vote cannot be changed.',
  Gate_ReasonRequired: 'A No needs a reason.',
  Gate_BadSignature: 'The signature does not fit the seat and this ballot. Sign again.',
  InvalidAccountNonce: 'This signature was used already, or a later one was. Reload and sign again.',
  ERC3009InvalidSignature: 'The payment’s signature does not fit its account. Sign again.',
  ERC3009InvalidAuthorizationTime: 'The payment’s authorization has expired, or does not count yet. Sign again.',
  ERC3009UsedAuthorization: 'This payment was made already.',
  TestToken_Blocked: 'The token refuses this account.',
  ERC20InsufficientBalance: 'The account does not hold enough tokens.',
  ERC20InsufficientAllowance: 'The token allowance is too small.',
};

const kebab = (name: string): string =>
  name
    .replaceAll('_', '-')
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1-$2')
    .toLowerCase();

/** The API's code and sentence for a revert: `Escrow_TooLate` becomes `escrow-too-late`. */
export const contractProblem = (decoded: DecodedError | null, fallback: string): IntentProblem => {
  if (!decoded)
    return {
      code: 'call-refused',
      detail: `The contract refuses this call without a known reason (${fallback}). Nothing was sent.`,
    };
  const values = [...decoded.args].map(([name, value]) => `${name} ${String(value)}`).join(', ');
  const sentence = sentences[decoded.name] ?? `The contract refuses this call: ${decoded.name}.`;
  return {
    code: decoded.name === 'Error' ? 'call-refused' : kebab(decoded.name),
    detail: values === '' ? sentence : `${sentence} (${values})`,
  };
};

/** Turns a node's refusal of a call into a {@link ContractError}; passes everything else on. */
export const asContractError = (codec: ChainCodec, error: unknown): unknown =>
  error instanceof RpcError && (error.data !== null || /revert/i.test(error.message))
    ? new ContractError(codec.error(error.data), error.message)
    : error;
