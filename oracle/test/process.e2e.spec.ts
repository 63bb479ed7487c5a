import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { JobView } from '../network/network.js';
import { DIST, Harness, until } from './harness.js';

interface Started {
  readonly child: ChildProcess;
  readonly url: string;
  readonly exit: Promise<number | null>;
  output(): string;
}

describe('oracle processes', () => {
  let harness: Harness;
  const children: ChildProcess[] = [];
  beforeAll(async () => {
    harness = await Harness.start();
  }, 60_000);
  afterAll(async () => {
    for (const child of children) child.kill('SIGKILL');
    await harness.stop();
  });

  const start = async (script: string, env: Record<string, string>): Promise<Started> => {
    const child = spawn(process.execPath, [path.join(DIST, script)], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    children.push(child);
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const exit = new Promise<number | null>((resolve) => child.once('exit', resolve));
    const url = await until(`the startup line of ${script}: ${output}`, () => / at (http:\S+)/.exec(output)?.[1]);
    return { child, url, exit, output: () => output };
  };

  it('keys, runner and network work together, keep what they know, and stop on SIGTERM and SIGINT', async () => {
    const data = harness.folder();
    mkdirSync(path.join(data, 'keys'));
    for (const [i, key] of harness.keys.nodes.entries())
      writeFileSync(path.join(data, 'keys', `oracle-node-${String(i)}`), key);
    writeFileSync(path.join(data, 'keys', 'oracle-transmitter'), harness.keys.transmitter);
    writeFileSync(path.join(data, 'keys', 'runner'), harness.keys.runner);
    writeFileSync(path.join(data, 'deployment.json'), JSON.stringify(harness.deployment));
    writeFileSync(path.join(data, 'token'), 'test-service-token\n');
    const env = {
      CHAIN_RPC_URL: harness.chainUrl,
      DEPLOYMENT_FILE: path.join(data, 'deployment.json'),
      MILEPOST_DATA: data,
      API_URL: harness.backend.url,
      SERVICE_TOKEN_FILE: path.join(data, 'token'),
    };

    const keys = JSON.parse(
      execFileSync(process.execPath, [path.join(DIST, 'network/keys.js')], { env, encoding: 'utf8' }),
    ) as object;
    const { signers, workflowId, workflowOwner, donId, configVersion } = harness.deployment.oracle;
    expect(keys).toMatchObject({
      signers,
      workflowId,
      workflowOwner,
      donId,
      configVersion,
      runner: harness.runnerAddress,
    });

    const runner = await start('runner/main.js', { ...env, RUNNER_URL: 'http://127.0.0.1:9' });
    const network = await start('network/main.js', { ...env, RUNNER_URL: runner.url });
    expect(network.output()).toBe(`oracle network ready at ${network.url} (4 nodes, f = 1, local, self-operated)\n`);

    const { requestId } = await harness.submit({ milestone: 1 });
    await until('the verdict', async () => (await harness.told(1)).times === 1);
    const job = await until('the job', async () => {
      const answer = (await (await fetch(`${network.url}/requests/${requestId}`)).json()) as JobView;
      return answer.state === 'answered' ? answer : undefined;
    });
    expect(job.nodes).toHaveLength(4);
    expect(await (await fetch(`${runner.url}/results/0x${'00'.repeat(32)}.json`)).json()).toMatchObject({
      type: 'urn:milepost:problem:no-result',
    });

    network.child.kill('SIGTERM');
    runner.child.kill('SIGINT');
    expect(await Promise.all([network.exit, runner.exit])).toEqual([0, 0]);

    const again = await start('network/main.js', { ...env, RUNNER_URL: runner.url });
    expect(await (await fetch(`${again.url}/status`)).json()).toMatchObject({
      ok: true,
      jobs: [{ requestId, state: 'answered', verdict: 'passed' }],
    });
    again.child.kill('SIGTERM');
    expect(await again.exit).toBe(0);
  }, 60_000);

  it('say in one line why they do not start', () => {
    const run = (script: string): string => {
      try {
        return execFileSync(process.execPath, [path.join(DIST, script)], { env: {}, encoding: 'utf8', stdio: 'pipe' });
      } catch (error) {
        return (error as { stderr: string }).stderr;
      }
    };
    for (const script of ['network/main.js', 'runner/main.js', 'network/keys.js']) {
      expect(run(script)).toMatch(/^(DEPLOYMENT_FILE|MILEPOST_DATA) is not set\. [^\n]+\n$/);
    }
  });
});
