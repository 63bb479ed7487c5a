import {
  BALLOT_TYPES,
  gateDomain,
  reasonHash,
  ZERO_ADDRESS,
  ZERO_HASH,
  type BallotReason,
} from '@milepost/protocol/ballot';
import type { Json } from '@milepost/protocol/canonical';
import { ESCROW_INTENTS, escrowDomain, intentKey, type IntentPurpose } from '@milepost/protocol/escrow-intents';
import {
  argsHash,
  checkDocument,
  policyHash,
  termsHash,
  type TermsDocument as SignedDocument,
} from '@milepost/protocol/terms';
import { encodeAbiParameters, encodeFunctionData, keccak256, parseAbi, parseAbiParameters } from 'viem';
import type { Address, Approval, Hex, Project, TermsDocument, TypedData } from '../api/types';
import type { Prepared } from '../intents/review';
import { randomHex } from '../lib/random';
import { chainConfig } from './config';
import { publicClient } from './send';

/**
 * Builds what is signed or sent. Each builder reads the chain itself, so that a signature is made
 * for the state of now; the sheet shows the object that comes out of here and nothing else.
 */
type Signable = Pick<Prepared, 'typedData' | 'calls'>;

const TOKEN = parseAbi([
  'function balanceOf(address owner) view returns (uint256)',
  'function allowance(address owner, address spender) view returns (uint256)',
  'function approve(address spender, uint256 amount) returns (bool)',
]);
const ESCROW = parseAbi([
  'function fund(uint8 funder, uint96 amount)',
  'function nonces(address owner, uint192 key) view returns (uint256)',
]);
const GATE = parseAbi([
  'struct Key { address escrow; uint8 milestone; uint8 round; uint8 question; uint16 payBps; bytes32 digest; }',
  'function cast(Key key, uint8 seat, bool approve, bytes32 reason)',
]);

/** How long a party's intent may be posted; the state it is made for may end it sooner. */
const INTENT_SECONDS = 86_400;
/** How long a payment authorization may be used. */
const FUNDING_SECONDS = 3_600;

const escrowOf = (project: Project): Address => {
  if (!project.escrow) throw new Error('The escrow is not open yet. Nothing was sent.');
  return project.escrow;
};

async function chainTime(): Promise<number> {
  const block = await (await publicClient()).getBlock();
  // An idle test chain's newest block may be older than now; a deadline counts from the later one.
  return Math.max(Number(block.timestamp), Math.floor(Date.now() / 1000));
}

/**
 * Why these terms must not be signed, or null: every hash is recomputed from the document and the
 * bytes, and the typed data must name exactly them.
 */
export async function checkTerms(terms: TermsDocument, project: Project): Promise<string | null> {
  const config = await chainConfig();
  const same = (a: unknown, b: unknown) => String(a).toLowerCase() === String(b).toLowerCase();
  const { message, domain } = terms.typedData;
  const document = terms.document as SignedDocument;
  const differing = checkDocument(document, terms.args)[0];
  const findings: (readonly [boolean, string])[] = [
    [same(termsHash(document), terms.termsHash), 'The document does not have the fingerprint that it claims.'],
    [
      same(policyHash(terms.gatePolicy, terms.arbitrationPolicy), terms.policyHash),
      'The decision rules do not have the fingerprint that they claim.',
    ],
    [same(argsHash(terms.args), terms.argsHash), 'Amounts and dates do not have the fingerprint that they claim.'],
    [
      same(message['termsHash'], terms.termsHash) &&
        same(message['policyHash'], terms.policyHash) &&
        same(message['argsHash'], terms.argsHash),
      'What would be signed names other fingerprints than the document has.',
    ],
    [
      same(message['client'], project.client) && same(message['contributor'], project.contributor),
      'What would be signed names other parties.',
    ],
    [
      same(message['token'], project.token.address) &&
        same(message['total'], project.total) &&
        same(message['feeBps'], project.feeBps),
      'What would be signed names another amount, token or fee.',
    ],
    [
      same(domain.verifyingContract, config.contracts['EscrowFactory']) && same(domain.chainId, config.chainId),
      'What would be signed is meant for another contract or chain.',
    ],
  ];
  const finding = findings.find(([good]) => !good)?.[1];
  if (finding) return finding;
  return differing
    ? `The document and the amounts that go on chain differ (${differing.path}: ${differing.message}).`
    : null;
}

