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
