import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, test, type Locator, type Page } from '@playwright/test';
import { Portal, watchErrors } from './pages.js';
import { images, shot } from './shot.js';

/** Follows the newcomer's journey: an auditor looks at that project, a stranger checks it, a person is forgotten. */
const state = () =>
  JSON.parse(readFileSync(process.env.JOURNEY_STATE ?? path.join(images, 'journey.json'), 'utf8')) as {
    project: string;
  };

let folder: string;
test.beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'milepost-stranger-'));
});
test.afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Presses a button that saves a file, into the stranger's folder. */
async function save(page: Page, button: Locator, name: string): Promise<string> {
  const download = page.waitForEvent('download');
  await button.click();
  const file = path.join(folder, name);
  await (await download).saveAs(file);
  return file;
}

/** Nothing is cut off or scrolls sideways on a phone. */
async function narrow(page: Page): Promise<void> {
  await page.setViewportSize({ width: 360, height: 740 });
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(360);
  await page.setViewportSize({ width: 1280, height: 900 });
}

/** Size of the head that the page's own database keeps. Runs in the page. */
const KEPT = `new Promise((resolve) => {
  const open = indexedDB.open('milepost', 1);
  open.onupgradeneeded = () => open.result.createObjectStore('seen');
  open.onsuccess = () => {
    const all = open.result.transaction('seen').objectStore('seen').getAll();
    all.onsuccess = () => {
      open.result.close();
      resolve(Math.max(0, ...all.result.map((item) => Number(item.size ?? 0))));
    };
  };
})`;

/** Plain Node in a folder with nothing of this project in it. */
function stranger(...args: string[]): { code: number | null; text: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8', env: {} });
  return { code: status, text: stdout + stderr };
}

