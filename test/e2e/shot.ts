import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { AxeBuilder } from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';

/** Folder of the pictures. */
export const images =
  process.env.JOURNEY_IMAGES ?? path.join(path.dirname(fileURLToPath(import.meta.url)), '../../test-results/images');

/** Keeps a picture of the page and checks it against WCAG 2.2 A and AA as far as a machine can. */
export async function shot(page: Page, name: string): Promise<void> {
  await expect(page.getByRole('heading').first()).toBeVisible();
  await page.evaluate('scrollTo(0, 0)');
  await page.screenshot({ path: path.join(images, `${name}.png`), animations: 'disabled' });
  const { violations } = await new AxeBuilder({ page })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'])
    .analyze();
  expect(violations.map(({ id, nodes }) => [name, id, nodes.map((node) => node.html)])).toEqual([]);
}
