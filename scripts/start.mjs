// `npm start`: the whole product on this machine. One data folder holds database, chain, keys and files, so that a second
// start finds everything again.
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { run } from './lib/exec.mjs';
import { LOCAL_FINALITY_DEPTH, deployLocally, startChain } from './lib/local-chain.mjs';
import { Processes, freePort } from './lib/processes.mjs';
import { localSecrets } from './lib/secrets.mjs';

export async function start(root) {
  const began = Date.now();
  const data = path.resolve(process.env.MILEPOST_DATA ?? path.join(root, '.milepost'));
  mkdirSync(path.join(data, 'logs'), { recursive: true });
  const release = lockFolder(data);
  let fail;
  const failed = new Promise((_, reject) => (fail = reject));
  failed.catch(() => {});
  const processes = new Processes({ onFailure: (error) => fail(error) });
  const stopped = new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => resolve(signal));
  });
  const cleanUp = async () => {
    await processes.stop();
    release();
  };
  try {
    const outcome = await Promise.race([
      bringUp(root, data, processes).then((url) => ({ url })),
      stopped.then((signal) => ({ signal })),
      failed,
    ]);
    if (outcome.url) {
      const seconds = ((Date.now() - began) / 1000).toFixed(1);
      console.log(`\n  Milepost is ready after ${seconds} s:  ${outcome.url}\n`);
      console.log(`  Data and chain are kept in ${data}. Ctrl-C stops everything.\n`);
      await Promise.race([stopped, failed]);
    }
    console.log('\nStopping …');
    await cleanUp();
    console.log('Stopped. Run npm start again to go on where you were.');
    return 0;
  } catch (error) {
    await cleanUp();
    throw error;
  }
}

async function bringUp(root, data, processes) {
  const say = (text) => console.log(`  ${text}`);
  const logFile = (name) => path.join(data, 'logs', `${name}.log`);
  const secrets = localSecrets(data);
  const ports = await pickPorts(say);

  say('database …');
  const ownerUrl =
    process.env.DATABASE_URL ??
    (await processes.start('database', process.execPath, ['backend/dist/cli/pg.js', '--dir', path.join(data, 'pg')], {
      cwd: root,
      logFile: logFile('database'),
      ready: (line) => /postgres(?:ql)?:\/\/\S+/.exec(line)?.[0],
    }));

  const chainUrl =
    process.env.CHAIN_RPC_URL ??
    (await startChain(root, data, processes, { port: ports.chain, logFile: logFile('chain') }));
  const deploymentFile = process.env.DEPLOYMENT_FILE ?? path.join(data, 'deployment.json');
  const env = {
    MILEPOST_DATA: data,
    CHAIN_RPC_URL: chainUrl,
    DEPLOYMENT_FILE: deploymentFile,
    RELAYER_KEY_FILE: secrets.relayerKeyFile,
    LOG_KEY_FILE: secrets.logKeyFile,
    SERVICE_TOKEN_FILE: secrets.serviceTokenFile,
  };
  if (!existsSync(deploymentFile)) {
    say('contracts (first start only) …');
    await deployLocally(root, data, env);
  }
  say('database migrations …');
  const logins = await serviceLogins(root, ownerUrl);
  await run(process.execPath, ['backend/dist/cli/migrate.js'], {
    cwd: root,
    env: { ...env, DATABASE_URL: ownerUrl, APP_DATABASE_URL: logins.app, SEQUENCER_DATABASE_URL: logins.sequencer },
    label: 'migrations',
  });

  const apiUrl = `http://127.0.0.1:${ports.portal}`;
  // Passkeys and cookies belong to a name, so people are sent to localhost.
  const publicUrl = process.env.PUBLIC_URL ?? `http://localhost:${ports.portal}`;
  const runnerUrl = `http://127.0.0.1:${ports.runner}`;
  say('backend and portal …');
  await processes.start('backend', process.execPath, ['backend/dist/main.js'], {
    cwd: root,
    env: {
      ...env,
      DATABASE_URL: logins.app,
      SEQUENCER_DATABASE_URL: logins.sequencer,
      ROLE: 'all',
      HOST: process.env.HOST ?? '127.0.0.1',
      PORT: String(ports.portal),
      PUBLIC_URL: publicUrl,
      LOCAL_MODE: '1',
      CHAIN_FINALITY_DEPTH: process.env.CHAIN_FINALITY_DEPTH ?? String(LOCAL_FINALITY_DEPTH),
      PORTAL_DIR: path.join(root, 'client-portal', 'dist'),
      ORACLE_STATUS_URL: `http://127.0.0.1:${ports.oracle}/status`,
      RUNNER_URL: runnerUrl,
    },
    logFile: logFile('backend'),
    answersAt: { url: `${apiUrl}/readyz` },
  });
  say('oracle network (4 nodes) and acceptance runner …');
  const oracleEnv = { ...env, API_URL: apiUrl, RUNNER_URL: runnerUrl };
  const oraclePart = (name, script, port, log) =>
    processes.start(name, process.execPath, [script], {
      cwd: root,
      env: { ...oracleEnv, PORT: String(port) },
      logFile: logFile(log),
      answersAt: { url: `http://127.0.0.1:${port}/status` },
    });
  await Promise.all([
    oraclePart('acceptance runner', 'oracle/dist/runner/main.js', ports.runner, 'runner'),
    oraclePart('oracle network', 'oracle/dist/network/main.js', ports.oracle, 'oracle'),
  ]);
  return publicUrl;
}

async function pickPorts(say) {
  const usual = { portal: Number(process.env.PORT ?? 3000), chain: 8545, oracle: 3010, runner: 3011 };
  // Tests ask for free ports at once, beside a product that may be running.
  const wanted = process.env.MILEPOST_FREE_PORTS
    ? Object.fromEntries(Object.keys(usual).map((name) => [name, 0]))
    : usual;
  const ports = {};
  for (const [name, port] of Object.entries(wanted)) {
    ports[name] = await freePort(port);
    if (port !== 0 && ports[name] !== port) say(`port ${port} is busy: ${name} uses ${ports[name]}`);
  }
  return ports;
}

/** One product per data folder: two chains on one state file would overwrite each other. */
function lockFolder(data) {
  const file = path.join(data, 'running.pid');
  if (existsSync(file)) {
    const pid = Number(readFileSync(file, 'utf8'));
    if (pid !== process.pid && isAlive(pid)) {
      throw new Error(
        `Milepost already runs on ${data} (process ${pid}). Nothing was started. Stop it with Ctrl-C in its terminal, or set MILEPOST_DATA to another folder.`,
      );
    }
    rmSync(file);
  }
  const handle = openSync(file, 'wx');
  writeFileSync(handle, String(process.pid));
  closeSync(handle);
  return () => rmSync(file, { force: true });
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** The roles that the backend connects as: those it is told, else derived from the owner of the database. */
async function serviceLogins(root, ownerUrl) {
  const { APP_DATABASE_URL: app, SEQUENCER_DATABASE_URL: sequencer } = process.env;
  if (app !== undefined && sequencer !== undefined) return { app, sequencer };
  const module = path.join(root, 'backend', 'dist', 'platform', 'database', 'login-urls.js');
  return (await import(pathToFileURL(module).href)).loginUrls(ownerUrl);
}
