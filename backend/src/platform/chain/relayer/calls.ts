import { Signature } from 'ethers';
import type { ContractKind } from '../chain-log.js';
import type { ChainCodec } from '../codec.js';
import type { BallotKey, ChainAction, SignedAuth, SignedBallot } from '../relayer.js';

/** A call, ready to sign. */
export interface Call {
  readonly to: string;
  readonly data: string;
}

/** Where the singletons are. */
export type Addresses = Readonly<Record<ContractKind, string>>;

const ZERO = `0x${'00'.repeat(32)}`;
const NO_ACCOUNT = `0x${'00'.repeat(20)}`;

const auth = (given: SignedAuth): readonly unknown[] => [BigInt(given.nonce), given.deadline, given.signature];

const key = (given: BallotKey): readonly unknown[] => [
  given.escrow,
  given.milestone,
  given.round,
  given.question,
  given.payBps,
  given.digest,
];

/** A Yes of a plain key is 65 bytes to the gate: seat, r, and s with the parity of v in its top bit. */
const isCompact = (ballot: SignedBallot): boolean =>
  ballot.approve && ballot.account === NO_ACCOUNT && ballot.signature.length === 2 + 65 * 2;

const compact = (ballot: SignedBallot): string => {
  const signature = Signature.from(ballot.signature);
  return `${ballot.seat.toString(16).padStart(2, '0')}${signature.r.slice(2)}${signature.yParityAndS.slice(2)}`;
};

const long = (ballot: SignedBallot): readonly unknown[] => [
  ballot.seat,
  ballot.approve,
  ballot.approve ? ZERO : ballot.reason,
  // Passkey seats come with their ERC-7913 signer; the API takes address seats only.
  '0x',
  ballot.signature,
];

/**
 * The one place where an action becomes bytes. Only the methods named here can ever be sent, to the deployment's own
 * contracts or to an escrow; the caller has checked that the escrow is one of ours.
 */
export const buildCall = (codec: ChainCodec, at: Addresses, action: ChainAction): Call => {
  const escrow = (address: string, method: string, args: readonly unknown[]): Call => ({
    to: address,
    data: codec.call('MilestoneEscrow', method, args),
  });
  switch (action.kind) {
    case 'create':
      return {
        to: at.EscrowFactory,
        data: codec.call('EscrowFactory', 'create', [
          action.args,
          action.gatePolicy,
          action.arbitrationPolicy,
          auth(action.client),
          auth(action.contributor),
          0n,
          [],
        ]),
      };
    case 'fund': {
      const { funder, from, amount, validAfter, validBefore, salt, signature } = action.funding;
      return escrow(action.escrow, 'fundWithAuthorization', [
        funder,
        from,
        BigInt(amount),
        validAfter,
        validBefore,
        salt,
        signature,
      ]);
    }
    case 'unfund':
      return escrow(action.escrow, 'unfund', [BigInt(action.amount), auth(action.auth)]);
    case 'cancel':
      return escrow(action.escrow, 'cancel', [auth(action.auth)]);
    case 'openClaim':
      return escrow(action.escrow, 'openClaim', [BigInt(action.amount), action.evidenceHash, auth(action.auth)]);
    case 'answerClaim':
      return escrow(action.escrow, 'answerClaim', [action.accept, action.reasonHash, auth(action.auth)]);
    case 'submit':
      return escrow(action.escrow, 'submit', [action.milestone, action.digest, auth(action.auth)]);
    case 'dispute':
      return escrow(action.escrow, 'dispute', [action.milestone, action.reasonHash, auth(action.auth)]);
    case 'terminate':
      return escrow(action.escrow, 'terminate', [action.milestone, auth(action.auth)]);
    case 'settle':
      return escrow(action.escrow, 'settle', [
        [action.milestone, action.round, action.version, action.payBps, action.waiveLate],
        auth(action.client),
        auth(action.contributor),
      ]);
    case 'claim':
      return escrow(action.escrow, 'claim', [action.account, action.to, auth(action.auth)]);
    case 'lapse':
      return escrow(action.escrow, 'lapse', [action.milestone]);
    case 'refund':
    case 'sync':
    case 'endWarranty':
      return escrow(action.escrow, action.kind, []);
    case 'ballots': {
      const short = action.ballots.filter(isCompact);
      return {
        to: at.MilestoneGate,
        data: codec.call('MilestoneGate', 'castBatch', [
          key(action.key),
          `0x${short.map(compact).join('')}`,
          action.ballots.filter((ballot) => !isCompact(ballot)).map(long),
        ]),
      };
    }
    case 'finalize':
      return { to: at.MilestoneGate, data: codec.call('MilestoneGate', 'finalize', [key(action.key)]) };
    case 'push':
      return {
        to: at.CreOracle,
        data: codec.call('CreOracle', 'push', [
          action.escrow,
          action.milestone,
          action.round,
          action.digest,
          action.criteriaHash,
        ]),
      };
    case 'advance':
      return { to: at.CreOracle, data: codec.call('CreOracle', 'advance', [action.max]) };
    case 'anchor':
      return {
        to: at.AuditAnchor,
        data: codec.call('AuditAnchor', 'anchor', [
          BigInt(action.size),
          action.root,
          action.timestamp,
          action.signature,
          action.proof,
        ]),
      };
  }
};

/** Gas reserved against a project's sponsored budget until the receipt tells the real figure; about twice the usual use. */
export const reservedGas: Readonly<Record<ChainAction['kind'], number>> = {
  create: 1_500_000,
  fund: 300_000,
  unfund: 120_000,
  cancel: 120_000,
  openClaim: 150_000,
  answerClaim: 300_000,
  submit: 500_000,
  dispute: 400_000,
  terminate: 300_000,
  settle: 500_000,
  ballots: 800_000,
  finalize: 500_000,
  lapse: 500_000,
  refund: 300_000,
  sync: 300_000,
  endWarranty: 300_000,
  claim: 150_000,
  push: 700_000,
  advance: 300_000,
  anchor: 160_000,
};
