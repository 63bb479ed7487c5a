/** The real contracts with an oracle network before them: a signed project whose milestones the client or the oracle decides. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { Contract, HDNodeWallet, JsonRpcProvider, type Signer } from 'ethers';
import { buildManifest, canonicalize, criteriaHash, sha256Hex, type Hex } from '@milepost/protocol';
import { DEFAULT_LADDER_WINDOWS, encodeArbitrationPolicy } from '@milepost/protocol/arbitration-policy';
import { SELF } from '@milepost/protocol/escrow-intents';
import { encodeGatePolicy } from '@milepost/protocol/gate-policy';
import { escrowFactoryAbi, milestoneEscrowAbi, testTokenAbi } from '@milepost/protocol/generated/abi';
import {
  DEFAULT_PROFILE,
  encodeTerms,
  factoryDomain,
  policyHash,
  TERMS_TYPES,
  termsMessage,
} from '@milepost/protocol/terms';
import { OracleNetwork } from '../network/network.js';
import { AcceptanceRunner } from '../runner/runner.js';
import { HttpService } from '../shared/http-service.js';
import { oracleKeys, publicKeys } from '../shared/keys.js';
import type { OracleDeployment } from '../shared/settings.js';
import { BackendDouble, BUNDLE, ROOT, startAnvil, suiteCriteria, TOKEN } from './harness.js';

type Deployment = OracleDeployment & { contracts: { EscrowFactory: Hex }; token: { address: Hex } };
const DAY = 86_400;
/** 100.000001: every division of the money rule leaves a remainder. */
export const AMOUNT = 100_000_001n;

export class EscrowHarness {
  private constructor(
    readonly provider: JsonRpcProvider,
    readonly deployment: Deployment,
    readonly network: OracleNetwork,
    readonly escrow: Contract,
    readonly token: Contract,
    readonly contributor: Signer,
    private readonly backend: BackendDouble,
    private readonly openOptions: Parameters<typeof OracleNetwork.open>[0],
    private readonly stops: (() => unknown)[],
  ) {}

  /** Deploys everything, starts runner and network, creates and funds a project of `milestones` milestones. */
  static async start(milestones: number): Promise<EscrowHarness> {
    const data = mkdtempSync(path.join(tmpdir(), 'milepost-escrow-'));
    const chain = await startAnvil();
    const provider = new JsonRpcProvider(chain.url, 31_337, {
      staticNetwork: true,
      cacheTimeout: -1,
      pollingInterval: 50,
    });
    const backend = await BackendDouble.start();
    const stops: (() => unknown)[] = [
      () => {
        rmSync(data, { recursive: true, force: true });
      },
      () => void chain.child.kill('SIGKILL'),
      () => {
        provider.destroy();
      },
      () => backend.close(),
    ];
    const keys = oracleKeys(data);
    const files = {
      oracle: path.join(data, 'oracle.json'),
      relayer: path.join(data, 'relayer'),
      out: path.join(data, 'deployment.json'),
    };
    writeFileSync(files.oracle, JSON.stringify(publicKeys(keys)));
    writeFileSync(files.relayer, account(15).privateKey);
    const tool = 'contracts/tools/deploy.ts';
    const args = [tool, '--oracle', files.oracle, '--relayer-key', files.relayer, '--out', files.out];
    // Not synchronously: the chain's output must be read meanwhile, or it blocks.
    await promisify(execFile)(process.execPath, args, {
      cwd: ROOT,
      env: { ...process.env, CHAIN_RPC_URL: chain.url },
    });
    const deployment = JSON.parse(readFileSync(files.out, 'utf8')) as Deployment;
    const options = {
      chainRpcUrl: chain.url,
      deployment,
      dataDir: data,
      apiUrl: backend.url,
      serviceToken: TOKEN,
      pollMilliseconds: 50,
    };
    const runner = await AcceptanceRunner.open({ ...options, key: keys.runner });
    const service = new HttpService((pathname) => {
      const body = runner.result(/^\/results\/(0x[0-9a-f]{64})\.json$/.exec(pathname)?.[1] ?? '');
      return body === undefined ? undefined : { status: 200, type: 'application/json', body };
    });
    const runnerUrl = await service.listen('127.0.0.1', 0);
    const openOptions = { ...options, keys, runnerUrl, bundleFile: BUNDLE };
    const network = await OracleNetwork.open(openOptions);
    stops.push(
      () => runner.stop(),
      () => service.close(),
      () => network.stop(),
    );
    await runner.start();
    await network.start();
    const [client, contributor] = await Promise.all([provider.getSigner(1), provider.getSigner(2)]);
    const token = new Contract(deployment.token.address, testTokenAbi, client);
    const escrow = await createEscrow({
      provider,
      deployment,
      backend,
      token,
      client,
      contributor,
      runner,
      milestones,
    });
    return new EscrowHarness(provider, deployment, network, escrow, token, contributor, backend, openOptions, stops);
  }

  async stop(): Promise<void> {
    for (const stop of this.stops.reverse()) await stop();
  }

