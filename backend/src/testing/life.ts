import { randomBytes } from 'node:crypto';
import {
  BALLOT_TYPES,
  gateDomain,
  reasonHash,
  ZERO_ADDRESS,
  ZERO_HASH,
  type BallotReason,
} from '@milepost/protocol/ballot';
import { ESCROW_INTENTS, escrowDomain, intentKey, intentNonce } from '@milepost/protocol/escrow-intents';
import { AbiCoder, keccak256 } from 'ethers';
import type { TermsDraft } from '../modules/projects/domain/terms-draft.js';
import { sampleDraft } from './draft.js';
import { type Answer, freshKey, type TestApp } from './test-app.js';

/** What {@link ProjectLife} needs of an application. */
export type LifeApp = Pick<TestApp, 'wallet' | 'deployment' | 'call'>;

/** A ballot to sign; everything has a usual value. */
export interface VoteOptions {
  readonly milestone: number;
  readonly digest: string;
  readonly round?: number;
  readonly reason?: BallotReason;
  /** Sign for another chain. */
  readonly chainId?: number;
  /** Give another seat than one's own. */
  readonly seat?: number;
  /** Sign with another account than the seat's. */
  readonly signer?: number;
}

/** Far enough for tests that let months pass on the chain. */
const farAway = (): number => Math.floor(Date.now() / 1000) + 3_650 * 86_400;

/** Drives one project over HTTP as people would. Account numbers are those of the development mnemonic. */
export class ProjectLife {
  private constructor(
    readonly app: LifeApp,
    readonly cookies: Readonly<Record<number, string>>,
    readonly project: string,
    readonly escrow: string,
  ) {}

  /** Drafts, signs by both parties, and opens the escrow. */
  static async open(
    app: LifeApp,
    cookies: Readonly<Record<number, string>>,
    change: Partial<TermsDraft> = {},
  ): Promise<ProjectLife> {
    const made = await app.call('POST', '/projects', {
      cookie: cookies[1],
      json: sampleDraft(app, { feeBps: 100, ...change }),
      headers: freshKey(),
    });
    if (made.status !== 201) throw new Error(`the draft was refused: ${JSON.stringify(made.body)}`);
    const id: string = made.body.id;
    let escrow = '';
    for (const [index, role] of [
      [1, 'client'],
      [2, 'contributor'],
    ] as const) {
      const terms = await app.call('GET', `/projects/${id}/terms`, { cookie: cookies[index] });
      const { typedData } = terms.body;
      escrow = terms.body.escrow;
      const signature = await app.wallet(index).signTypedData(typedData.domain, typedData.types, typedData.message);
      const json = { role, deadline: typedData.message.deadline, nonce: '0', signature };
      const signed = await app.call('POST', `/projects/${id}/signatures`, {
        cookie: cookies[index],
        json,
        headers: freshKey(),
      });
      if (signed.status >= 300) throw new Error(`the ${role} could not sign: ${JSON.stringify(signed.body)}`);
    }
    const life = new ProjectLife(app, cookies, id, escrow);
    await life.included(
      await app.call('POST', `/projects/${id}/creation`, { cookie: cookies[2], json: {}, headers: freshKey() }),
    );
    return life;
  }

  /** Waits until `look` gives something else than null. */
  async until<T>(what: string, look: () => Promise<T | null>): Promise<T> {
    for (let i = 0; i < 1_000; i++) {
      const found = await look();
      if (found !== null) return found;
      await new Promise((done) => setTimeout(done, 50));
    }
    throw new Error(`never happened: ${what}`);
  }

  /** Follows an intent until it is in a block that the projections have. */
  async included(answer: Answer): Promise<string> {
    if (answer.status !== 202) throw new Error(`refused: ${JSON.stringify(answer.body)}`);
    return this.until('inclusion', async () => {
      const { body } = await this.get(1, `/intents/${answer.body.id}`);
      if (['refused', 'failed', 'expired'].includes(body.state)) throw new Error(JSON.stringify(body));
      return body.state === 'included' || body.state === 'final' ? String(body.id) : null;
    });
  }

  get(person: number, path: string): Promise<Answer> {
    return this.app.call('GET', path, { cookie: this.cookies[person] });
  }

  async milestone(m: number): Promise<Answer['body']> {
    return (await this.get(1, `/projects/${this.project}`)).body.milestones[m];
  }

  async approval(m: number): Promise<Answer['body']> {
    return (await this.get(1, `/projects/${this.project}/milestones/${m}/approval`)).body;
  }

  intent(person: number, json: Record<string, unknown>, headers = freshKey()): Promise<Answer> {
    return this.app.call('POST', '/intents', {
      cookie: this.cookies[person],
      json: { project: this.project, ...json },
      headers,
    });
  }