export interface FundingPrepared extends Signable {
  balance: bigint;
  funding: { funder: number; from: Address; amount: string; validAfter: number; validBefore: number; salt: Hex };
}

/** One authorization that only this escrow can use, or two transactions of one's own. */
export async function prepareFunding(
  project: Project,
  amount: bigint,
  from: Address,
  own: boolean,
): Promise<FundingPrepared> {
  const config = await chainConfig();
  const client = await publicClient();
  const escrow = escrowOf(project);
  const token = project.token.address;
  const balance = await client.readContract({ address: token, abi: TOKEN, functionName: 'balanceOf', args: [from] });
  const salt = randomHex(32);
  const funding = {
    funder: 0,
    from,
    amount: amount.toString(),
    validAfter: 0,
    validBefore: (await chainTime()) + FUNDING_SECONDS,
    salt,
  };
  if (own) {
    const allowance = await client.readContract({
      address: token,
      abi: TOKEN,
      functionName: 'allowance',
      args: [from, escrow],
    });
    const approve = {
      to: token,
      data: encodeFunctionData({ abi: TOKEN, functionName: 'approve', args: [escrow, amount] }),
      label: 'Allow the escrow to take the amount',
    };
    const fund = {
      to: escrow,
      data: encodeFunctionData({ abi: ESCROW, functionName: 'fund', args: [0, amount] }),
      label: 'Pay into the escrow',
    };
    return { typedData: null, calls: allowance >= amount ? [fund] : [approve, fund], balance, funding };
  }
  // The once-only number binds escrow and funder: whoever delivers it cannot book it elsewhere.
  const nonce = keccak256(encodeAbiParameters(parseAbiParameters('address, uint8, bytes32'), [escrow, 0, salt]));
  const typedData: TypedData = {
    domain: {
      name: config.token.name,
      version: config.token.version,
      chainId: config.chainId,
      verifyingContract: token,
    },
    types: {
      ReceiveWithAuthorization: [
        { name: 'from', type: 'address' },
        { name: 'to', type: 'address' },
        { name: 'value', type: 'uint256' },
        { name: 'validAfter', type: 'uint256' },
        { name: 'validBefore', type: 'uint256' },
        { name: 'nonce', type: 'bytes32' },
      ],
    },
    primaryType: 'ReceiveWithAuthorization',
    message: {
      from,
      to: escrow,
      value: amount.toString(),
      validAfter: '0',
      validBefore: String(funding.validBefore),
      nonce,
    },
  };
  return { typedData, balance, funding };
}

/** Body of the relayed payment. */
export function fundingPayload(prepared: Prepared, signature: Hex | null): Json {
  if (!('funding' in prepared) || !signature) throw new Error('The payment was not signed. Nothing was sent.');
  return { ...(prepared as unknown as FundingPrepared).funding, signature };
}

/** A party's intent: typed data of the project's own escrow with its next once-only number. */
async function partyIntent(
  project: Project,
  purpose: IntentPurpose,
  index: number,
  signer: Address,
  values: Record<string, string | number>,
): Promise<Signable> {
  const config = await chainConfig();
  const client = await publicClient();
  const escrow = escrowOf(project);
  const { primaryType, types } = ESCROW_INTENTS[purpose];
  const nonce = await client.readContract({
    address: escrow,
    abi: ESCROW,
    functionName: 'nonces',
    args: [signer, intentKey(purpose, index)],
  });
  return {
    typedData: {
      domain: { ...escrowDomain(config.chainId, escrow), verifyingContract: escrow },
      types: Object.fromEntries(Object.entries(types).map(([name, fields]) => [name, [...fields]])),
      primaryType,
      message: { ...values, nonce: nonce.toString(), deadline: (await chainTime()) + INTENT_SECONDS },
    },
  };
}

