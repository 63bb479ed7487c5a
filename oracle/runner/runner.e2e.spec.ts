import { readSuiteResult, sha256Hex, suiteHash, type Hex } from '@milepost/protocol';
import { addressOfKey } from '@milepost/protocol/evm-words';
import { BAD_FILES, GOOD_FILES, Harness, suiteCriteria, until } from '../test/harness.js';

describe('acceptance runner', () => {
  let harness: Harness;
  let milestone = 0;
  const stops: (() => Promise<void>)[] = [];
  beforeAll(async () => {
    harness = await Harness.start();
  }, 60_000);
  beforeEach(() => {
    milestone++;
  });
  afterEach(async () => {
    for (const stop of stops.splice(0)) await stop();
  });
  afterAll(async () => {
    await harness.stop();
  });

  const start = async (change: Parameters<Harness['startRunner']>[0] = {}) => {
    const started = await harness.startRunner(change);
    stops.push(started.stop);
    return started;
  };
  const jobOf = (runner: { status(): object }, requestId: Hex) =>
    (runner.status() as { jobs: { requestId: Hex; state: string; error: string | null }[] }).jobs.find(
      (job) => job.requestId === requestId,
    );
  const served = (url: string, requestId: Hex): Promise<unknown> =>
    until('the served result', async () => {
      const response = await fetch(`${url}/results/${requestId}.json`);
      return response.ok ? ((await response.json()) as unknown) : undefined;
    });

  it.each([
    ['passes', GOOD_FILES, ['passed', 'passed']],
    ['fails', BAD_FILES, ['failed', 'passed']],
  ])('serves a signed result of work that %s', async (_what, files, outcomes) => {
    const { url } = await start();
    const criteria = suiteCriteria([harness.runnerAddress]);
    const { requestId, digest } = await harness.submit({ milestone, files, criteria });
    const context = {
      chainId: 31_337n,
      oracle: String(harness.oracle.target).toLowerCase() as Hex,
      requestId,
      digest,
      suiteHash: suiteHash(criteria.suite),
    };
    const result = readSuiteResult(await served(url, requestId), context, criteria.suite);
    expect(result.runner).toBe(harness.runnerAddress.toLowerCase());
    expect(result.results.map(({ outcome }) => outcome)).toEqual(outcomes);
  });

  it('signs nothing when a file is not what the manifest names', async () => {
    const { runner, url } = await start();
    const files = { 'interviews.csv': 'id\n1\n2\n3\n4\n', 'a.md': 'Summary' };
    harness.backend.swapFile(sha256Hex(files['interviews.csv']), 'id\n1\n2\n3\n9\n');
    const { requestId } = await harness.submit({ milestone, files });
    const job = await until('a refusal', () => {
      const found = jobOf(runner, requestId);
      return found?.state === 'broken' ? found : undefined;
    });
    expect(job.error).toMatch(/^file 0x[0-9a-f]{64} has the hash 0x/);
    expect((await fetch(`${url}/results/${requestId}.json`)).status).toBe(404);
  });

  it('leaves work alone whose criteria name others', async () => {
    const { runner } = await start();
    const { requestId } = await harness.submit({
      milestone,
      criteria: suiteCriteria([addressOfKey(`0x${'07'.repeat(32)}`)]),
    });
    const job = await until('a refusal', () => {
      const found = jobOf(runner, requestId);
      return found?.state === 'broken' ? found : undefined;
    });
    expect(job.error).toContain('the criteria name other runners');
  });

  it('waits for a document that is late, and says the same after a restart', async () => {
    const dataDir = harness.folder();
    const first = await harness.startRunner({ dataDir });
    const { requestId, criteriaHash } = await harness.submit({ milestone });
    const text = harness.backend.documents.get(criteriaHash)!;
    const result = JSON.stringify(await served(first.url, requestId));
    await first.stop();

    harness.backend.documents.delete(criteriaHash);
    const second = await start({ dataDir });
    expect(JSON.stringify(await served(second.url, requestId))).toBe(result);
    milestone++;
    const late = await harness.submit({ milestone });
    harness.backend.documents.delete(criteriaHash);
    harness.backend.documents.set(late.criteriaHash, text);
    expect(await served(second.url, late.requestId)).toBeDefined();
  });
});
