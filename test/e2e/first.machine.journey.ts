import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test, type Locator } from '@playwright/test';
import { Portal, watchErrors } from './pages.js';
import { shot } from './shot.js';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..');
const guide = readFileSync(path.join(root, 'docs/guides/machine-acceptance.md'), 'utf8');

/** A numbered step of the guide: words in bold stand on the screen, words in code are typed or printed. */
interface Step {
  readonly bold: readonly string[];
  readonly code: readonly string[];
}

/** The guide's steps, by number. */
function stepsOf(text: string): Map<number, Step> {
  const steps = new Map<number, Step>();
  for (const [, number, body] of text.matchAll(/^(\d+)\. ((?:.+\n(?!\d+\. |\n|#))*.+)/gm)) {
    const words = String(body).replace(/\s+/g, ' ');
    const all = (pattern: RegExp): string[] => [...words.matchAll(pattern)].map(([, found]) => String(found));
    steps.set(Number(number), { bold: all(/\*\*(.+?)\*\*/g), code: all(/`(.+?)`/g) });
  }
  return steps;
}

/** Runs a command of the guide in the source's folder; what it printed. */
function run(command: string, replace: Record<string, string>): Promise<string> {
  const [program, ...args] = command.split(' ').map((word) => replace[word] ?? word);
  expect(program).toBe('node');
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd: root }, (_, out, err) => resolve(out + err));
  });
}

