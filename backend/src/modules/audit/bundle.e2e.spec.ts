/** Bundles of a real project, with chain and workers: verified by the command line, replayed against what the service claims. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bundle, Claims } from '@milepost/tlog';
import { main as verify } from '@milepost/tlog/cli';
import { ProjectLife } from '../../testing/life.js';
import { startTestApp, type TestApp } from '../../testing/test-app.js';

let app: TestApp;
let life: ProjectLife;
let folder: string;
let whole: Bundle & { claims: Claims };

/** Exit code and words of the command line, as an outsider runs it: with nothing but the bundle. */
async function check(bundle: unknown, ...modes: string[]): Promise<{ code: number; text: string }> {
  const path = join(folder, 'bundle.json');
  writeFileSync(path, JSON.stringify(bundle));
  const lines: string[] = [];
  const code = await verify([...modes, path], (line) => lines.push(line), { MILEPOST_DATA: folder });
  return { code, text: lines.join('\n') };
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bundles-'));
  app = await startTestApp({ withContracts: true });
  const people = [1, 2, 4, 5, 8];
  const cookies = Object.fromEntries(
    await Promise.all(people.map(async (index) => [index, await app.signIn(app.wallet(index))] as const)),
  );
  life = await ProjectLife.open(app, cookies);
  await life.included(await life.fund(3_500_000_001n));
  const digest = await life.submit(0, 'forty transcripts');
  expect(await life.vote(1, { milestone: 0, digest })).toMatchObject({ status: 201 });
  await life.until('payment', async () => ((await life.milestone(0)).status === 'Released' ? true : null));
  whole = await life.until('everything final and under a signed head', async () => {
    const { status, body } = await life.get(1, `/audit/export/${life.project}`);
    return status === 200 && body.claims?.milestones[0]?.status === 'Released' ? body : null;
  });
}, 120_000);
afterAll(async () => {
  await app?.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('the bundle of a project', () => {
  it('replays to the claimed state, decision and sums', async () => {
    expect(whole.claims).toMatchObject({
      milestones: [
        { index: 0, status: 'Released', round: 1, decision: { payBps: 10_000, gross: '1000000000' } },
        { index: 1, status: 'Funded', round: 0, decision: null },
      ],
      totals: { funded: '3500000001', holdback: '100000000', credited: '0' },
    });
    expect(await check(whole)).toMatchObject({ code: 0, text: expect.stringMatching(/replayed \d+ chain facts/) });
    expect(await check(whole, 'replay')).toMatchObject({ code: 0 });
    expect(await check(whole, 'inclusion')).toMatchObject({ code: 0 });
    expect(await check(whole, 'payload')).toMatchObject({ code: 0 });
  });

  it('does not replay when a claim is altered, or an entry left out', async () => {
    const paid = String(BigInt(whole.claims.totals.paid) + 1n);
    const claims = { ...whole.claims, totals: { ...whole.claims.totals, paid } };
    expect(await check({ ...whole, claims })).toMatchObject({
      code: 1,
      text: expect.stringContaining(`paid of the project is ${paid}`),
    });
    const without = (type: string): Bundle => {
      const at = whole.entries.findIndex(({ header }) => header.includes(`"type":"${type}"`));
      expect(at).toBeGreaterThanOrEqual(0);
      return { ...whole, entries: whole.entries.toSpliced(at, 1) };
    };
    for (const type of ['deposit.received', 'submission.made', 'milestone.decided', 'milestone.paid']) {
      expect(await check(without(type), 'inclusion')).toMatchObject({ code: 0 });
      expect([type, (await check(without(type), 'replay')).code]).toEqual([type, 1]);
    }
  });

  it('fails closed on a payload that was altered or is missing', async () => {
    const at = whole.entries.findIndex(({ openings }) => 'accounts' in openings);
    const entry = whole.entries[at];
    const opening = entry?.openings['accounts'];
    const put = (openings: object): unknown => ({
      ...whole,
      entries: whole.entries.with(at, { ...entry, openings } as never),
    });
    const altered = { accounts: { salt: opening?.salt ?? '', text: (opening?.text ?? '').replace('0x', '0X') } };
    expect(await check(put(altered), 'payload')).toMatchObject({ code: 1 });
    expect(await check(put({}), 'payload')).toMatchObject({
      code: 1,
      text: expect.stringContaining('cannot be opened'),
    });
    expect(await check(put({}), 'inclusion')).toMatchObject({ code: 0 });
  });
});

describe('smaller bundles', () => {
  it('of a milestone: what is about it and nothing else', async () => {
    const answer = await life.get(4, `/audit/export/${life.project}?milestone=0`);
    expect(answer.headers.get('content-disposition')).toContain(`${life.project}-milestone-1.json`);
    const bundle = answer.body as Bundle;
    const types = bundle.entries.map(({ header }) => (JSON.parse(header) as { type: string }).type);
    expect(types).toEqual(
      expect.arrayContaining(['milestone.funded', 'submission.made', 'milestone.decided', 'milestone.paid']),
    );
    expect(types).not.toContain('project.created');
    expect(bundle.entries.length).toBeLessThan(whole.entries.length);
    expect(await check(bundle)).toMatchObject({ code: 0 });
    expect(await check(bundle, 'replay')).toMatchObject({ code: 2 });
    expect(await life.get(4, `/audit/export/${life.project}?milestone=99`)).toMatchObject({ status: 422 });
  });

  it('of one event, for those who may see it', async () => {
    const header = whole.entries.find((entry) => entry.header.includes('"type":"milestone.paid"'))?.header ?? '{}';
    const { id } = JSON.parse(header) as { id: string };
    const { body } = await life.get(5, `/audit/bundle/${id}`);
    expect(body.entries).toHaveLength(1);
    expect(await check(body, 'payload')).toMatchObject({ code: 0 });
    expect(await life.get(8, `/audit/bundle/${id}`)).toMatchObject({ status: 404, body: { code: 'unknown-event' } });
    const { items } = (await life.get(5, `/audit/events?project=${life.project}`)).body;
    expect(items[0]).toMatchObject({ type: 'export.made', subject: ['event', id] });
  });
});
