/** A chain, the real contracts, a backend double and the oracle's parts, for tests and benchmarks. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Contract, ContractFactory, JsonRpcProvider, type InterfaceAbi, type JsonRpcSigner } from 'ethers';
import {
  buildManifest,
  canonicalize,
  criteriaHash,
  parseCriteria,
  requestId as requestIdOf,
  sha256Hex,
  workflowNameField,
  type AcceptanceSuiteCriteria,
  type Criteria,
  type Manifest,
  type ManifestFacts,
  type Hex,
} from '@milepost/protocol';
import type { PublishedReport, PublishedRun } from '../network/publisher.js';
import { OracleNetwork } from '../network/network.js';
import type { NetworkOptions } from '../network/options.js';
import { AcceptanceRunner } from '../runner/runner.js';
import { HttpService } from '../shared/http-service.js';
import { oracleKeys, publicKeys, type OracleKeys } from '../shared/keys.js';
import type { OracleDeployment } from '../shared/settings.js';

export const ROOT = checkout();
export const DIST = path.join(ROOT, 'oracle', 'dist');
export const BUNDLE = path.join(DIST, 'workflow', 'milepost-judge.js');
export const TOKEN = 'test-service-token';

type Artifacts = Record<
  'CreOracle' | 'KeystoneForwarder' | 'GateAndEscrowDouble',
  { abi: InterfaceAbi; bytecode: string }
>;

/** Holds documents, manifests and files as the backend does, and can be made to lie or fail. */
export class BackendDouble {
  readonly documents = new Map<string, string>();
  readonly manifests = new Map<string, string>();
  readonly files = new Map<string, Uint8Array>();
  readonly reports: { requestId: string; body: PublishedReport }[] = [];
  readonly runs: { requestId: string; body: PublishedRun }[] = [];
  /** Evidence by `<requestId>/<name>`. */
  readonly evidence = new Map<string, string>();
  /** Live sources by path below `/source`, without the query; a source may answer late, or never. */
  readonly sources = new Map<string, (query: URLSearchParams) => string | Promise<string>>();
  /** Answer reports with this status. */
  reportStatus = 201;
  private readonly swapped = new Map<string, string>();

  private constructor(private readonly server: Server) {}

  /** Serves other bytes for a file than the ones that were uploaded. */
  swapFile(sha256: string, text: string): void {
    this.swapped.set(sha256, text);
  }

