import { readFileSync } from 'node:fs';
import { expect, test } from '@playwright/test';
import { Ledger } from './ledger.js';
import { Portal, watchErrors } from './pages.js';

interface Journey {
  project: string;
  balances: Record<string, string>;
}

test('after a restart the project, its files, the chain and the trail are all there', async ({ page, request }) => {
  const errors = watchErrors(page);
  const { project, balances } = JSON.parse(readFileSync(process.env.JOURNEY_STATE ?? '', 'utf8')) as Journey;
  const config = (await (await request.get('/api/v1/config')).json()) as {
    rpcUrl: string;
    token: { address: string };
    localAccounts: { name: string; address: string }[];
  };
  const ledger = new Ledger(config.rpcUrl, config.token.address);
  for (const [name, account] of [
    ['client', 'Clara'],
    ['lead', 'Leo'],
    ['maker', 'Mia'],
  ] as const) {
    const address = config.localAccounts.find((person) => person.name.startsWith(account))?.address ?? '';
    expect(String(await ledger.balance(address))).toBe(balances[name]);
  }

  const portal = new Portal(page);
  await portal.signInAs('Leo Lead');
  await portal.open(project, '/m/1');
  await expect(page.getByRole('heading', { name: 'Paid', exact: true })).toBeVisible();
  await expect(page.getByText('report.md').first()).toBeVisible();
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download report.md' }).click();
  const file = await (await download).path();
  expect(readFileSync(file, 'utf8')).toContain('Every figure has its source.');

  await portal.open(project, '/audit');
  await page.getByRole('button', { name: 'Verify this trail' }).click();
  await expect(page.getByText(/^Verified/).first()).toBeVisible({ timeout: 30_000 });
  expect(errors).toEqual([]);
});
