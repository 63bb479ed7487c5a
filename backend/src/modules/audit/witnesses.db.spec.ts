import { rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { formatLogPolicy, parsePolicy, verifyCheckpoint } from '@milepost/tlog';
import { nodeCrypto, sha256 } from '@milepost/tlog/node';
import { createWitnessServer, type WitnessServer } from '@milepost/tlog/witness-server';
import { logCrypto, logKeysOf } from './log/log-keys.js';
import { LogHalted } from './log/signer.js';
import { Witnesses, readWitnesses } from './log/witnesses.js';
import { LogStore } from './persistence/log-store.js';
import { ORIGIN, createLogFixture, projectEvent, type LogFixture } from './testing/log-fixture.js';

let log: LogFixture;
let running: WitnessServer;
let url: string;
const said: string[] = [];

beforeEach(async () => {
  log = await createLogFixture();
  said.length = 0;
  running = await createWitnessServer({
    folder: join(log.folder, 'witness'),
    name: 'witness.example',
    crypto: logCrypto,
    firstPolicy: () => Promise.resolve(logKeysOf(ORIGIN, log.pem).policy),
    log: (line) => said.push(line),
  });
  await new Promise<void>((resolve) => running.server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${String((running.server.address() as AddressInfo).port)}`;
});
afterEach(async () => {
  running.server.closeAllConnections();
  await new Promise((resolve) => running.server.close(resolve));
  await log.close();
});

const file = (): string => join(log.folder, 'witnesses');
const made = (urls = [url]): Witnesses =>
  new Witnesses(urls, file(), ORIGIN, logKeysOf(ORIGIN, log.pem).verifiers, (line) => said.push(line));
const grow = async (count: number): Promise<bigint> => {
  await log.append(...Array.from({ length: count }, (_, n) => projectEvent('alpha', n)));
  return log.integrateAll();
};
const sign = async (witnesses: Witnesses, count: number): Promise<string> => {
  const size = await grow(count);
  const db = log.database.dataSource;
  const note = await log.signer(witnesses.knownHeads()).sign(db, size);
  await witnesses.cosign(db, note);
  return note;
};

test('heads get cosignatures that a policy with a quorum accepts', async () => {
  const witnesses = made();
  await sign(witnesses, 3);
  await sign(witnesses, 300);
  const [met] = readWitnesses(file());
  expect(met).toEqual({ url, verifierKey: running.verifierKey });
  const { verifierKeys } = logKeysOf(ORIGIN, log.pem);
  const text = formatLogPolicy(verifierKeys, readWitnesses(file()));
  expect(text).toContain(`witness w1 ${running.verifierKey} ${url}`);
  const asking = parsePolicy(sha256, text.replace('quorum none', 'quorum w1'));
  const head = await new LogStore(log.database.dataSource).signedHead(ORIGIN);
  expect(head?.size).toBe(303n);
  expect(await verifyCheckpoint({ ...nodeCrypto, ...logCrypto }, asking, head?.note ?? '')).toMatchObject({ ok: true });
});

test('one that was away is shown the way from what it has', async () => {
  await sign(made(), 3);
  await sign(made([]), 5);
  await sign(made(), 7);
  expect(await running.witness.latest(ORIGIN)).toContain('\n15\n');
});

test('a restored database is found out, though the signer lost its file too', async () => {
  await sign(made(), 3);
  await sign(made(), 4);
  rmSync(log.headPath);
  const db = log.database.dataSource;
  const tables = ['audit_cosignature', 'audit_checkpoint', 'audit_leaf'];
  for (const table of tables) await db.query(`ALTER TABLE ${table} DISABLE TRIGGER USER`);
  await db.query('DELETE FROM audit_cosignature');
  await db.query('DELETE FROM audit_checkpoint WHERE size > 3');
  await db.query('DELETE FROM audit_leaf WHERE idx >= 3');
  for (const table of tables) await db.query(`ALTER TABLE ${table} ENABLE TRIGGER USER`);
  await expect(sign(made(), 0)).rejects.toThrow('7 was signed');
  await expect(sign(made(), 9)).rejects.toThrow('contradicts the head of size 7');
  // And if the gate were not there, the witness itself refuses.
  const note = await log.signer().sign(db, 12n);
  await expect(made().cosign(db, note)).rejects.toThrow(LogHalted);
  expect(said.some((line) => line.startsWith('ALARM'))).toBe(true);
});

test('the log goes on without one that is down, and says so once', async () => {
  const witnesses = made([url.replace(/\d+$/, '1'), url]);
  await sign(witnesses, 3);
  await sign(witnesses, 3);
  expect(said.filter((line) => line.includes('does not help'))).toHaveLength(1);
  expect(await running.witness.latest(ORIGIN)).toContain('\n6\n');
});
