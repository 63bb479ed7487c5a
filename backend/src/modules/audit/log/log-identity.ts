import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, ConfigError, DEPLOYMENT, type Config, type Deployment } from '../../../platform/config/index.js';
import { KeyRing } from '../application/key-ring.js';
import { loadKeyEncryptionKey, loadLogKeys, type LogKeys } from './log-keys.js';

/** Keys and name of this installation's log; read when first needed, so that tools can build the application without them. */
@Injectable()
export class LogIdentity {
  private keys: LogKeys | null = null;
  private ring: KeyRing | null = null;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(DEPLOYMENT) private readonly deployment: Deployment | null,
  ) {}

  /** @throws ConfigError without a deployment record or a usable key */
  get log(): LogKeys {
    if (this.deployment === null) {
      throw new ConfigError(
        `There is no deployment record at ${this.config.chain.deploymentFile}: the log has no name yet. Deploy the contracts first.`,
      );
    }
    return (this.keys ??= loadLogKeys(this.config, this.deployment));
  }

  get isDeployed(): boolean {
    return this.deployment !== null;
  }

  /** @throws ConfigError without a usable key-encryption key */
  get keyRing(): KeyRing {
    return (this.ring ??= new KeyRing(loadKeyEncryptionKey(this.config)));
  }
}
