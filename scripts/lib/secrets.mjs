import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** Makes the keys of a local installation on first use, readable by this user only, and returns where they are. */
export function localSecrets(data) {
  const folder = path.join(data, 'keys');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const keep = (name, make) => {
    const file = path.join(folder, name);
    if (!existsSync(file)) writeFileSync(file, make(), { mode: 0o600, flag: 'wx' });
    return file;
  };
  return {
    relayerKeyFile: keep('relayer', () => `0x${randomBytes(32).toString('hex')}\n`),
    logKeyFile: keep('log.pem', () =>
      generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }),
    ),
    // Wraps the data keys of the audit trail; the backend looks for it beside the log key.
    auditKeyFile: keep('audit-kek', () => `${randomBytes(32).toString('base64')}\n`),
    serviceTokenFile: keep('service-token', () => `${randomBytes(32).toString('base64url')}\n`),
  };
}