  static async start(): Promise<BackendDouble> {
    const server = createServer();
    const backend = new BackendDouble(server);
    server.on('request', (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const authorized = request.headers.authorization === `Bearer ${TOKEN}`;
        const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
        const source = backend.sources.get(pathname.replace(/^\/source/, ''));
        if (source !== undefined) {
          void Promise.resolve(source(searchParams)).then((text) => response.writeHead(200).end(text));
          return;
        }
        const [status, body] = backend.answer(request.method ?? '', pathname, authorized, Buffer.concat(chunks));
        response.writeHead(status).end(body);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return backend;
  }

  get url(): string {
    return `http://127.0.0.1:${String((this.server.address() as AddressInfo).port)}`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private answer(method: string, url: string, authorized: boolean, body: Buffer): [number, string | Uint8Array] {
    const at =
      /^\/api\/v1\/(oracle\/documents|oracle\/requests|submissions)\/(0x[0-9a-f]{64})(?:\/(manifest|reports|runs|evidence\/([a-z]+)|files\/(0x[0-9a-f]{64})))?$/.exec(
        url,
      );
    const [, area, id = '', what = '', evidence = '', fileHash = ''] = at ?? [];
    if (area === 'oracle/documents') return found(this.documents.get(id));
    if (evidence !== '') return found(this.evidence.get(`${id}/${evidence}`));
    if (!authorized) return [401, 'no service token'];
    if (area === 'oracle/requests' && method === 'POST' && what === 'reports') {
      if (this.reportStatus < 300)
        this.reports.push({ requestId: id, body: JSON.parse(body.toString()) as PublishedReport });
      return [this.reportStatus, ''];
    }
    if (area === 'oracle/requests' && method === 'POST' && what === 'runs') {
      this.runs.push({ requestId: id, body: JSON.parse(body.toString()) as PublishedRun });
      return [201, ''];
    }
    if (what === 'manifest') return found(this.manifests.get(id));
    return what === '' ? [404, ''] : found(this.swapped.get(fileHash) ?? this.files.get(fileHash));
  }
}

function found(body: string | Uint8Array | undefined): [number, string | Uint8Array] {
  return body === undefined ? [404, ''] : [200, body];
}

/** The suite that tests deliver against: a table of at least three rows, and a summary. */
export function suiteCriteria(runners: readonly Hex[], change: object = {}): AcceptanceSuiteCriteria {
  return parseCriteria({
    schema: 'milepost/criteria@1',
    kind: 'acceptance-suite',
    title: 'Interview table',
    pay: { mode: 'weights', minBps: 5_000 },
    runners: runners.map((runner) => runner.toLowerCase()),
    need: 1,
    mustPass: ['rows'],
    suite: {
      tests: [
        {
          id: 'rows',
          title: 'At least 3 interviews',
          weight: 3,
          check: { kind: 'csv-min-rows', file: 'interviews.csv', rows: 3 },
        },
        {
          id: 'summary',
          title: 'A summary',
          weight: 1,
          check: { kind: 'text-contains', file: '*.md', text: 'Summary', ignoreCase: true },
        },
      ],
    },
    ...change,
  }) as AcceptanceSuiteCriteria;
}

export const GOOD_FILES = { 'interviews.csv': 'id,name\n1,a\n2,b\n3,c\n', 'report.md': '# Summary\nfine\n' };
export const BAD_FILES = { 'interviews.csv': 'id,name\n1,a\n', 'report.md': '# Summary\n' };

export class Harness {
  private readonly cleanUps: (() => Promise<unknown> | unknown)[] = [];
  private constructor(
    readonly chainUrl: string,
    readonly provider: JsonRpcProvider,
    readonly signer: JsonRpcSigner,
    readonly backend: BackendDouble,
    readonly keys: OracleKeys,
    readonly oracle: Contract,
    readonly forwarder: Contract,
    readonly double: Contract,
    readonly deployment: OracleDeployment,
    /** Deploys a second oracle with the same gate, forwarder and workflow. */
    readonly deployTwin: () => Promise<Contract>,
  ) {}

  static async start(): Promise<Harness> {
    const artifacts = JSON.parse(
      readFileSync(
        execFileSync(process.execPath, [path.join(ROOT, 'oracle', 'test', 'compile.mjs')], { encoding: 'utf8' }),
        'utf8',
      ),
    ) as Artifacts;
    const { child, url } = await startAnvil();
    try {
      return await Harness.deploy(child, url, artifacts);
    } catch (error) {
      child.kill('SIGKILL');
      throw error;
    }
  }

  private static async deploy(child: ChildProcess, url: string, artifacts: Artifacts): Promise<Harness> {
    const provider = new JsonRpcProvider(url, 31_337, { staticNetwork: true, cacheTimeout: -1, pollingInterval: 50 });
    const signer = await provider.getSigner(0);
    const keysDir = mkdtempSync(path.join(tmpdir(), 'milepost-oracle-'));
    const keys = oracleKeys(keysDir);
    const known = publicKeys(keys);
    const deploy = async (name: keyof Artifacts, args: unknown[]): Promise<Contract> => {
      const contract = await new ContractFactory(artifacts[name].abi, artifacts[name].bytecode, signer).deploy(...args);
      await contract.waitForDeployment();
      return contract as Contract;
    };
    const forwarder = await deploy('KeystoneForwarder', []);
    await (await forwarder.getFunction('setConfig')(1, 1, 1, known.signers)).wait();
    const double = await deploy('GateAndEscrowDouble', []);
    const selector = 7_759_470_850_252_068_959n;
    const name = workflowNameField(known.workflowName);
    const owner = await signer.getAddress();
    const deployOracle = (): Promise<Contract> =>
      deploy('CreOracle', [
        owner,
        forwarder.target,
        double.target,
        selector,
        known.workflowOwner,
        name,
        known.workflowId,
      ]);
    const oracle = await deployOracle();
    await (await double.getFunction('setOracle')(oracle.target)).wait();
    await (await signer.sendTransaction({ to: known.transmitter, value: 10n ** 18n })).wait();
    const backend = await BackendDouble.start();
    const deployment: OracleDeployment = {
      chainId: 31_337,
      fromBlock: 1,
      contracts: {
        CreOracle: oracle.target as Hex,
        MilestoneGate: double.target as Hex,
        KeystoneForwarder: forwarder.target as Hex,
      },
      oracle: { ...known, label: 'local', f: 1, chainSelector: selector.toString() },
    };
    const harness = new Harness(
      url,
      provider,
      signer,
      backend,
      keys,
      oracle,
      forwarder,
      double,
      deployment,
      deployOracle,
    );
    harness.cleanUps.push(
      () => backend.close(),
      () => {
        provider.destroy();
        child.kill('SIGKILL');
      },
      () => {
        rmSync(keysDir, { recursive: true, force: true });
      },
    );
    return harness;
  }

  /** A folder of its own, removed at the end. */
  folder(): string {
    const dir = mkdtempSync(path.join(tmpdir(), 'milepost-oracle-'));
    this.cleanUps.push(() => {
      rmSync(dir, { recursive: true, force: true });
    });
    return dir;
  }

  get runnerAddress(): Hex {
    return publicKeys(this.keys).runner;
  }

  /** Starts a runner with its HTTP service. */
  async startRunner(
    change: Partial<{ key: Hex; dataDir: string }> = {},
  ): Promise<{ runner: AcceptanceRunner; url: string; stop: () => Promise<void> }> {
    const runner = await AcceptanceRunner.open({
      ...(await this.base()),
      key: this.keys.runner,
      dataDir: this.folder(),
      ...change,
    });
    const service = new HttpService((pathname) => {
      const body = runner.result(/^\/results\/(0x[0-9a-f]{64})\.json$/.exec(pathname)?.[1] ?? '');
      return body === undefined ? undefined : { status: 200, type: 'application/json', body };
    });
    const url = await service.listen('127.0.0.1', 0);
    await runner.start();
    const stop = async (): Promise<void> => {
      await service.close();
      await runner.stop();
    };
    return { runner, url, stop };
  }

  async openNetwork(runnerUrl: string, change: Partial<NetworkOptions> = {}): Promise<OracleNetwork> {
    return OracleNetwork.open({
      ...(await this.base()),
      keys: this.keys,
      dataDir: this.folder(),
      runnerUrl,
      sources: [`${this.backend.url}/source`],
      bundleFile: BUNDLE,
      ...change,
    });
  }

  /** Puts a submission into backend and chain. Resolves with its request id. */
  async submit(options: {
    files?: Record<string, string>;
    criteria?: Criteria;
    milestone: number;
    facts?: ManifestFacts;
    /** A manifest of one's own instead of one over `files`. */
    manifest?: Manifest & { readonly digest: Hex };
  }): Promise<{ requestId: Hex; digest: Hex; criteriaHash: Hex }> {
    const criteria = options.criteria ?? suiteCriteria([this.runnerAddress]);
    const contents = Object.entries(options.files ?? GOOD_FILES);
    for (const [, text] of contents) this.backend.files.set(sha256Hex(text), Buffer.from(text));
    const { manifest, confidential, digest } =
      options.manifest ??
      buildManifest({
        files: contents.map(([name, text]) => ({ name, size: Buffer.byteLength(text), sha256: sha256Hex(text) })),
        note: '',
        salt: `0x${randomBytes(32).toString('hex')}`,
        ...(options.facts === undefined ? {} : { facts: options.facts }),
      });
    const hash = criteriaHash(criteria);
    this.backend.documents.set(hash, canonicalize(criteria));
    this.backend.manifests.set(digest, JSON.stringify({ manifest, confidential }));
    this.backend.documents.set(digest, canonicalize(manifest));
    const expires = (await this.now()) + 86_400;
    await (await this.double.getFunction('submit')(options.milestone, digest, hash, expires)).wait();
    const round = Number(await this.double.getFunction('rounds')(options.milestone));
    const requestId = requestIdOf({
      chainId: 31_337n,
      oracle: this.oracle.target as string,
      gate: this.double.target as string,
      escrow: this.double.target as string,
      milestone: options.milestone,
      round,
      digest,
      criteriaHash: hash,
    });
    return { requestId, digest, criteriaHash: hash };
  }

  /** Sends a submission to the chain once more, e.g. after its block was taken back. */
  async resubmit(milestone: number, submission: { digest: Hex; criteriaHash: Hex }): Promise<void> {
    const expires = (await this.now()) + 86_400;
    const { digest, criteriaHash: hash } = submission;
    // Not waited for by block number: after a reorganisation that number may have been seen before.
    const call = this.double.getFunction('submit');
    await this.signer.sendUncheckedTransaction(await call.populateTransaction(milestone, digest, hash, expires));
  }

  /** What the gate was told about a milestone. */
  async told(milestone: number): Promise<{ verdict: number; payBps: number; times: number }> {
    const [verdict, payBps, , times] = (await this.double.getFunction('told')(milestone)) as [
      bigint,
      bigint,
      string,
      bigint,
    ];
    return { verdict: Number(verdict), payBps: Number(payBps), times: Number(times) };
  }

  async now(): Promise<number> {
    return (await this.provider.getBlock('latest'))?.timestamp ?? 0;
  }

  async stop(): Promise<void> {
    for (const cleanUp of this.cleanUps) await cleanUp();
  }

  private async base(): Promise<
    Pick<NetworkOptions, 'chainRpcUrl' | 'deployment' | 'apiUrl' | 'serviceToken' | 'pollMilliseconds'>
  > {
    // Each part sees only what happens from now on, so that tests on one chain do not meet.
    const fromBlock = (await this.provider.getBlockNumber()) + 1;
    return {
      chainRpcUrl: this.chainUrl,
      deployment: { ...this.deployment, fromBlock },
      apiUrl: this.backend.url,
      serviceToken: TOKEN,
      pollMilliseconds: 25,
    };
  }
}

/** Waits until `read` gives something. @throws after `seconds`, with what the last look gave. */
export async function until<T>(
  what: string,
  read: () => Promise<T | undefined | false> | T | undefined | false,
  seconds = 50,
): Promise<T> {
  for (const deadline = Date.now() + seconds * 1000; Date.now() < deadline;) {
    const value = await read();
    if (value !== undefined && value !== false) return value;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`waited ${String(seconds)} s in vain for: ${what}`);
}

/** A fresh chain with the public development accounts. */
export function startAnvil(): Promise<{ child: ChildProcess; url: string }> {
  const arch = process.arch === 'x64' ? 'amd64' : process.arch;
  const binary = path.join(
    ROOT,
    'node_modules',
    '@foundry-rs',
    `anvil-${process.platform}-${arch}`,
    'bin',
    process.platform === 'win32' ? 'anvil.exe' : 'anvil',
  );
  const child = spawn(binary, ['--port', '0', '--chain-id', '31337', '--hardfork', 'cancun'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return new Promise((resolve, reject) => {
    let output = '';
    child.once('error', reject);
    child.once('exit', (code) => {
      reject(new Error(`anvil ended with code ${String(code)}: ${output}`));
    });
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      const address = /Listening on (\S+)/.exec(output)?.[1];
      if (address !== undefined) resolve({ child, url: `http://${address}` });
    });
  });
}

/** The checkout's folder, from the source as from the build. */
function checkout(): string {
  let dir = import.meta.dirname;
  while (!existsSync(path.join(dir, 'package-lock.json'))) dir = path.dirname(dir);
  return dir;
}
