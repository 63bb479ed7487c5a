import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  formatLogPolicy,
  parseVerifierKey,
  verifierOf,
  type Crypto,
  type NoteSigner,
  type NoteVerifier,
} from '@milepost/tlog';
import { headKeyFromPem } from '@milepost/tlog/head-key';
import { ed25519KeyFromPem, nodeCrypto, sha256 } from '@milepost/tlog/node';
import { nobleEthereum } from '@milepost/tlog/secp256k1';
import { ConfigError, readSecretFile, type Config, type Deployment } from '../../../platform/config/index.js';

/** The keys of the log, bound to its origin. */
export interface LogKeys {
  /** `milepost/<chainId>/<AuditAnchor address>` */
  readonly origin: string;
  /** The Ed25519 key, then the head key that the chain can check. */
  readonly signers: readonly NoteSigner[];
  readonly verifiers: readonly NoteVerifier[];
  /** Key id of the head key's signature lines. */
  readonly headKeyId: number;
  /** The same keys as text, for policies. */
  readonly verifierKeys: readonly string[];
  /** C2SP tlog-policy text that trusts this log alone. */
  readonly policy: string;
}

export const originOf = (deployment: Deployment): string =>
  `milepost/${String(deployment.chainId)}/${deployment.contracts.AuditAnchor}`;

/**
 * Reads the log's key; a single-machine installation (role `all`) makes one at its first start.
 * @throws ConfigError if there is no usable key
 */
export function loadLogKeys(config: Config, deployment: Deployment): LogKeys {
  const path = config.logKeyFile;
  if (config.role === 'all') {
    createSecret(path, () =>
      String(generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' })),
    );
  }
  const pem = readSecretFile(path);
  if (pem === undefined)
    throw new ConfigError(
      `There is no log key at ${path}. Put the Ed25519 key (PKCS #8, PEM) there, or set LOG_KEY_FILE.`,
    );
  const origin = originOf(deployment);
  try {
    return logKeysOf(origin, pem);
  } catch (error) {
    throw new ConfigError(
      `The log key ${path} cannot be used: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

/** Verifies all that this log's policy can ask for. */
export const logCrypto: Crypto = { ...nodeCrypto, ethereum: nobleEthereum };

/** Both keys of a log from its one secret. @param pem Ed25519, PKCS #8 @throws TlogFormatError if it is not */
export function logKeysOf(origin: string, pem: string): LogKeys {
  const log = ed25519KeyFromPem(pem);
  const head = headKeyFromPem(pem);
  const headSigner = head.signer(origin, () => BigInt(Math.floor(Date.now() / 1_000)));
  const verifierKeys = [log.verifierKey(origin), head.verifierKey(origin)];
  return {
    origin,
    signers: [log.signer(origin), headSigner],
    headKeyId: headSigner.keyId,
    verifiers: verifierKeys.map((key) => verifierOf(logCrypto, parseVerifierKey(sha256, key))),
    verifierKeys,
    policy: formatLogPolicy(verifierKeys),
  };
}

/**
 * Reads the key that wraps the data keys of the audit trail: 32 bytes as Base64 in `audit-kek` beside the log key.
 * @throws ConfigError
 */
export function loadKeyEncryptionKey(config: Config): Buffer {
  const path = join(dirname(config.logKeyFile), 'audit-kek');
  if (config.role === 'all') createSecret(path, () => `${randomBytes(32).toString('base64')}\n`);
  const key = Buffer.from(readSecretFile(path) ?? '', 'base64');
  if (key.length !== 32)
    throw new ConfigError(`There is no key-encryption key at ${path}. Put 32 random bytes there as Base64.`);
  return key;
}

/** Writes a new secret, readable by its owner only, unless there is one. */
function createSecret(path: string, make: () => string): void {
  if (existsSync(path)) return;
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  try {
    writeFileSync(path, make(), { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

/** Puts the policy where `npm run verify` looks for it on this machine. */
export function writePolicy(config: Config, policy: string): void {
  const path = join(config.dataDir, 'log', 'policy');
  if (existsSync(path) && readFileSync(path, 'utf8') === policy) return;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, policy);
}