  /** A second network on the same keys that sees no log, because it is never started. */
  async openBlind(): Promise<OracleNetwork> {
    const blind = await OracleNetwork.open({
      ...this.openOptions,
      dataDir: path.join(this.openOptions.dataDir, 'blind'),
    });
    this.stops.push(() => blind.stop());
    return blind;
  }

  async submit(milestone: number, files: Record<string, string>): Promise<void> {
    await send(this.escrow.connect(this.contributor) as Contract, 'submit', milestone, this.digestOf(files), SELF);
  }

  async stateOf(milestone: number): Promise<bigint> {
    return ((await this.escrow.getFunction('milestone')(milestone)) as { state: bigint }).state;
  }

  balance(of: string): Promise<bigint> {
    return this.token.getFunction('balanceOf')(of) as Promise<bigint>;
  }

  private digestOf(files: Record<string, string>): Hex {
    for (const text of Object.values(files)) this.backend.files.set(sha256Hex(text), Buffer.from(text));
    const list = Object.entries(files).map(([name, text]) => ({
      name,
      size: Buffer.byteLength(text),
      sha256: sha256Hex(text),
    }));
    const { digest, ...parts } = buildManifest({ files: list, note: '', salt: sha256Hex(JSON.stringify(files)) });
    this.backend.manifests.set(digest, JSON.stringify(parts));
    return digest;
  }
}

/** A person of the local chain. */
export function account(index: number): HDNodeWallet {
  const phrase = 'test test test test test test test test test test test junk';
  return HDNodeWallet.fromPhrase(phrase, undefined, `m/44'/60'/0'/0/${String(index)}`);
}

async function send(contract: Contract, name: string, ...args: unknown[]): Promise<void> {
  await (await contract.getFunction(name)(...args)).wait();
}

/** Milestones that the client or the oracle decides; 60 % to the contributor, 40 % to account 3. */
async function createEscrow(parts: {
  readonly provider: JsonRpcProvider;
  readonly deployment: Deployment;
  readonly backend: BackendDouble;
  readonly token: Contract;
  readonly client: Signer;
  readonly contributor: Signer;
  readonly runner: AcceptanceRunner;
  readonly milestones: number;
}): Promise<Contract> {
  const { provider, deployment, backend, token, client, contributor, runner, milestones } = parts;
  const total = BigInt(milestones) * AMOUNT;
  const criteria = suiteCriteria([runner.address]);
  backend.documents.set(criteriaHash(criteria), canonicalize(criteria));
  const [clientAddress, contributorAddress] = await Promise.all([client.getAddress(), contributor.getAddress()]);
  const profile = { ...DEFAULT_PROFILE, reviewDays: 5, extensionDays: 0, holdHours: 48 };
  const gatePolicy = encodeGatePolicy({
    policies: [
      {
        bodies: {
          clients: { quorumBps: 5_001, approvalBps: 5_001 },
          oracle: { oracle: deployment.contracts.CreOracle, criteriaHash: criteriaHash(criteria) },
        },
        need: 1,
        holdOracle: false,
        silence: profile.silence,
        window: profile.reviewDays * DAY,
        extension: 0,
        challenge: profile.holdHours * 3_600,
      },
    ],
    milestones: Array.from({ length: milestones }, () => 0),
    seats: [{ id: clientAddress, body: 'clients', weight: 1, excluded: false }],
  });
  const arbitrationPolicy = encodeArbitrationPolicy({
    panelPolicy: null,
    arbitrator: account(9).address,
    fallbackArbitrator: null,
    fee: 0n,
    bond: 0n,
    settleFeeBps: 0,
    windows: DEFAULT_LADDER_WINDOWS,
  });
  const now = (await provider.getBlock('latest'))?.timestamp ?? 0;
  const milestone = { amount: AMOUNT, due: 30, fundBy: 10, profile: 0, policy: 0 };
  const args = encodeTerms({
    feeBps: 100,
    warrantyDays: 30,
    start: now,
    token: deployment.token.address,
    client: clientAddress,
    contributor: contributorAddress,
    termsHash: sha256Hex('terms'),
    policyHash: policyHash(gatePolicy, arbitrationPolicy),
    payees: [
      { account: contributorAddress, weight: 6_000 },
      { account: account(3).address, weight: 4_000 },
    ],
    funders: [],
    profiles: [profile],
    milestones: Array.from({ length: milestones }, () => milestone),
    criteria: [criteriaHash(criteria)],
    // The client alone needs no seat.
    seats: [],
  });
  const factory = new Contract(deployment.contracts.EscrowFactory, escrowFactoryAbi, client);
  const deadline = now + DAY;
  const signature = await account(2).signTypedData(
    factoryDomain(31_337, deployment.contracts.EscrowFactory),
    { Terms: [...TERMS_TYPES.Terms] },
    termsMessage(args, deadline),
  );
  const consent = { nonce: 0n, deadline, signature };
  await send(factory, 'create', args, gatePolicy, arbitrationPolicy, SELF, consent, 0n, []);
  const at = (await factory.getFunction('predict')(args)) as string;
  await send(token, 'approve', at, total);
  const made = new Contract(at, milestoneEscrowAbi, client);
  await send(made, 'fund', 0, total);
  return made;
}
