import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@playwright/test';
import { Ledger, split } from './ledger.js';
import { Portal, watchErrors } from './pages.js';
import { images, shot } from './shot.js';

const UNIT = 1_000_000n;
const report = Buffer.from('# Market study\n\nEvery figure has its source.\n');
const companies = Buffer.from(
  [
    'id,name,country,revenue',
    ...Array.from({ length: 12 }, (_, i) => `${i + 1},Company ${i + 1},DE,${(i + 1) * 1000}`),
  ].join('\n'),
);

interface Config {
  rpcUrl: string;
  feeBps: number;
  token: { address: string };
  contracts: Record<string, string>;
  localAccounts: { name: string; address: string }[];
}

test('a newcomer creates, funds, delivers, votes, lets the oracle check, is paid, and proves it', async ({
  page,
  request,
  baseURL,
}) => {
  const errors = watchErrors(page);
  const portal = new Portal(page);
  const config = (await (await request.get('/api/v1/config')).json()) as Config;
  const address = (name: string): string =>
    config.localAccounts.find((account) => account.name.startsWith(name))?.address ?? '';
  const accounts = {
    client: address('Clara'),
    lead: address('Leo'),
    maker: address('Mia'),
    fees: config.contracts.FeeInbox ?? '',
  };
  const ledger = new Ledger(config.rpcUrl, config.token.address);
  const before = await ledger.balances(accounts);

  // Create: the template is a sensible two-milestone project already.
  await page.goto('/');
  await shot(page, 'home-signed-out');
  await portal.signInAs('Clara Client');
  await page.goto('/new');
  await shot(page, 'wizard-scope');
  for (const step of ['Milestones', 'Decision rule', 'Review']) {
    await page.getByRole('button', { name: 'Continue', exact: true }).click();
    await expect(page.getByRole('heading', { name: step, level: 2 })).toBeVisible();
    await shot(page, `wizard-${step.toLowerCase().replace(' ', '-')}`);
  }
  await page.getByRole('button', { name: 'Create the project' }).click();
  await page.waitForURL(/\/p\/[0-9a-f-]{36}$/);
  const project = page.url().split('/p/')[1] ?? '';

  // Both sides sign; the escrow opens.
  await portal.review(page.getByRole('button', { name: 'Sign as client' }), 'Sign as client');
  await portal.switchTo('Leo Lead');
  await portal.open(project);
  await page.getByRole('button', { name: 'Sign as contributor' }).click();
  await expect(portal.sheet()).toContainText('What is signed');
  await shot(page, 'review-sheet');
  await portal.sheet().getByRole('button', { name: 'Sign as contributor' }).click();
  await portal.review(page.getByRole('button', { name: 'Open the escrow' }), 'Open the escrow');
  await expect(page.getByText(/^Escrow/)).toBeVisible();

  // Fund both milestones with one signature.
  await portal.switchTo('Clara Client');
  await portal.open(project, '/money');
  await page.getByRole('radio', { name: /All that is left/ }).check();
  await portal.review(page.getByRole('button', { name: /^Fund 10,000/ }), /^Sign and fund/);
  await expect(page.getByText('Every milestone has its money. There is nothing to pay in.')).toBeVisible();
  await shot(page, 'money-funded');
  expect(before.client - (await ledger.balance(accounts.client))).toBe(10_000n * UNIT);

  // Deliver the report, vote as two of three stakeholders: 60 % approve, paid in the same transaction.
  await portal.switchTo('Leo Lead');
  await portal.open(project, '/m/1');
  await portal.upload([{ name: 'report.md', mimeType: 'text/markdown', buffer: report }]);
  await expect(page.getByText('In review', { exact: false }).first()).toBeVisible();
  await portal.switchTo('Sam');
  await portal.open(project, '/m/1');
  await expect(page.getByRole('heading', { name: 'Your vote is asked for' })).toBeVisible();
  await shot(page, 'milestone-vote');
  await portal.approve();
  await expect(page.getByText(/You approved/)).toBeVisible();
  await portal.switchTo('Tess');
  await portal.open(project, '/m/1');
  await portal.approve();
  await expect(page.getByRole('heading', { name: 'Paid', exact: true })).toBeVisible();
  await shot(page, 'milestone-paid');

  const fee = BigInt(config.feeBps);
  const first = split(5_400n * UNIT, fee, 4_000n);
  const afterVote = await ledger.balances(accounts);
  expect(afterVote.lead - before.lead).toBe(first.first);
  expect(afterVote.maker - before.maker).toBe(first.second);
  expect(afterVote.fees - before.fees).toBe(first.fee);

  // Deliver the data; the oracle network checks and the escrow pays, with half of the holdback pot.
  await portal.switchTo('Leo Lead');
  await portal.open(project, '/m/2');
  await portal.upload([{ name: 'companies.csv', mimeType: 'text/csv', buffer: companies }]);
  await expect(page.getByRole('heading', { name: 'Paid', exact: true })).toBeVisible({ timeout: 60_000 });
  await shot(page, 'milestone-oracle-paid');
  const second = split(3_600n * UNIT, fee, 4_000n);
  const half = split(500n * UNIT, fee, 4_000n);
  const after = await ledger.balances(accounts);
  expect(after.lead - before.lead).toBe(first.first + second.first + half.first);
  expect(after.maker - before.maker).toBe(first.second + second.second + half.second);
  expect(after.fees - before.fees).toBe(first.fee + second.fee + half.fee);
  expect(before.client - after.client).toBe(10_000n * UNIT);

  // Receipt, rewards, audit trail.
  await page.getByRole('link', { name: 'Open the receipt' }).click();
  await expect(page.getByRole('heading', { name: /^Receipt: / })).toBeVisible();
  await shot(page, 'receipt');
  await page.goto('/earnings');
  await expect(page.getByText(/tokens/).first()).toBeVisible();
  await shot(page, 'earnings');
  await portal.open(project, '/audit');
  await page.getByRole('button', { name: 'Verify this trail' }).click();
  await expect(page.getByText(/^Verified/).first()).toBeVisible({ timeout: 30_000 });
  await shot(page, 'audit-verified');

  expect(errors).toEqual([]);
  writeFileSync(
    process.env.JOURNEY_STATE ?? path.join(images, 'journey.json'),
    JSON.stringify({
      project,
      baseURL,
      balances: Object.fromEntries(Object.entries(after).map(([name, value]) => [name, String(value)])),
    }),
  );
});