test('an auditor is let in, filters, saves, and a stranger checks the proof with one file', async ({ page }) => {
  const errors = watchErrors(page);
  const portal = new Portal(page);
  const { project } = state();

  await portal.signInAs('Clara Client');
  const accounts = (await (await page.request.get('/api/v1/config')).json()) as {
    localAccounts: { name: string; address: string }[];
  };
  const inspector = accounts.localAccounts.find(({ name }) => name === 'Ines Inspector')?.address ?? '';
  await portal.open(project, '/audit');
  await page.getByLabel('Wallet address of the auditor').fill(inspector);
  await page.getByRole('button', { name: 'Let in' }).click();
  await expect(page.getByRole('list', { name: 'Auditors now' })).toContainText('Ines Inspector');

  // The project's own page is not an auditor's.
  await page.goto('/audit');
  await portal.switchTo('Ines Inspector');
  const timeline = page.getByRole('list', { name: 'Events, newest first' });
  await expect(timeline.getByRole('listitem').first()).toBeVisible();
  await page.getByLabel('Project').selectOption({ index: 1 });
  await page.getByLabel('Kind').selectOption('Money');
  await expect(timeline).toContainText('Money was paid');
  await expect(timeline).not.toContainText('Work was delivered');
  await page.getByLabel('Kind').selectOption('');
  await page.getByLabel('Person').selectOption('Leo Lead');
  await expect(timeline).toContainText('Leo Lead uploaded a file');
  await expect(timeline).not.toContainText('Money was paid');
  await page.getByLabel('Until').fill('2020-01-01');
  await expect(page.getByText('No entry fits these filters')).toBeVisible();
  await page.getByRole('button', { name: 'Clear filters' }).click();
  await page.getByLabel('Project').selectOption({ index: 1 });
  await expect(page.getByText(/You may read it until/)).toBeVisible();
  await expect(page.getByText('SHA-256 of the file')).toBeVisible();
  await shot(page, 'audit-room');
  await narrow(page);

  const csv = readFileSync(await save(page, page.getByRole('button', { name: 'Save as CSV' }), 'trail.csv'), 'utf8');
  expect(csv).toContain('"milestone.paid"');
  expect(csv).not.toMatch(/(^|[,\r\n])"[=+\-@]/);
  const json = await save(page, page.getByRole('button', { name: 'Save as JSON' }), 'trail.json');
  const { entries } = JSON.parse(readFileSync(json, 'utf8')) as { entries: { project: string }[] };
  expect(new Set(entries.map((entry) => entry.project))).toEqual(new Set([project]));

  // Two files, an empty folder, plain Node.
  const bundle = await save(page, page.getByRole('button', { name: 'Save the proof', exact: true }), 'bundle.json');
  const verifier = await save(page, page.getByRole('link', { name: 'Save the verifier' }), 'milepost-verify.mjs');
  const hash = createHash('sha256').update(readFileSync(verifier)).digest('hex');
  await expect(page.getByTitle(hash)).toBeVisible();
  const command = (await page.locator('pre', { hasText: '--fingerprint' }).textContent()) ?? '';
  const fingerprint = /--fingerprint ([0-9a-f]{16})/.exec(command)?.[1] ?? '';
  expect(readdirSync(folder).sort()).toEqual(['bundle.json', 'milepost-verify.mjs', 'trail.csv', 'trail.json']);
  const good = stranger('milepost-verify.mjs', 'bundle.json', '--fingerprint', fingerprint);
  expect(good.text).toMatch(/^GOOD: \d+ entries are in the log, unchanged/);
  expect(good.text).toMatch(/replayed \d+ chain facts/);
  expect(good.code).toBe(0);
  const text = readFileSync(bundle, 'utf8');
  writeFileSync(path.join(folder, 'changed.json'), text.replace('milestone.paid', 'milestone.pald'));
  const changed = stranger('milepost-verify.mjs', 'changed.json', '--fingerprint', fingerprint);
  expect([changed.code, changed.text]).toEqual([1, expect.stringContaining('BAD PROOF')]);

  // One entry of the timeline has a proof of its own.
  await page.getByLabel('Kind').selectOption('Money');
  await timeline
    .getByText(/^Entry \d+$/)
    .first()
    .click();
  const entry = page.getByRole('button', { name: /^Save the proof of entry \d+$/ }).first();
  await save(page, entry, 'entry.json');
  expect(stranger('milepost-verify.mjs', 'payload', 'entry.json', '--fingerprint', fingerprint).code).toBe(0);

  // The auditor's looks are on record, for the members to see.
  await portal.switchTo('Clara Client');
  await portal.open(project, '/audit');
  await expect(page.getByText('Ines Inspector read the trail as auditor').first()).toBeVisible();
  expect(errors).toEqual([]);
});

test('the browser remembers the head, and is loud when the log takes something back', async ({ page }) => {
  const errors = watchErrors(page);
  const portal = new Portal(page);
  const old = await (await page.request.get('/api/v1/log/checkpoint')).text();
  const sizeOf = (note: string): number => Number(note.split('\n')[1]);
  await portal.signInAs('Clara Client');
  await expect
    .poll(async () => sizeOf(await (await page.request.get(`/api/v1/log/checkpoint?now=${Date.now()}`)).text()))
    .toBeGreaterThan(sizeOf(old));
  const alarm = page.getByRole('alert').filter({ hasText: 'contradicts what this browser saw before' });

  // A visit keeps the newest head.
  await expect
    .poll(async () => {
      await page.goto('/status');
      return Number(await page.evaluate(KEPT));
    })
    .toBeGreaterThan(sizeOf(old));
  await expect(alarm).toBeHidden();

  // A server that shows an older head, genuinely signed: a restored backup, or a history for this visitor alone.
  await page.route('**/api/v1/log/checkpoint*', (route) =>
    route.fulfill({ status: 200, contentType: 'text/plain; charset=utf-8', body: old }),
  );
  await page.goto('/projects');
  await expect(alarm).toBeVisible();
  await expect(alarm).toContainText('it was cut or replaced');
  await shot(page, 'audit-alarm');
  await narrow(page);
  const evidence = await save(page, alarm.getByRole('button', { name: 'Save both signed heads' }), 'conflict.json');
  const { before, now } = JSON.parse(readFileSync(evidence, 'utf8')) as { before: string; now: string };
  expect([now, sizeOf(before) > sizeOf(now)]).toEqual([old, true]);

  // The truth ends the alarm; the memory was not overwritten in between.
  await page.unroute('**/api/v1/log/checkpoint*');
  await page.goto('/status');
  await expect(page.getByRole('heading', { name: 'Status' })).toBeVisible();
  await expect(alarm).toBeHidden();
  expect(errors).toEqual([]);
});

test('a person asks to be forgotten, an operator executes, the receipt verifies', async ({ page }) => {
  const errors = watchErrors(page);
  const portal = new Portal(page);
  const name = 'Ottokar Vergissmeinnicht';
  await portal.signInAs('Otto Outsider');
  await page.goto('/settings');
  await page.getByLabel('Name').fill(name);
  await page.getByRole('button', { name: 'Save name' }).click();
  await expect(page.getByText('Saved')).toBeVisible();
  await page.getByText('What cannot be erased, and why').click();
  await expect(page.getByText('A public chain has no owner who could delete from it.')).toBeVisible();
  await shot(page, 'your-data');
  await narrow(page);
  await page.getByRole('button', { name: 'Ask to be forgotten' }).click();
  const request = (await page.getByRole('link', { name: 'Your request' }).getAttribute('href')) ?? '';

  await portal.switchTo('Olga Operator');
  await page.goto('/audit');
  await page.getByRole('button', { name: `Erase ${name} for good` }).click();
  await expect(page.getByText('executed')).toBeVisible();
  await expect(page.getByText(name)).toBeHidden();
  await shot(page, 'erasure-executed');

  // Anyone with the address sees how it ended, and saves the receipt.
  await page.getByRole('button', { name: /^Account: / }).click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.goto(request);
  await expect(page.getByText('The data was erased.')).toBeVisible();
  writeFileSync(
    path.join(folder, 'milepost-verify.mjs'),
    await (await page.request.get('/milepost-verify.mjs')).body(),
  );
  writeFileSync(path.join(folder, 'policy'), await (await page.request.get('/api/v1/log/policy')).text());
  await expect
    .poll(async () =>
      (
        await page.request.get((await page.getByRole('link', { name: 'Save the receipt' }).getAttribute('href')) ?? '')
      ).status(),
    )
    .toBe(200);
  await save(page, page.getByRole('link', { name: 'Save the receipt' }), 'receipt.tlog-proof');
  const receipt = stranger('milepost-verify.mjs', 'receipt.tlog-proof', '--policy', 'policy');
  expect(receipt).toMatchObject({ code: 0, text: expect.stringContaining('erasure.executed') });
  expect(errors).toEqual([]);
});
