import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { HDNodeWallet, Mnemonic } from 'ethers';
import { v7 as uuid } from 'uuid';
import { CONFIG, type Config } from '../../../platform/config/index.js';
import { UnitOfWork } from '../../../platform/database/index.js';
import { Problem } from '../../../platform/http/index.js';
import { AuditService } from '../../audit/index.js';
import { LOCAL_MNEMONIC, LOCAL_PEOPLE } from '../domain/local-people.js';
import { cleanName } from '../domain/person-name.js';
import { IdentityRepository, type Person } from '../persistence/identity.repository.js';
import { Sessions } from './sessions.js';

/** A ready-made account of local mode. */
export interface LocalAccount {
  /** Number of the account in the development mnemonic. */
  readonly index: number;
  readonly name: string;
  readonly address: string;
  readonly role: string;
}

/** Who is who. */
@Injectable()
export class People implements OnApplicationBootstrap {
  #local: readonly LocalAccount[] | undefined;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly repository: IdentityRepository,
    private readonly sessions: Sessions,
    private readonly uow: UnitOfWork,
    private readonly audit: AuditService,
  ) {}

  /** Local mode: its people exist before they sign in, so that they can be chosen as parties and seats. */
  async onApplicationBootstrap(): Promise<void> {
    if (this.config.databaseUrl !== undefined) await this.sealOldNames();
    for (const account of this.localAccounts()) {
      await this.uow.transaction(async (tx) => {
        const id = uuid();
        await this.repository.lockAccount(account.address);
        if (!(await this.repository.addPerson({ id, name: account.name, address: account.address }))) return;
        await this.audit.append(tx, {
          type: 'profile.changed',
          subject: ['person', id],
          actor: { system: 'local-mode' },
        });
      });
    }
  }

  /** The ready-made accounts; none outside of local mode. */
  localAccounts(): readonly LocalAccount[] {
    if (!this.config.localMode) return [];
    return (this.#local ??= deriveLocalAccounts());
  }

  async all(): Promise<Person[]> {
    return this.repository.people();
  }

  /** People by account; an account without a person is missing. Keys are EIP-55 addresses. */
  async byAddress(addresses: readonly string[]): Promise<ReadonlyMap<string, Person>> {
    const people = await this.repository.peopleByAddress(addresses);
    return new Map(people.map((person) => [person.address, person]));
  }

  /** All accounts of a person, EIP-55. */
  async accountsOf(personId: string): Promise<string[]> {
    return this.repository.accountsOf(personId);
  }

  /** Whether one of the person's accounts is an operator's. */
  async isOperator(personId: string): Promise<boolean> {
    const accounts = await this.repository.accountsOf(personId);
    return accounts.some((account) => this.operators().has(account));
  }

  /** What stands between a person and being forgotten here: logins and accounts. */
  async traces(personId: string): Promise<{ logins: number; accounts: number }> {
    return this.repository.traces(personId);
  }

  /** Locks the person for the transaction; false if there is none, or it was erased. */
  async lock(personId: string): Promise<boolean> {
    return this.repository.lockPerson(personId);
  }

  /** Takes name, logins and accounts in the caller's transaction, which also writes the audit event. */
  async erase(personId: string): Promise<void> {
    await this.repository.erase(personId);
    await this.uow.afterCommit(() => this.sessions.forget(personId));
  }

  private operators(): ReadonlySet<string> {
    const local = this.localAccounts().filter((account) => account.role === 'operator');
    return new Set([...this.config.operators, ...local.map((account) => account.address)]);
  }

  private async sealOldNames(): Promise<void> {
    for (const { id, name } of await this.repository.unsealed()) {
      await this.uow.transaction(async (tx) => {
        await this.repository.rename(id, name);
        await this.audit.append(tx, {
          type: 'profile.changed',
          subject: ['person', id],
          actor: { system: 'identity' },
          refs: { sealed: true },
        });
      });
    }
  }

  /** @throws {Problem} 422 `invalid-name` */
  async rename(person: Person, wanted: string): Promise<Person> {
    const name = cleanName(wanted);
    if (name === '')
      throw new Problem(422, 'invalid-name', 'A name needs at least one visible character; nothing was changed.');
    await this.uow.transaction(async (tx) => {
      await this.repository.rename(person.id, name);
      await this.audit.append(tx, {
        type: 'profile.changed',
        subject: ['person', person.id],
        actor: { person: person.id },
        sections: [{ section: 'profile', about: `person:${person.id}`, data: { name } }],
      });
    });
    this.sessions.forget(person.id);
    return { ...person, name };
  }
}

function deriveLocalAccounts(): LocalAccount[] {
  const root = HDNodeWallet.fromMnemonic(Mnemonic.fromPhrase(LOCAL_MNEMONIC), "m/44'/60'/0'/0");
  return LOCAL_PEOPLE.map((person) => ({ ...person, address: root.deriveChild(person.index).address }));
}
