import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { criteriaHash, parseCriteria, sha256Hex, type Hex } from '@milepost/protocol';
import { LaneLot } from '@milepost/protocol/judge/testing/lane-lot';
import { BAD_FILES, GOOD_FILES, ROOT, suiteCriteria } from '../test/harness.js';

const folder = mkdtempSync(path.join(tmpdir(), 'milepost-check-'));
const answers = new Map<string, string>();
const source = createServer((request, response) => {
  const body = answers.get(request.url?.split('?')[0] ?? '');
  response.writeHead(body === undefined ? 404 : 200).end(body);
});
let url = '';
beforeAll(async () => {
  await new Promise<void>((resolve) => source.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(source.address() as AddressInfo).port}`;
});
afterAll(() => {
  source.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Said {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command as a contributor does. */
const run = (...args: string[]): Promise<Said> => {
  const child = spawn(process.execPath, [path.join(ROOT, 'oracle', 'bin', 'milepost-check.js'), ...args]);
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  return new Promise((resolve) =>
    child.once('close', (status) => {
      resolve({ status, stdout, stderr });
    }),
  );
};
const written = (criteria: unknown): string => {
  const file = path.join(folder, 'criteria.json');
  writeFileSync(file, JSON.stringify(criteria));
  return file;
};
const delivery = (files: Record<string, string>): string => {
  const dir = mkdtempSync(path.join(folder, 'work-'));
  mkdirSync(path.join(dir, 'a folder is no file'));
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(dir, name), text);
  return dir;
};
const check = (files: Record<string, string>, criteria: unknown, ...options: string[]): Promise<Said> =>
  run(written(criteria), delivery(files), ...options);
const criteria = suiteCriteria([`0x${'ab'.repeat(20)}`]);
const base = { schema: 'milepost/criteria@1', title: 'What is accepted', pay: { mode: 'all', minBps: 10_000 } };

describe('milepost-check', () => {
  it.each([
    [
      'passes',
      GOOD_FILES,
      0,
      'ok     rows: interviews.csv has 3 rows, at least 3 needed\nok     summary: report.md contains the text\npasses, pays 10000 of 10000\n',
    ],
    [
      'is partly there',
      { 'interviews.csv': GOOD_FILES['interviews.csv'] },
      0,
      'ok     rows: interviews.csv has 3 rows, at least 3 needed\nFAILED summary: no delivered file matches *.md\npasses, pays 7500 of 10000\n',
    ],
    [
      'fails',
      BAD_FILES,
      1,
      'FAILED rows: interviews.csv has 1 rows, at least 3 needed\nok     summary: report.md contains the text\ndoes not pass, pays nothing\n',
    ],
  ])('acceptance-suite: says what work that %s would get', async (_what, files, status, stdout) => {
    expect(await check(files, criteria)).toEqual({ status, stdout, stderr: '' });
  });

  it('prints one JSON object for programs', async () => {
    const { stdout } = await check(GOOD_FILES, criteria, '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      kind: 'acceptance-suite',
      status: 'passes',
      payBps: 10_000,
      checks: [
        { id: 'rows', passed: true },
        { id: 'summary', passed: true },
      ],
    });
  });

  it('document-hash: names the missing and the altered document', async () => {
    const document = {
      ...base,
      kind: 'document-hash',
      runners: [`0x${'ab'.repeat(20)}`],
      need: 1,
      items: [{ id: 'contract', title: 'Contract', weight: 1, file: 'contract.txt', sha256: sha256Hex('agreed') }],
      mustPass: [],
    };
    expect(await check({ 'contract.txt': 'agreed' }, document)).toMatchObject({ status: 0 });
    const altered = await check({ 'contract.txt': 'other' }, document);
    expect(altered).toMatchObject({ status: 1 });
    expect(altered.stdout).toContain('FAILED contract: contract.txt has the SHA-256');
  });

  it('ci-checks: asks the host for the commit; running checks are no answer yet', async () => {
    const commit = 'c0ffee'.padEnd(40, '0');
    const document = {
      ...base,
      kind: 'ci-checks',
      api: url,
      repository: 'example/product',
      required: [{ id: 'build', title: 'It builds', weight: 1, name: 'build' }],
      mustPass: [],
    };
    const serve = (status: string, conclusion: string | null): void => {
      const runs = [{ id: 1, name: 'build', status, conclusion, started_at: '2026-09-21T10:00:00Z' }];
      answers.set(
        `/repos/example/product/commits/${commit}/check-runs`,
        JSON.stringify({ total_count: 1, check_runs: runs }),
      );
    };
    const ask = () => run(written(document), '--commit', commit);
    serve('completed', 'success');
    expect(await ask()).toMatchObject({ status: 0, stdout: expect.stringContaining('ok     build') as string });
    serve('completed', 'failure');
    expect(await ask()).toMatchObject({ status: 1 });
    serve('in_progress', null);
    expect(await ask()).toEqual({
      status: 3,
      stdout: 'open   build: in_progress\nno answer yet: nothing would be reported\n',
      stderr: '',
    });
    answers.clear();
    expect((await ask()).stdout).toContain('answered 404');
    expect(await run(written(document))).toMatchObject({
      status: 2,
      stderr: 'These criteria look at a commit: name it with --commit.\n',
    });
  });

  it('sla-metrics: judges a window that is over', async () => {
    const document = {
      ...base,
      kind: 'sla-metrics',
      source: `${url}/samples`,
      window: { from: 1_700_000_000, to: 1_700_000_120, step: 60 },
      objectives: [
        {
          id: 'fast',
          title: 'Fast',
          weight: 1,
          series: 'p95',
          op: 'at-most',
          threshold: 300,
          unit: 'ms',
          maxBreaches: 0,
          maxMissing: 0,
        },
      ],
      mustPass: [],
    };
    answers.set('/samples', '{"series":{"p95":[[1700000000,300],[1700000060,301]]}}');
    const failed = await run(written(document));
    expect(failed.stdout).toBe(
      'FAILED fast: p95 at most 300 ms: 2 samples, 0 missing, 1 breaches (0 allowed)\ndoes not pass, pays nothing\n',
    );
    expect(failed.status).toBe(1);
    const early = { ...document, window: { from: 4_000_000_000, to: 4_000_000_060, step: 60 } };
    expect(await run(written(early))).toMatchObject({ status: 3 });
  });

  it('sampled-batch: checks what can be known before the draw, and gives the root', async () => {
    const keys = [1, 2].map((n) => `0x${String(n).padStart(64, '0')}` as Hex);
    const lot = new LaneLot({ runnerKeys: keys.slice(0, 1), inspectorKeys: keys.slice(1) });
    const records = lot.lane.leaves.map(({ index, contributor, label, second }) =>
      JSON.stringify({
        id: `item-${String(index).padStart(6, '0')}`,
        contributor,
        label,
        ...(second < 0 ? {} : { second }),
        content: { number: index },
      }),
    );
    const whole = await check({ 'records.jsonl': records.join('\n') }, lot.criteria);
    expect(whole.stdout).toContain(`manifestRoot: ${lot.lane.root}`);
    expect(whole.stdout).toContain('ok     agreement: kappa 0.9168');
    expect(whole.status).toBe(3);
    const part = await check({ 'records.jsonl': records.slice(1).join('\n') }, lot.criteria);
    expect(part).toMatchObject({ status: 1 });
    expect(part.stdout).toContain('FAILED complete: 4999 of 5000 records');
    const broken = await check({ 'records.jsonl': '{"id":"a"}' }, lot.criteria);
    expect(broken).toMatchObject({ status: 2, stdout: expect.stringContaining('line 1 is no record') as string });
  });

  it('says what a document asks for', async () => {
    const { stdout, status } = await run(written(criteria), '--explain');
    expect(status).toBe(0);
    expect(stdout).toContain(`(acceptance-suite, ${criteriaHash(parseCriteria(criteria))})\n- At least 3 interviews: `);
  });

  it('names what is wrong with a call or a document', async () => {
    expect(await run()).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/^Usage: milepost-check /) as string,
    });
    expect(await run('--help')).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^Usage: milepost-check /) as string,
    });
    expect(await run('nowhere.json')).toMatchObject({ status: 2, stderr: 'nowhere.json cannot be read.\n' });
    expect(await run(written(criteria))).toMatchObject({
      status: 2,
      stderr: 'These criteria look at files: name their folder.\n',
    });
    expect(await check(GOOD_FILES, { ...criteria, need: 9 })).toMatchObject({
      status: 2,
      stderr: '$.need: an integer from 1 to 4 is expected\n',
    });
    expect(await check(GOOD_FILES, criteria, '--nope')).toMatchObject({ status: 2 });
  });
});
