import { join } from 'node:path';
import { HeadFile } from '../modules/audit/log/head-file.js';
import { LogIdentity } from '../modules/audit/log/log-identity.js';
import { integrate, loadFrontier } from '../modules/audit/log/sequencer.js';
import { Signer } from '../modules/audit/log/signer.js';
import { LEADER_LOCKS, LeaderConnection } from '../platform/outbox/leader-connection.js';
import type { TestApp } from './test-app.js';

/** What the worker does, in a test application without one: integrates what is pending and signs the head. */
export async function growLog(app: TestApp): Promise<void> {
  const connection = await LeaderConnection.acquire(
    app.database.url,
    LEADER_LOCKS.sequencer,
    'audit_lead',
    new AbortController().signal,
  );
  if (connection === null) throw new Error('not leading');
  try {
    const { origin, signers, verifiers } = app.app.get(LogIdentity).log;
    const grown = await integrate(connection, await loadFrontier(connection));
    await new Signer(origin, signers, verifiers, new HeadFile(join(app.dataDir, 'log', 'head'))).sign(
      connection.client,
      grown.size,
    );
  } finally {
    await connection.release();
  }
}
