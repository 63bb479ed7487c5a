/** The real backend on the scenario's chain, with a database of its own. */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { CHAIN_ID, ROOT } from '../chain/anvil.js';
import type { ChainWorld } from '../chain/world.js';
import { Child } from './process.js';

const MAIN = 'backend/dist/main.js';
const LOGINS = 'backend/dist/platform/database/login-urls.js';
interface LoginsModule {
  loginUrls(ownerUrl: string): { app: string; sequencer: string };
}

/** Whether the backend was built. */
export const isBuilt = (): boolean => existsSync(path.join(ROOT, MAIN));

export class Backend {
  private constructor(
    private readonly folder: string,
    private readonly database: Child,
    private readonly server: Child,
    readonly sql: pg.Pool,
  ) {}

  /** Starts database and backend, and waits until the chain is indexed up to its newest block. */
  static async start(world: ChainWorld): Promise<Backend> {
    const folder = mkdtempSync(path.join(tmpdir(), 'milepost-scenario-'));
    const database = Child.start('The database', ['backend/dist/cli/pg.js', '--dir', path.join(folder, 'pg')]);
    let server: Child | null = null;
    let sql: pg.Pool | null = null;
    try {
      const url = await database.says(/postgres(?:ql)?:\/\/\S+/);
      const env = await configure(folder, world);
      await Child.start('The migration', ['backend/dist/cli/migrate.js'], { ...env, DATABASE_URL: url }).finish();
      const { loginUrls } = (await import(path.join(ROOT, LOGINS))) as LoginsModule;
      const logins = loginUrls(url);
      server = Child.start('The backend', [MAIN], {
        ...env,
        DATABASE_URL: logins.app,
        SEQUENCER_DATABASE_URL: logins.sequencer,
      });
      sql = new pg.Pool({ connectionString: url, max: 2, connectionTimeoutMillis: 10_000, query_timeout: 10_000 });
      const head = await world.chain.provider.getBlockNumber();
      const pool = sql;
      await server.within(`did not index block ${head}`, async () => {
        const { rows } = await pool.query<{ block: string }>('SELECT block FROM chain_cursor');
        return Number(rows[0]?.block ?? -1) >= head ? true : null;
      });
      return new Backend(folder, database, server, sql);
    } catch (error) {
      await sql?.end();
      await server?.stop();
      await database.stop();
      rmSync(folder, { recursive: true, force: true });
      throw error;
    }
  }

  async stop(): Promise<void> {
    await this.sql.end();
    await this.server.stop();
    await this.database.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Deployment record, keys and environment. No relayer key: this backend watches, it sends nothing. */
async function configure(folder: string, world: ChainWorld): Promise<Record<string, string>> {
  const keys = path.join(folder, 'keys');
  mkdirSync(keys, { mode: 0o700 });
  const logKey = path.join(keys, 'log.pem');
  const pem = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' });
  writeFileSync(logKey, pem, { mode: 0o600 });
  const serviceToken = path.join(keys, 'service-token');
  writeFileSync(serviceToken, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600 });
  const deployment = path.join(folder, 'deployment.json');
  writeFileSync(deployment, JSON.stringify(await recordOf(world)));
  return {
    ROLE: 'all',
    HOST: '127.0.0.1',
    PORT: '0',
    PUBLIC_URL: 'http://127.0.0.1:4000',
    MILEPOST_DATA: folder,
    CHAIN_RPC_URL: world.chain.url,
    CHAIN_FINALITY_DEPTH: '0',
    DEPLOYMENT_FILE: deployment,
    RELAYER_KEY_FILE: path.join(keys, 'none'),
    LOG_KEY_FILE: logKey,
    SERVICE_TOKEN_FILE: serviceToken,
    LOG_LEVEL: 'warn',
  };
}

async function recordOf(world: ChainWorld): Promise<unknown> {
  const genesis = await world.chain.provider.getBlock(0);
  const { network } = world;
  return {
    chainId: CHAIN_ID,
    network: 'scenario',
    genesisHash: genesis?.hash,
    fromBlock: 1,
    contracts: {
      EscrowFactory: world.factory.target,
      MilestoneEscrow: await world.factory.getFunction('implementation').staticCall(),
      PolicyBook: world.book.target,
      MilestoneGate: world.gate.target,
      CreOracle: world.oracle.target,
      Arbitration: world.arbitration.target,
      KeystoneForwarder: world.forwarder.target,
      FeeInbox: world.inbox.target,
      AuditAnchor: world.anchor.target,
    },
    token: { address: world.token.target, symbol: 'USDX', decimals: 6, name: 'Milepost Test Dollar', version: '1' },
    oracle: {
      label: 'scenario',
      donId: network.donId,
      configVersion: network.configVersion,
      f: network.f,
      signers: network.nodes.map((node) => node.address),
      chainSelector: network.chainSelector.toString(),
      workflowId: network.workflowId,
      workflowOwner: network.workflowOwner,
      workflowName: 'milepost-judge',
    },
  };
}