test('the guide “let a machine accept the work”, word by word, ends with a paid milestone and a proven verdict', async ({
  page,
}) => {
  const errors = watchErrors(page);
  const portal = new Portal(page);
  const steps = stepsOf(guide);
  const done = new Set<number>();
  /** The words of a step, each to be used. */
  const step = (number: number): { bold: (i: number) => string; code: (i: number) => string } => {
    const found = steps.get(number);
    if (found === undefined) throw new Error(`The guide has no step ${number}.`);
    done.add(number);
    const word = (list: readonly string[], i: number): string => {
      const text = list[i];
      if (text === undefined) throw new Error(`Step ${number} of the guide lost a word: ${list.join(', ')}.`);
      return text;
    };
    return { bold: (i) => word(found.bold, i), code: (i) => word(found.code, i) };
  };
  const button = (name: string, within: Locator | typeof page = page) =>
    within.getByRole('button', { name, exact: true });
  const scratch = mkdtempSync(path.join(os.tmpdir(), 'milepost-guide-'));
  const delivery = path.join(scratch, 'my-delivery');
  mkdirSync(delivery);

  // 1 to 5: the draft.
  let { bold } = step(1);
  let { code } = step(2);
  await page.goto('/');
  await page
    .getByRole('link', { name: bold(0) })
    .first()
    .click();
  await page.getByRole('button', { name: new RegExp(`^${bold(1)}`) }).click();
  await expect(page.getByRole('heading', { name: 'Hello, Clara Client' })).toBeVisible();
  ({ bold } = step(2));
  await page
    .getByRole('link', { name: bold(0) })
    .first()
    .click();
  await page.getByRole('radio', { name: bold(1) }).check();
  await page.getByLabel(bold(2)).fill(code(0));
  await button(bold(3)).click();
  ({ bold, code } = step(3));
  for (const i of [0, 1, 2]) await page.getByLabel(bold(i), { exact: true }).fill(code(i));
  await button(bold(3)).click();
  ({ bold, code } = step(4));
  await page.getByLabel(bold(0)).selectOption({ label: bold(1) });
  const field = (label: string, nth = 0): Locator => page.getByLabel(label, { exact: true }).nth(nth);
  await field(bold(2)).fill(code(0));
  await field(bold(3)).fill(code(1));
  await field(bold(4), 1).fill(code(2));
  await field(bold(5)).fill(code(3));
  await button(bold(6)).click();
  await field(bold(8)).selectOption({ label: bold(7) });
  await field(bold(9), 2).fill(code(4));
  await field(bold(10)).fill(code(5));
  await shot(page, 'wizard-oracle-tests');
  await button(bold(11)).click();
  ({ bold } = step(5));
  await button(bold(0)).click();
  await page.waitForURL(/\/p\/[0-9a-f-]{36}$/);
  const project = page.url().split('/p/')[1] ?? '';

  // 6 to 8: signatures and money.
  ({ bold } = step(6));
  await portal.review(button(bold(0)), bold(1));
  ({ bold } = step(7));
  expect(bold(0)).toBe('Switch to Leo Lead');
  await portal.switchTo('Leo Lead');
  await portal.open(project);
  await portal.review(button(bold(1)), bold(1));
  await portal.review(button(bold(2)), bold(2));
  await expect(page.getByText(/^Escrow/)).toBeVisible();
  ({ bold } = step(8));
  expect(bold(0)).toBe('Switch to Clara Client');
  await portal.switchTo('Clara Client');
  await portal.open(project);
  await page.getByRole('link', { name: bold(1), exact: true }).click();
  await page.getByRole('radio', { name: bold(2) }).check();
  await portal.review(page.getByRole('button', { name: bold(3) }), new RegExp(`^${bold(4)}`));
  await expect(page.getByText('Every milestone has its money. There is nothing to pay in.')).toBeVisible();

  // 9 to 12: the work, first short of a row.
  ({ bold, code } = step(9));
  expect(code(0)).toBe('my-delivery');
  const [table, text] = [code(1), code(5)];
  const lines = [code(2), code(3), code(4)];
  writeFileSync(path.join(delivery, table), `${lines.join('\n')}\n`);
  writeFileSync(path.join(delivery, text), `${code(6)}\n`);
  const files = [table, text].map((name) => path.join(delivery, name));
  await portal.switchTo('Leo Lead');
  await portal.open(project);
  await page
    .getByRole('link', { name: new RegExp(bold(1)) })
    .first()
    .click();
  await page.getByLabel(bold(2)).setInputFiles(files);
  await expect(page.getByText(bold(3))).toBeVisible();
  ({ bold, code } = step(10));
  await page.getByText(bold(0)).click();
  const [saved] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: bold(1) }).click()]);
  const criteria = path.join(scratch, 'acceptance.json');
  await saved.saveAs(criteria);
  await expect(page.getByText(code(0))).toBeVisible();
  const here = { 'acceptance.json': criteria, 'my-delivery/': delivery };
  const command = code(0);
  expect(await run(command, here)).toContain(code(1));
  ({ code } = step(11));
  writeFileSync(path.join(delivery, table), `${[...lines, code(0)].join('\n')}\n`);
  expect(code(1)).toBe(table);
  expect(await run(command, here)).toContain(code(2));
  ({ bold } = step(12));
  await page.reload();
  await page.getByLabel('Files to deliver').setInputFiles(files);
  await expect(page.getByText(bold(0))).toBeVisible();
  await shot(page, 'milestone-deliver-tested');
  await portal.review(button(bold(1)), bold(2));

  // 13 and 14: paid, and proven without the site.
  ({ bold } = step(13));
  await expect(page.getByRole('heading', { name: bold(0), exact: true })).toBeVisible({ timeout: 60_000 });
  const oracle = page.getByRole('region', { name: bold(1) });
  await expect(oracle.getByText(bold(2))).toBeVisible();
  await expect(oracle.getByText(bold(3))).toBeVisible();
  await expect(oracle.getByRole('list', { name: 'Nodes of the oracle' }).getByRole('listitem')).toHaveCount(4);
  await expect(oracle.getByText('passed, pays 100 %')).toHaveCount(4);
  ({ bold, code } = step(14));
  await oracle.getByText(bold(0)).click();
  const [proof] = await Promise.all([page.waitForEvent('download'), button(bold(1), oracle).click()]);
  await shot(page, 'milestone-oracle-proof');
  await proof.saveAs(path.join(scratch, 'proof.json'));
  const data = path.join(path.dirname(process.env.JOURNEY_STATE ?? ''), 'data', 'deployment.json');
  const verdict = await run(code(0), {
    FILE: path.join(scratch, 'proof.json'),
    '.milepost/deployment.json': data,
  });
  expect(verdict).toContain(code(1));
  expect(verdict).not.toContain('FAILED');
  expect(verdict).toContain('comes out the same');

  expect([...steps.keys()].filter((number) => !done.has(number))).toEqual([]);
  expect(errors).toEqual([]);
  rmSync(scratch, { recursive: true, force: true });
});
