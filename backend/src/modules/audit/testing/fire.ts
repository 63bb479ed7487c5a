/**
 * The processes of the test under fire; they run until they are killed.
 * `fire.js sequencer DATABASE_URL HEAD_FILE LOG_KEY_FILE`: a sequencer with its signer.
 * `fire.js writer DATABASE_URL KEK LOG_KEY_FILE`: four loops of transactions, some of them taken back. It says each event that it
 * knows to be committed, one id a line.
 */
import { readFileSync } from 'node:fs';
import { HeadFile } from '../log/head-file.js';
import { logKeysOf } from '../log/log-keys.js';
import { Sequencer } from '../log/sequencer.js';
import { Signer } from '../log/signer.js';
import { ORIGIN, projectEvent } from './events.js';

const [role, url = '', detail = '', keyFile = ''] = process.argv.slice(2);
const keys = logKeysOf(ORIGIN, readFileSync(keyFile, 'utf8'));

if (role === 'sequencer') {
  const signer = new Signer(ORIGIN, keys.signers, keys.verifiers, new HeadFile(detail));
  new Sequencer({
    databaseUrl: url,
    signer,
    pause: 5,
    signEvery: 20,
    batch: 50,
    log: (line) => process.stderr.write(`${line}\n`),
  }).start();
} else {
  // Not above: a sequencer that is killed again and again should start quickly.
  const { createDataSource, UnitOfWork } = await import('../../../platform/database/index.js');
  const { KeyRing } = await import('../application/key-ring.js');
  const { PostgresAudit } = await import('../application/postgres-audit.js');
  const dataSource = createDataSource(url, { poolSize: 4 });
  await dataSource.initialize();
  const uow = new UnitOfWork(dataSource);
  const audit = new PostgresAudit({ keyRing: new KeyRing(Buffer.from(detail, 'base64')), log: keys });
  const takenBack = new Error('taken back');
  const write = async (loop: number): Promise<never> => {
    for (let n = loop; ; n += 1) {
      try {
        const receipt = await uow.transaction(async (tx) => {
          const written = await audit.append(tx, projectEvent('alpha', n, { sections: [{ section: 'a', data: n }] }));
          if (n % 5 === 0) throw takenBack;
          return written;
        });
        process.stdout.write(`${receipt.eventId}\n`);
      } catch (error) {
        if (error !== takenBack) throw error;
      }
    }
  };
  await Promise.all([0, 1, 2, 3].map(write));
}
