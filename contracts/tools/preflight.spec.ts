/** The pre-flight on a real deployment: nothing is wrong with it, and each planted mistake is named. */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';

import { Contract, HDNodeWallet, JsonRpcProvider, NonceManager, Wallet } from 'ethers';

import { readArtifact } from './lib/artifacts.ts';
import { preflight, type DeploymentRecord } from './preflight/checks.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'milepost-preflight-'));
const nodes = [1, 2, 3, 4].map((n) => new Wallet(`0x${String(n).padStart(64, '0')}`).address);
const owner = HDNodeWallet.fromPhrase('test test test test test test test test test test test junk');
const recordFile = path.join(folder, 'deployment.json');
let chain: ChildProcess;
let url = '';
let provider: JsonRpcProvider;
let record: DeploymentRecord;

beforeAll(async () => {
  const name = `@foundry-rs/anvil-${process.platform}-${process.arch === 'x64' ? 'amd64' : process.arch}/package.json`;
  const binary = path.join(createRequire(import.meta.url).resolve(name), '..', 'bin', 'anvil');
  chain = spawn(binary, ['--port', '0', '--hardfork', 'cancun', '--chain-id', '31337'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  url = await new Promise<string>((resolve, reject) => {
    let output = '';
    chain.once('exit', () => reject(new Error(`the chain ended: ${output}`)));
    chain.stdout?.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      const port = /Listening on 127\.0\.0\.1:(\d+)/.exec(output)?.[1];
      if (port !== undefined) resolve(`http://127.0.0.1:${port}`);
    });
  });
  const keys = path.join(folder, 'keys.json');
  writeFileSync(
    keys,
    JSON.stringify({
      signers: nodes,
      transmitter: nodes[0],
      workflowId: `0x${'77'.repeat(32)}`,
      workflowOwner: `0x${'7b'.repeat(20)}`,
      workflowName: 'milepost-judge',
      donId: 1,
      configVersion: 1,
    }),
  );
  await deploy('--oracle', keys, '--out', recordFile);
  record = JSON.parse(readFileSync(recordFile, 'utf8')) as DeploymentRecord;
  provider = new JsonRpcProvider(url, undefined, { cacheTimeout: -1 });
});

/** Runs the deployment tool against the chain. */
function deploy(...args: string[]): Promise<void> {
  const tool = path.resolve(import.meta.dirname, 'deploy.ts');
  const env = { ...process.env, CHAIN_RPC_URL: url, NODE_OPTIONS: '' };
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [tool, ...args], { env }, (error, _, err) =>
      error === null ? resolve() : reject(new Error(err)),
    );
  });
}

