/** The whole way on the real contracts: signed terms, money, submission, four nodes, verdict, payment to the unit. */
import { execFile, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { Contract, HDNodeWallet, JsonRpcProvider, type Result, type Signer } from 'ethers';
import { buildManifest, canonicalize, criteriaHash, sha256Hex, type Hex } from '@milepost/protocol';
import { DEFAULT_LADDER_WINDOWS, encodeArbitrationPolicy } from '@milepost/protocol/arbitration-policy';
import { SELF } from '@milepost/protocol/escrow-intents';
import { encodeGatePolicy } from '@milepost/protocol/gate-policy';
import { creOracleAbi, escrowFactoryAbi, milestoneEscrowAbi, testTokenAbi } from '@milepost/protocol/generated/abi';
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
import {
  BackendDouble,
  BAD_FILES,
  BUNDLE,
  GOOD_FILES,
  ROOT,
  startAnvil,
  suiteCriteria,
  TOKEN,
  until,
} from './harness.js';

type Deployment = OracleDeployment & { contracts: { EscrowFactory: Hex }; token: { address: Hex } };
const DAY = 86_400;
/** 100.000001: every division of the money rule leaves a remainder. */
const AMOUNT = 100_000_001n;

describe('an oracle milestone on the real contracts', () => {
  const data = mkdtempSync(path.join(tmpdir(), 'milepost-escrow-'));
  let chain: { child: ChildProcess; url: string };
  let provider: JsonRpcProvider;
  let backend: BackendDouble;
  let deployment: Deployment;
  let network: OracleNetwork;
  let runner: AcceptanceRunner;
  let service: HttpService;
  let runnerUrl: string;
  let client: Signer;
  let contributor: Signer;
  let escrow: Contract;
  let token: Contract;

  const digestOf = (files: Record<string, string>): Hex => {
    for (const text of Object.values(files)) backend.files.set(sha256Hex(text), Buffer.from(text));
    const list = Object.entries(files).map(([name, text]) => ({
      name,
      size: Buffer.byteLength(text),
      sha256: sha256Hex(text),
    }));
    const { digest, ...parts } = buildManifest({ files: list, note: '', salt: sha256Hex(JSON.stringify(files)) });
    backend.manifests.set(digest, JSON.stringify(parts));
    return digest;
  };
  const send = async (contract: Contract, name: string, ...args: unknown[]): Promise<void> => {
    await (await contract.getFunction(name)(...args)).wait();
  };
  const balance = (account: string): Promise<bigint> => token.getFunction('balanceOf')(account) as Promise<bigint>;
  const account = (index: number): HDNodeWallet =>
    HDNodeWallet.fromPhrase(
      'test test test test test test test test test test test junk',
      undefined,
      `m/44'/60'/0'/0/${String(index)}`,
    );

  const stops: (() => unknown)[] = [
    () => {
      rmSync(data, { recursive: true, force: true });
    },
  ];

  beforeAll(async () => {
    chain = await startAnvil();
    stops.push(() => void chain.child.kill('SIGKILL'));
    provider = new JsonRpcProvider(chain.url, 31_337, { staticNetwork: true, cacheTimeout: -1, pollingInterval: 50 });
    stops.push(() => {
      provider.destroy();
    });
    backend = await BackendDouble.start();
    stops.push(() => backend.close());
    const keys = oracleKeys(data);
    const files = {
      oracle: path.join(data, 'oracle.json'),
      relayer: path.join(data, 'relayer'),
      out: path.join(data, 'deployment.json'),
    };
    writeFileSync(files.oracle, JSON.stringify(publicKeys(keys)));
    writeFileSync(files.relayer, account(15).privateKey);
    const args = [
      'contracts/tools/deploy.ts',
      '--oracle',
      files.oracle,
      '--relayer-key',
      files.relayer,
      '--out',
      files.out,
    ];
    // Not synchronously: the chain's output must be read meanwhile, or it blocks.
    await promisify(execFile)(process.execPath, args, {
      cwd: ROOT,
      env: { ...process.env, CHAIN_RPC_URL: chain.url },
    });
    deployment = JSON.parse(readFileSync(files.out, 'utf8')) as Deployment;
    const options = {
      chainRpcUrl: chain.url,
      deployment,
      dataDir: data,
      apiUrl: backend.url,
      serviceToken: TOKEN,
      pollMilliseconds: 50,
    };
    runner = await AcceptanceRunner.open({ ...options, key: keys.runner });
    stops.push(() => runner.stop());
    service = new HttpService((pathname) => {
      const body = runner.result(/^\/results\/(0x[0-9a-f]{64})\.json$/.exec(pathname)?.[1] ?? '');
      return body === undefined ? undefined : { status: 200, type: 'application/json', body };
    });
    runnerUrl = await service.listen('127.0.0.1', 0);
    network = await OracleNetwork.open({
      ...options,
      keys,
      runnerUrl,
      bundleFile: BUNDLE,
    });
    stops.push(
      () => service.close(),
      () => network.stop(),
    );
    await runner.start();
    await network.start();
    client = await provider.getSigner(1);
    contributor = await provider.getSigner(2);
    token = new Contract(deployment.token.address, testTokenAbi, client);
    escrow = await createEscrow();
  }, 120_000);
  afterAll(async () => {
    for (const stop of stops.reverse()) await stop();
  });

  /** Three milestones, each decided by the client or the oracle; 60 % to the contributor, 40 % to account 3. */
  async function createEscrow(): Promise<Contract> {
    const criteria = suiteCriteria([publicKeys(oracleKeys(data)).runner]);
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
      milestones: [0, 0, 0],
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
      milestones: [milestone, milestone, milestone],
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
    await send(token, 'approve', at, 3n * AMOUNT);
    const made = new Contract(at, milestoneEscrowAbi, client);
    await send(made, 'fund', 0, 3n * AMOUNT);
    return made;
  }

  const submit = async (milestone: number, files: Record<string, string>): Promise<void> => {
    await send(escrow.connect(contributor) as Contract, 'submit', milestone, digestOf(files), SELF);
  };
  const stateOf = async (milestone: number): Promise<bigint> =>
    ((await escrow.getFunction('milestone')(milestone)) as { state: bigint }).state;
  const lastVerdict = (): Promise<string> =>
    until('a verdict', () => network.jobs().find(({ state }) => state === 'answered')?.verdict ?? undefined);

  it('work that passes is paid at once, to the last unit', async () => {
    const contributorAddress = await contributor.getAddress();
    const before = [await balance(contributorAddress), await balance(account(3).address)] as const;
    const submitted = await stateOf(0);
    await submit(0, GOOD_FILES);
    expect(await lastVerdict()).toBe('passed');
    expect(await stateOf(0)).not.toBe(submitted);
    // Holdback 10 % of 100.000001 = 10.000000; payable 90.000001; fee 1 % = 0.900000; 89.100001 to the payees, the
    // remainder to the first.
    expect((await balance(contributorAddress)) - before[0]).toBe(53_460_001n);
    expect((await balance(account(3).address)) - before[1]).toBe(35_640_000n);
    expect(await balance(String(escrow.target))).toBe(3n * AMOUNT - 89_100_001n - 900_000n);
  });

  it('work that fails is not paid, and the client may still decide', async () => {
    const before = await balance(String(escrow.target));
    await submit(1, BAD_FILES);
    const submitted = await stateOf(1);
    const oracle = new Contract(deployment.contracts.CreOracle, creOracleAbi, provider);
    const failed = await until('the second verdict', () =>
      network.jobs().find(({ state, verdict }) => state === 'answered' && verdict === 'failed'),
    );
    const record = (await oracle.getFunction('attestation')(failed.requestId)) as Result;
    expect(record.toObject()).toMatchObject({ verdict: 2n, payBps: 0n, pushed: true });
    expect(await balance(String(escrow.target))).toBe(before);
    expect(await stateOf(1)).toBe(submitted);
  });

  it('a request whose log was missed is found through its escrow and gate', async () => {
    await network.stop();
    await submit(2, GOOD_FILES);
    const keys = oracleKeys(data);
    // Never started, so it sees no log: only its clock can bring it the open request.
    const blind = await OracleNetwork.open({
      chainRpcUrl: chain.url,
      deployment,
      keys,
      dataDir: path.join(data, 'blind'),
      apiUrl: backend.url,
      serviceToken: TOKEN,
      runnerUrl,
      bundleFile: BUNDLE,
    });
    stops.push(() => blind.stop());
    const results: (string | null)[] = [];
    for (let tick = 0; tick < 50 && results.at(-1) !== 'passed'; tick++) {
      results.push((await blind.runTick(1_800_000_000 + tick * 300)).result);
    }
    expect(results.at(-1)).toBe('passed');
    expect((await blind.runTick(1_900_000_000)).result).toBe('nothing pending');
  });
});
