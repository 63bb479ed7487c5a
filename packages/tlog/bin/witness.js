#!/usr/bin/env node
// A witness for transparency logs (C2SP tlog-witness): witness.js --data FOLDER --name NAME [--policy FILE|URL] [--port N] [--host H]
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { nodeCrypto } from '../dist/node.js';
import { nobleEthereum } from '../dist/secp256k1.js';
import { createWitnessServer } from '../dist/witness-server.js';

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    name: { type: 'string' },
    policy: { type: 'string' },
    port: { type: 'string', default: '3020' },
    host: { type: 'string', default: '127.0.0.1' },
  },
});
const say = (line) => process.stdout.write(`${line}\n`);

/** The policy's text; from a service it is asked for until the service is there. What is got is kept: the first answer is trusted. */
async function firstPolicy() {
  if (values.policy === undefined)
    throw new Error('the folder has no policy yet: name a file or address by --policy. Nothing was started');
  if (!/^https?:/.test(values.policy)) return readFileSync(values.policy, 'utf8');
  for (;;) {
    const answer = await fetch(values.policy).catch(() => null);
    if (answer?.ok === true) return answer.text();
    say(`waiting for ${values.policy}`);
    await delay(2_000);
  }
}

try {
  if (values.data === undefined || values.name === undefined)
    throw new Error('Usage: witness.js --data FOLDER --name NAME [--policy FILE|URL] [--port N] [--host H]');
  const { server, verifierKey } = await createWitnessServer({
    folder: values.data,
    name: values.name,
    crypto: { ...nodeCrypto, ethereum: nobleEthereum },
    firstPolicy,
    log: say,
  });
  server.listen(Number(values.port), values.host, () => {
    const { port } = server.address();
    say(`witness listens on http://${values.host}:${port}, key ${verifierKey}`);
  });
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => server.close(() => process.exit(0)));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
