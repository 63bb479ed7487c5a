/** A log of its own for database tests: keys, audit service, and a signer with its file. */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parsePolicy, type Policy } from '@milepost/tlog';
import { sha256 } from '@milepost/tlog/node';
import { createTestDatabase, type TestDatabase } from '../../../platform/database/testing.js';
import { LEADER_LOCKS, LeaderConnection } from '../../../platform/outbox/leader-connection.js';
import { KeyRing } from '../application/key-ring.js';
import { PostgresAudit } from '../application/postgres-audit.js';
import type { AuditEvent } from '../domain/event.js';
import { logKeysOf } from '../log/log-keys.js';
import { HeadFile } from '../log/head-file.js';
import { integrate, loadFrontier } from '../log/sequencer.js';
import { Signer, type KnownHead } from '../log/signer.js';
import { ORIGIN, projectEvent } from './events.js';

export interface LogFixture {
  readonly database: TestDatabase;
  readonly audit: PostgresAudit;
  readonly folder: string;
  readonly headPath: string;
  readonly policy: Policy;
  readonly keyRing: KeyRing;
  /** The log's key, PEM. */
  readonly pem: string;
  /** The key-encryption key, Base64. */
  readonly kek: string;
  signer(others?: KnownHead[]): Signer;
  /** Appends events, each in a transaction of its own. */
  append(...events: AuditEvent[]): Promise<void>;
  /** One batch after the other until the queue is empty. @returns the size of the log */
  integrateAll(batch?: number): Promise<bigint>;
  close(): Promise<void>;
}

export async function createLogFixture(): Promise<LogFixture> {
  const database = await createTestDatabase();
  const folder = mkdtempSync(join(tmpdir(), 'audit-'));
  const pem = String(generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' }));
  const keys = logKeysOf(ORIGIN, pem);
  const kek = randomBytes(32);
  const keyRing = new KeyRing(kek);
  const audit = new PostgresAudit({ keyRing, log: keys });
  const headPath = join(folder, 'head');
  return {
    database,
    audit,
    folder,
    headPath,
    keyRing,
    pem,
    kek: kek.toString('base64'),
    policy: parsePolicy(sha256, keys.policy),
    signer: (others = []) => new Signer(ORIGIN, keys.signers, keys.verifiers, new HeadFile(headPath), others),
    append: async (...events) => {
      for (const event of events) await database.uow.transaction((tx) => audit.append(tx, event));
    },
    integrateAll: async (batch) => {
      const connection = await LeaderConnection.acquire(
        database.logins.sequencer,
        LEADER_LOCKS.sequencer,
        'audit_lead',
        new AbortController().signal,
      );
      if (connection === null) throw new Error('no leader connection');
      try {
        let frontier = await loadFrontier(connection);
        for (;;) {
          const grown = await integrate(connection, frontier, batch);
          if (grown.size === frontier.size) return grown.size;
          frontier = grown;
        }
      } finally {
        await connection.release();
      }
    },
    close: async () => {
      await database.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export { ORIGIN, projectEvent };
