import { join } from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import { formatLogPolicy } from '@milepost/tlog';
import { CONFIG, DEPLOYMENT, type Config, type Deployment } from '../../../platform/config/index.js';
import { Problem } from '../../../platform/http/index.js';
import { KeyRing } from '../application/key-ring.js';
import { loadKeyEncryptionKey, loadLogKeys, type LogKeys } from './log-keys.js';
import { readWitnesses } from './witnesses.js';

/** Keys and name of this installation's log; read when first needed, so that tools can build the application without them. */
@Injectable()
export class LogIdentity {
  private keys: LogKeys | null = null;
  private ring: KeyRing | null = null;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(DEPLOYMENT) private readonly deployment: Deployment | null,
  ) {}

  /** @throws Problem 503 without a deployment record @throws ConfigError without a usable key */
  get log(): LogKeys {
    if (this.deployment === null) {
      throw new Problem(
        503,
        'log-unnamed',
        'The contracts are not deployed yet, so the log has no name and no head. Deploy them, then start again.',
      );
    }
    return (this.keys ??= loadLogKeys(this.config, this.deployment));
  }

  /** The policy that is handed out: the log's keys, and the witnesses that were met. @throws as {@link log} */
  get policy(): string {
    return formatLogPolicy(this.log.verifierKeys, readWitnesses(this.witnessFile));
  }

  get witnessFile(): string {
    return join(this.config.dataDir, 'log', 'witnesses');
  }

  get isDeployed(): boolean {
    return this.deployment !== null;
  }

  /** @throws ConfigError without a usable key-encryption key */
  get keyRing(): KeyRing {
    return (this.ring ??= new KeyRing(loadKeyEncryptionKey(this.config)));
  }
}
