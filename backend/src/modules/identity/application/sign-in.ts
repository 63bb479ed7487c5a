import { randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { getAddress } from 'ethers';
import siwe from 'siwe';
import { v7 as uuid } from 'uuid';
import { CONFIG, type Config, DEPLOYMENT, type Deployment } from '../../../platform/config/index.js';
import { UnitOfWork } from '../../../platform/database/index.js';
import { isOwnOrigin, Problem } from '../../../platform/http/index.js';
import { AuditService } from '../../audit/index.js';
import { nameFromAddress } from '../domain/person-name.js';
import { refuseMessage, SIGN_IN_LIFETIME } from '../domain/sign-in-message.js';
import { IdentityRepository, type Person } from '../persistence/identity.repository.js';
import { Sessions } from './sessions.js';
import { Signatures } from './signatures.js';

const refused = (why: string): Problem =>
  new Problem(401, 'sign-in-refused', `Not signed in: ${why}. Ask for a new nonce and sign the message again.`);

/** Sign-In with Ethereum (EIP-4361): one nonce, one login. */
@Injectable()
export class SignIn {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(DEPLOYMENT) private readonly deployment: Deployment | null,
    private readonly repository: IdentityRepository,
    private readonly sessions: Sessions,
    private readonly signatures: Signatures,
    private readonly uow: UnitOfWork,
    private readonly audit: AuditService,
  ) {}

  /** A nonce for one sign-in message. */
  async nonce(): Promise<{ nonce: string; expiresAt: string }> {
    const nonce = randomBytes(16).toString('hex');
    const expiresAt = new Date(Date.now() + SIGN_IN_LIFETIME);
    await this.repository.addNonce(nonce, expiresAt);
    return { nonce, expiresAt: expiresAt.toISOString() };
  }

  /**
   * Signs in the account that signed `message`; an unknown one becomes a new person.
   * @param host the Host header; in local mode it decides which loopback name is ours
   * @returns the person and the token for the cookie
   * @throws {Problem} 401 `sign-in-refused`
   */
  async signIn(
    message: string,
    signature: string,
    host: string | undefined,
  ): Promise<{ person: Person; token: string }> {
    const fields = parse(message);
    const chainId = this.deployment?.chainId;
    if (chainId === undefined)
      throw new Problem(
        503,
        'no-deployment',
        'This installation has no deployment record yet. Nothing was changed. Deploy the contracts first.',
      );
    const refusal = refuseMessage(
      fields,
      { chainId, isOwnOrigin: (origin) => isOwnOrigin(origin, host, this.config) },
      Date.now(),
    );
    if (refusal !== null) throw await this.fail(fields.nonce, refusal);
    const address = getAddress(fields.address);
    if (!(await this.signatures.signedMessage(address, message, signature))) {
      throw await this.fail(fields.nonce, `the signature is not by ${address}`);
    }
    return this.uow.transaction(async (tx) => {
      if (!(await this.repository.consumeNonce(fields.nonce))) throw refused('the nonce is unknown, used or too old');
      const person = await this.personOf(address);
      const token = await this.sessions.open(person);
      await this.audit.append(tx, {
        type: 'auth.login',
        subject: ['person', person.id],
        actor: { person: person.id },
        sections: [{ section: 'request', about: `person:${person.id}`, data: { address } }],
      });
      return { person, token };
    });
  }

  private async personOf(address: string): Promise<Person> {
    // Two first sign-ins of one account must not make two people.
    await this.repository.lockAccount(address);
    const known = await this.repository.personByAddress(address);
    if (known !== null) return known;
    const person: Person = { id: uuid(), name: nameFromAddress(address), address };
    await this.repository.addPerson(person);
    return person;
  }

  /** A failed attempt uses its nonce up and is logged; an invented nonce leaves no trace, so nobody can fill the log. */
  private async fail(nonce: string, why: string): Promise<Problem> {
    await this.uow.transaction(async (tx) => {
      if (!(await this.repository.consumeNonce(nonce))) return;
      await this.audit.append(tx, { type: 'auth.failed', subject: ['login', nonce], actor: { system: 'identity' } });
    });
    return refused(why);
  }
}

function parse(message: string): siwe.SiweMessage {
  try {
    return new siwe.SiweMessage(message);
  } catch {
    throw refused('the message is not a Sign-In with Ethereum message (EIP-4361)');
  }
}