  /** The client's EIP-3009 authorization into the escrow. */
  async fund(amount: bigint, change: { validBefore?: number; signer?: number } = {}): Promise<Answer> {
    const { token, chainId } = this.app.deployment;
    const salt = `0x${randomBytes(32).toString('hex')}`;
    const nonce = keccak256(
      AbiCoder.defaultAbiCoder().encode(['address', 'uint256', 'bytes32'], [this.escrow, 0, salt]),
    );
    const from = this.app.wallet(1).address;
    const validBefore = change.validBefore ?? farAway();
    const field = (type: string, name: string) => ({ type, name });
    const signature = await this.app.wallet(change.signer ?? 1).signTypedData(
      { name: token.name, version: token.version, chainId, verifyingContract: token.address },
      {
        ReceiveWithAuthorization: [
          field('address', 'from'),
          field('address', 'to'),
          field('uint256', 'value'),
          field('uint256', 'validAfter'),
          field('uint256', 'validBefore'),
          field('bytes32', 'nonce'),
        ],
      },
      { from, to: this.escrow, value: amount, validAfter: 0, validBefore, nonce },
    );
    const payload = { funder: 0, from, amount: String(amount), validAfter: 0, validBefore, salt, signature };
    return this.intent(1, { kind: 'fund', payload });
  }

  /** Uploads a file and makes a manifest of it. Returns its digest. */
  async prepare(m: number, content: string): Promise<string> {
    const path = `/projects/${this.project}/milestones/${m}`;
    const file = await this.app.call('POST', `${path}/uploads`, {
      cookie: this.cookies[2],
      raw: Buffer.from(content),
      headers: { 'content-type': 'application/octet-stream', 'x-file-name': 'work.txt' },
    });
    const files = [{ sha256: file.body.sha256, name: 'work.txt' }];
    const made = await this.app.call('POST', `${path}/manifests`, {
      cookie: this.cookies[2],
      json: { files, note: '' },
      headers: freshKey(),
    });
    return made.body.digest;
  }

  /** The contributor's signed submission, to be posted. */
  async signSubmission(
    m: number,
    digest: string,
    change: { deadline?: number; chainId?: number; signer?: number } = {},
  ): Promise<Record<string, unknown>> {
    const round = (await this.milestone(m))?.round ?? 0;
    const nonce = String(intentNonce(intentKey('submit', m), round));
    const deadline = change.deadline ?? farAway();
    const signature = await this.app
      .wallet(change.signer ?? 2)
      .signTypedData(
        escrowDomain(change.chainId ?? this.app.deployment.chainId, this.escrow),
        { Submit: [...ESCROW_INTENTS.submit.types.Submit] },
        { milestone: m, round: round + 1, digest, nonce, deadline },
      );
    return { kind: 'submit', milestone: m, payload: { digest, auth: { nonce, deadline, signature } } };
  }

  /** Signs and posts a submission, not followed. */
  async submitSigned(
    m: number,
    digest: string,
    change: Parameters<ProjectLife['signSubmission']>[2] = {},
  ): Promise<Answer> {
    return this.intent(2, await this.signSubmission(m, digest, change));
  }

  /** Uploads, submits, and waits until the ballot is open. */
  async submit(m: number, content: string): Promise<string> {
    const digest = await this.prepare(m, content);
    await this.included(await this.submitSigned(m, digest));
    return digest;
  }

  /** Signs a ballot and hands it in. */
  async vote(person: number, options: VoteOptions): Promise<Answer> {
    const { milestone, digest, reason } = options;
    const seats: { account: string; index: number }[] = (await this.approval(milestone)).seats;
    const account = this.app.wallet(person).address;
    const seat = options.seat ?? seats.find((candidate) => candidate.account === account)?.index ?? 0;
    const round = options.round ?? (await this.milestone(milestone)).round;
    const approve = reason === undefined;
    const key = { milestone, round, question: 0, payBps: 10_000, digest };
    const signature = await this.app.wallet(options.signer ?? person).signTypedData(
      gateDomain(options.chainId ?? this.app.deployment.chainId, this.app.deployment.contracts.MilestoneGate),
      { Ballot: [...BALLOT_TYPES.Ballot] },
      {
        escrow: this.escrow,
        ...key,
        approve,
        reason: reason ? reasonHash(reason) : ZERO_HASH,
        account: ZERO_ADDRESS,
      },
    );
    return this.app.call('POST', '/ballots', {
      cookie: this.cookies[person],
      json: { project: this.project, ...key, approve, account, seat, signature, ...(reason ? { reason } : {}) },
      headers: freshKey(),
    });
  }
}