afterAll(() => {
  provider?.destroy();
  chain?.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

const wrong = async (change: DeploymentRecord): Promise<string> =>
  (await preflight(change, provider)).flatMap(({ ok, text }) => (ok === false ? [text] : [])).join('\n');
const withContract = (name: string, address: string): DeploymentRecord => ({
  ...record,
  contracts: { ...record.contracts, [name]: address },
});
const withOracle = (change: Partial<DeploymentRecord['oracle']>): DeploymentRecord => ({
  ...record,
  oracle: { ...record.oracle, ...change },
});

describe('pre-flight', () => {
  it('finds nothing wrong with the local deployment, and says so by its exit code', async () => {
    expect(await wrong(record)).toBe('');
    const texts = (await preflight(record, provider)).map(({ text }) => text).join('\n');
    expect(texts).toContain('is KeystoneForwarder 1.0.0');
    expect(texts).toContain('2 of 4 nodes, those of the record');
    expect(texts).toContain('refused only because nobody asked for it');
    expect(texts).toContain('labels the oracle “local”');
    const tool = path.resolve(import.meta.dirname, 'preflight.ts');
    const run = (file: string): Promise<number> =>
      new Promise((resolve) => {
        const env = { ...process.env, CHAIN_RPC_URL: url, NODE_OPTIONS: '' };
        execFile(process.execPath, [tool, file], { env }, (error) =>
          resolve(typeof error?.code === 'number' ? error.code : 0),
        );
      });
    expect(await run(recordFile)).toBe(0);
    const other = path.join(folder, 'other.json');
    writeFileSync(other, JSON.stringify(withOracle({ workflowName: 'another' })));
    expect(await run(other)).toBe(1);
    expect(await run(path.join(folder, 'none.json'))).toBe(2);
  });

  it.each<[string, () => DeploymentRecord, RegExp]>([
    ['chain', () => ({ ...record, chainId: 1 }), /record is of chain 1/],
    ['selector', () => withOracle({ chainSelector: '5009297550715157269' }), /not that of a local development chain/],
    ['address', () => withContract('CreOracle', nodes[0] ?? ''), /no contract at/],
    ['forwarder', () => withContract('KeystoneForwarder', String(record.contracts['MilestoneGate'])), /no forwarder/],
    ['receiver', () => withContract('CreOracle', String(record.contracts['Arbitration'])), /CreOracle|receiver/],
    ['gate', () => withContract('MilestoneGate', String(record.contracts['Arbitration'])), /gate/],
    ['network', () => withOracle({ donId: 9 }), /knows no network 9/],
    ['configuration', () => withOracle({ configVersion: 2 }), /configuration 2/],
    ['nodes', () => withOracle({ signers: nodes.slice(0, 3) }), /the record names others/],
    ['faults', () => withOracle({ f: 0 }), /the record names others/],
    ['workflow id', () => withOracle({ workflowId: `0x${'78'.repeat(32)}` }), /is not allowed/],
    ['workflow owner', () => withOracle({ workflowOwner: nodes[0] ?? '' }), /workflow owner is/],
    ['workflow name', () => withOracle({ workflowName: 'another' }), /workflow name \(another\) is/],
    ['owner', () => withOracle({ label: 'chainlink' }), /account with a key, not to a timelock/],
  ])('names a wrong %s', async (_, change, words) => {
    expect(await wrong(change())).toMatch(words);
  });

  it('knows a forwarder that was there before, and whom the oracle belongs to then', async () => {
    const out = path.join(folder, 'second.json');
    const forwarder = String(record.contracts['KeystoneForwarder']);
    await deploy('--oracle', path.join(folder, 'keys.json'), '--out', out, '--forwarder', forwarder);
    const second = JSON.parse(readFileSync(out, 'utf8')) as DeploymentRecord;
    expect(second.contracts['KeystoneForwarder']).toBe(forwarder);
    expect(second.contracts['CreOracle']).not.toBe(record.contracts['CreOracle']);
    expect(second.oracle.label).toBe('chainlink');
    // Only what a live network forbids is wrong: a key may not own the oracle.
    expect(await wrong(second)).toMatch(/^CreOracle belongs to [^\n]*$/);
  });

  it('names a mock forwarder, a workflow that must wait, and another one that may judge too', async () => {
    const snapshot = (await provider.send('evm_snapshot', [])) as string;
    const forwarder = String(record.contracts['KeystoneForwarder']);
    // Answers every question with the text of Chainlink's mock.
    const text = Buffer.from('MockKeystoneForwarder 1.0.0');
    const answer = `${'20'.padStart(64, '0')}${text.length.toString(16).padStart(64, '0')}${text.toString('hex').padEnd(64, '0')}`;
    await provider.send('anvil_setCode', [forwarder, `0x6060600c60003960606000f3${answer}`]);
    expect(await wrong(record)).toContain('anybody releases money without a signature');
    await provider.send('evm_revert', [snapshot]);

    const signer = new NonceManager(owner.connect(provider));
    const oracle = new Contract(String(record.contracts['CreOracle']), readArtifact('CreOracle').abi as never, signer);
    const next = `0x${'79'.repeat(32)}`;
    await (await oracle.getFunction('allowWorkflow')(next)).wait();
    expect(await wrong(withOracle({ workflowId: next }))).toContain('requests made before are not judged by it');
    const texts = (await preflight(record, provider)).map((finding) => finding.text).join('\n');
    expect(texts).toContain(`Another workflow may judge too: ${next}`);
    await (await oracle.getFunction('revokeWorkflow')(record.oracle.workflowId)).wait();
    expect(await wrong(record)).toMatch(/is not allowed[^]*CreOracle_WorkflowNotAllowed|is not allowed/);
  });
});
