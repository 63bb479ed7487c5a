import { execFile } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ConsoleLogger } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { headKeyFromPem } from '@milepost/tlog/head-key';
import { HDNodeWallet, hexlify, Mnemonic } from 'ethers';
import { AppModule } from '../app.module.js';
import { startTestChain, type TestChain } from '../platform/chain/testing.js';
import { loadConfig, loadDeployment, type Deployment } from '../platform/config/index.js';
import { createTestDatabase, type TestDatabase } from '../platform/database/testing.js';
import { createApp } from '../platform/http/index.js';

const MNEMONIC = 'test test test test test test test test test test test junk';
const PUBLIC_URL = 'https://milepost.test';
const SERVICE_TOKEN = 'a-service-token-for-tests';

const at = (n: number): string => `0x${n.toString(16).padStart(40, '0')}`;

/** A deployment record for tests that send nothing to the contracts. */
export const EMPTY_DEPLOYMENT: Deployment = {
  chainId: 31_337,
  network: 'test',
  genesisHash: `0x${'11'.repeat(32)}`,
  fromBlock: 0,
  contracts: {
    EscrowFactory: at(0x101),
    MilestoneEscrow: at(0x102),
    PolicyBook: at(0x10a),
    MilestoneGate: at(0x103),
    CreOracle: at(0x104),
    Arbitration: at(0x105),
    KeystoneForwarder: at(0x106),
    FeeInbox: at(0x107),
    AuditAnchor: at(0x108),
  },
  token: { address: at(0x109), symbol: 'USDX', decimals: 6, name: 'Milepost Test Dollar', version: '1' },
  oracle: { label: 'test', donId: 1, configVersion: 1, f: 1, signers: [], chainSelector: '1' },
};

/** An answer with its body read. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // Bodies are whatever the route answers; tests compare them with what they expect.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly body: any;
}

export interface CallOptions {
  readonly cookie?: string | undefined;
  readonly headers?: Record<string, string>;
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as it is. */
  readonly raw?: RequestInit['body'];
}

/** The whole application over real HTTP, with a database and a chain of its own. */
export interface TestApp {
  readonly app: NestFastifyApplication;
  readonly chain: TestChain;
  readonly database: TestDatabase;
  readonly deployment: Deployment;
  readonly dataDir: string;
  readonly origin: string;
  /** Address the server listens at. */
  readonly url: string;
  readonly serviceToken: string;
  /** Account `index` of the development mnemonic. */
  wallet(index: number): HDNodeWallet;
  /** `path` is below `/api/v1` unless it starts with `//`. */
  call(method: string, path: string, options?: CallOptions): Promise<Answer>;
  /** The text that a wallet signs to sign in. */
  signInMessage(address: string, nonce: string, change?: Partial<SignInFields>): string;
  /** Signs in and returns the cookie. */
  signIn(wallet: HDNodeWallet): Promise<string>;
  close(): Promise<void>;
}

export interface SignInFields {
  readonly domain: string;
  readonly uri: string;
  readonly chainId: number;
  readonly issuedAt: string;
  readonly extra: string;
}

export interface TestAppSettings {
  readonly maxFileBytes?: number;
  /** Deploys the real contracts and runs the workers too (role `all`, local mode). */
  readonly withContracts?: boolean;
}

