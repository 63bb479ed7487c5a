/** One table from the custom errors of the contracts to the short reasons of the scenario files. */
import { Interface, type ErrorDescription } from 'ethers';
import { artifact } from './artifacts.js';

/** Errors whose short name is not simply what follows their prefix. */
const OTHER_NAMES: { readonly [error: string]: string } = {
  Gate_NotEscrow: 'NotParty',
  Gate_QuestionOpen: 'BallotExists',
  Gate_QuestionsUsedUp: 'BallotExists',
  Gate_PanelClosed: 'WrongRung',
  Gate_BadBps: 'BpsTooHigh',
  Escrow_BpsOutOfRange: 'BpsTooHigh',
  Escrow_ConsentMissing: 'BadSignature',
  Escrow_SignatureExpired: 'BadSignature',
  Factory_BadSignature: 'BadSignature',
  Factory_SignatureExpired: 'BadSignature',
  Arbitration_NotHeld: 'WrongState',
  Arbitration_NoDispute: 'WrongState',
  Arbitration_AlreadyAppealed: 'AlreadyCast',
  Arbitration_AlreadyDeposited: 'AlreadyCast',
  Arbitration_NotAccount: 'NotParty',
  Gate_NotArbitration: 'NotParty',
  TestToken_Blocked: 'TokenRefused',
  ERC20InsufficientBalance: 'TokenRefused',
  ERC20InsufficientAllowance: 'TokenRefused',
};

const PREFIX = /^(Escrow|Factory|Terms|Gate|Arbitration|CreOracle|FeeInbox|Zone|Vault|Token)_/;

/** Short reason of a custom error. */
export function reasonOf(error: string): string {
  return OTHER_NAMES[error] ?? error.replace(PREFIX, '');
}

/** Decodes revert data by all errors that the contracts declare. */
export class Reasons {
  private readonly all: Interface;

  constructor() {
    const names = [
      'EscrowFactory',
      'MilestoneEscrow',
      'EscrowAgreements',
      'PolicyBook',
      'MilestoneGate',
      'Arbitration',
      'CreOracle',
      'FeeInbox',
      'TestToken',
      'KeystoneForwarder',
    ];
    const errors = new Map<string, string>();
    for (const name of names) {
      artifact(name).contract.forEachError((error) => errors.set(error.selector, error.format('full')));
    }
    this.all = new Interface([...errors.values()]);
  }

  /** Reason and the full error with its values. */
  read(data: string): { readonly reason: string; readonly detail: string } {
    const error = this.parse(data);
    if (error === null) {
      return { reason: data === '0x' ? 'no reason' : data, detail: 'an error that no contract declares' };
    }
    return { reason: reasonOf(error.name), detail: `${error.name}(${error.args.map(String).join(', ')})` };
  }

  private parse(data: string): ErrorDescription | null {
    try {
      return this.all.parseError(data);
    } catch {
      return null;
    }
  }
}