/** Delivery of `digest` as the next round of milestone `m`. */
export const prepareSubmit = (project: Project, m: number, digest: Hex): Promise<Signable> =>
  partyIntent(project, 'submit', m, project.contributor, {
    milestone: m,
    round: (project.milestones[m]?.round ?? 0) + 1,
    digest,
  });

/** Contest of the newest rejection. */
export const prepareDispute = (project: Project, m: number, reason: Hex): Promise<Signable> =>
  partyIntent(project, 'dispute', m, project.contributor, {
    milestone: m,
    round: project.milestones[m]?.round ?? 0,
    reasonHash: reason,
  });

/** Payment of a credited amount to an address of one's choice. */
export const prepareClaim = (project: Project, account: Address, to: Address): Promise<Signable> =>
  partyIntent(project, 'claim', 0, account, { account, to });

/** Nonce, deadline and signature of a signed intent. */
export function authOf(prepared: Prepared, signature: Hex | null): { nonce: string; deadline: number; signature: Hex } {
  const message = prepared.typedData?.message;
  if (!message || !signature) throw new Error('Nothing was signed, so nothing was sent.');
  return { nonce: String(message['nonce']), deadline: Number(message['deadline']), signature };
}

interface VoteReason {
  code: string;
  failedCriteria: string[];
  whatWouldPass: string;
}

const toReason = (reason: VoteReason): BallotReason => ({
  code: reason.code as BallotReason['code'],
  failedCriteria: reason.failedCriteria,
  evidenceHash: null,
  whatWouldPass: reason.whatWouldPass,
});

/** A vote on exactly the submission that the page shows; refused when another one is current by now. */
export async function prepareBallot(
  project: Project,
  m: number,
  approval: Approval,
  seat: { index: number; account: Address },
  reason: VoteReason | null,
  own: boolean,
): Promise<Signable> {
  const config = await chainConfig();
  const gate = config.contracts['MilestoneGate'];
  if (!gate) throw new Error('This deployment names no gate. Nothing was signed.');
  const key = {
    escrow: escrowOf(project),
    milestone: m,
    round: approval.round,
    question: approval.question,
    payBps: 10_000,
    digest: approval.digest,
  };
  const hash = reason ? reasonHash(toReason(reason)) : ZERO_HASH;
  if (own)
    return {
      typedData: null,
      calls: [
        {
          to: gate,
          data: encodeFunctionData({ abi: GATE, functionName: 'cast', args: [key, seat.index, reason === null, hash] }),
          label: reason ? 'Cast the objection' : 'Cast the approval',
        },
      ],
    };
  return {
    typedData: {
      domain: gateDomain(config.chainId, gate),
      types: { Ballot: [...BALLOT_TYPES.Ballot] },
      primaryType: 'Ballot',
      message: { ...key, approve: reason === null, reason: hash, account: ZERO_ADDRESS },
    },
  };
}

/** Body of `POST /ballots`. */
export function ballotPayload(
  prepared: Prepared,
  project: Project,
  m: number,
  approval: Approval,
  seat: { index: number; account: Address },
  reason: VoteReason | null,
  signature: Hex | null,
): Json {
  if (!prepared.typedData || !signature) throw new Error('The vote was not signed. Nothing was sent.');
  return {
    project: project.id,
    milestone: m,
    round: approval.round,
    question: approval.question,
    payBps: 10_000,
    digest: approval.digest,
    approve: reason === null,
    ...(reason
      ? {
          reason: {
            code: reason.code,
            failedCriteria: reason.failedCriteria,
            evidenceHash: null,
            whatWouldPass: reason.whatWouldPass,
          },
        }
      : {}),
    account: seat.account,
    seat: seat.index,
    signature,
  };
}