/** A chain, a database and a data folder with keys, for an application to be started on. */
export interface Installation {
  readonly chain: TestChain;
  readonly database: TestDatabase;
  readonly deployment: Deployment;
  readonly dataDir: string;
  readonly environment: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/** Prepares everything that an application needs; see {@link TestAppSettings}. */
export async function prepareInstallation(settings: TestAppSettings = {}): Promise<Installation> {
  const dataDir = mkdtempSync(join(tmpdir(), 'milepost-app-'));
  const [chain, database] = await Promise.all([startTestChain(), createTestDatabase()]);
  const keys = join(dataDir, 'keys');
  mkdirSync(keys);
  writeFileSync(join(keys, 'service-token'), SERVICE_TOKEN);
  writeFileSync(join(keys, 'audit-kek'), randomBytes(32).toString('base64'));
  writeFileSync(join(keys, 'log'), generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' }));
  writeFileSync(join(keys, 'relayer'), `0x${randomBytes(32).toString('hex')}`);
  const deploymentFile = join(dataDir, 'deployment.json');
  if (settings.withContracts === true) await deployContracts(chain.url, keys, deploymentFile);
  else {
    writeFileSync(deploymentFile, JSON.stringify(EMPTY_DEPLOYMENT));
    // A stand-in for the factory that answers 100 to every question: its fee rate.
    await chain.rpc.call('anvil_setCode', [EMPTY_DEPLOYMENT.contracts.EscrowFactory, '0x60645f5260205ff3']);
  }
  const environment = {
    ROLE: settings.withContracts === true ? 'all' : 'api',
    LOCAL_MODE: settings.withContracts === true ? '1' : '0',
    PORT: '0',
    PUBLIC_URL,
    MILEPOST_DATA: dataDir,
    DATABASE_URL: database.logins.app,
    SEQUENCER_DATABASE_URL: database.logins.sequencer,
    CHAIN_RPC_URL: chain.url,
    OPERATORS: developmentAccount(0).address,
    MAX_FILE_BYTES: String(settings.maxFileBytes ?? 1_000_000),
  };
  const deployment = loadDeployment(loadConfig(environment));
  if (deployment === null) throw new Error('the deployment wrote no record');
  return {
    chain,
    database,
    deployment,
    dataDir,
    environment,
    close: async () => {
      await Promise.all([chain.close(), database.close()]);
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** Starts the application; without contracts with role `api` and no workers. */
export async function startTestApp(settings: TestAppSettings = {}): Promise<TestApp> {
  const installation = await prepareInstallation(settings);
  const { chain, database, deployment, dataDir } = installation;
  const config = loadConfig(installation.environment);
  const app = await createApp(
    AppModule.register(config),
    config,
    new ConsoleLogger({ logLevels: ['error', 'fatal'], colors: false }),
  );
  await app.listen(0, '127.0.0.1');
  const url = await app.getUrl();
  return {
    app,
    chain,
    database,
    deployment,
    dataDir,
    origin: PUBLIC_URL,
    url,
    serviceToken: SERVICE_TOKEN,
    ...clientOf(url, deployment),
    close: async () => {
      await app.close();
      await installation.close();
    },
  };
}

/** Calls an application at `url` as people's programs would. */
export function clientOf(
  url: string,
  deployment: Deployment,
): Pick<TestApp, 'wallet' | 'call' | 'signInMessage' | 'signIn'> {
  const call: TestApp['call'] = async (method, path, { cookie, headers = {}, json, raw } = {}) => {
    const answer = await fetch(path.startsWith('//') ? url + path.slice(1) : `${url}/api/v1${path}`, {
      method,
      redirect: 'error',
      headers: {
        ...(cookie === undefined ? {} : { cookie }),
        ...(json === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
      ...(raw === undefined || raw === null ? {} : { body: raw, duplex: 'half' }),
    } as RequestInit);
    const bytes = Buffer.from(await answer.arrayBuffer());
    const isJson = /json/.test(answer.headers.get('content-type') ?? '');
    return {
      status: answer.status,
      headers: answer.headers,
      body: isJson ? JSON.parse(bytes.toString('utf8')) : bytes,
    };
  };

  const signInMessage: TestApp['signInMessage'] = (address, nonce, change = {}) => {
    const fields: SignInFields = {
      domain: 'milepost.test',
      uri: PUBLIC_URL,
      chainId: deployment.chainId,
      issuedAt: new Date().toISOString(),
      extra: '',
      ...change,
    };
    return (
      `${fields.domain} wants you to sign in with your Ethereum account:\n${address}\n\nSign in to Milepost.\n\n` +
      `URI: ${fields.uri}\nVersion: 1\nChain ID: ${fields.chainId}\nNonce: ${nonce}\nIssued At: ${fields.issuedAt}${fields.extra}`
    );
  };

  return {
    wallet: developmentAccount,
    call,
    signInMessage,
    signIn: async (wallet) => {
      const { body } = await call('POST', '/auth/nonce', { json: {} });
      const message = signInMessage(wallet.address, body.nonce);
      const answer = await call('POST', '/auth/siwe', {
        json: { message, signature: wallet.signMessageSync(message) },
      });
      if (answer.status !== 200) throw new Error(`sign-in failed: ${JSON.stringify(answer.body)}`);
      return cookieOf(answer);
    },
  };
}

const root = HDNodeWallet.fromMnemonic(Mnemonic.fromPhrase(MNEMONIC), "m/44'/60'/0'/0");
const developmentAccount = (index: number): HDNodeWallet => root.deriveChild(index);

/** Runs the deployment tool; it needs compiled contracts (`npm run build`). */
async function deployContracts(chainUrl: string, keys: string, out: string): Promise<void> {
  const oracle = {
    // Accounts 11 to 14 stand for the oracle's nodes, so that tests can sign reports.
    signers: [11, 12, 13, 14].map((index) => developmentAccount(index).address),
    transmitter: at(0x7a),
    workflowId: `0x${'77'.repeat(32)}`,
    workflowOwner: at(0x7b),
    workflowName: 'milepost-judge',
    donId: 1,
    configVersion: 1,
  };
  const oracleFile = join(keys, 'oracle-public.json');
  writeFileSync(oracleFile, JSON.stringify(oracle));
  const tool = fileURLToPath(new URL('../../../contracts/tools/deploy.ts', import.meta.url));
  const logKey = hexlify(headKeyFromPem(readFileSync(join(keys, 'log'), 'utf8')).address);
  await promisify(execFile)(
    process.execPath,
    [tool, '--oracle', oracleFile, '--relayer-key', join(keys, 'relayer'), '--log-key', logKey, '--out', out],
    {
      env: { ...process.env, CHAIN_RPC_URL: chainUrl, NODE_OPTIONS: '' },
    },
  );
}

/** `name=value` of the cookie that an answer sets. */
export function cookieOf(answer: Answer): string {
  const [cookie] = answer.headers.getSetCookie();
  if (cookie === undefined) throw new Error('the answer sets no cookie');
  return cookie.split(';', 1)[0] ?? '';
}

let keys = 0;
/** A fresh idempotency key. */
export const freshKey = (): Record<string, string> => ({ 'idempotency-key': `test-key-${(keys += 1)}-${process.pid}` });
