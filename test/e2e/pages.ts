import { expect, type Locator, type Page } from '@playwright/test';

/** The ready-made people of the local chain, by the name the portal shows. */
export type Name =
  | 'Clara Client'
  | 'Leo Lead'
  | 'Mia Maker'
  | 'Sam'
  | 'Tess'
  | 'Uma'
  | 'Otto Outsider'
  | 'Olga Operator'
  | 'Ines Inspector';

/** What a person does in the portal, in the portal's own words. */
export class Portal {
  constructor(readonly page: Page) {}

  async signInAs(name: Name): Promise<void> {
    await this.page.goto('/sign-in');
    await this.page.getByRole('button', { name: new RegExp(`^Continue as ${name}`) }).click();
    await expect(this.page.getByRole('button', { name: new RegExp(`^Account: ${name}`) })).toBeVisible();
  }

  async switchTo(name: Name): Promise<void> {
    await this.page.getByRole('button', { name: /^Account: / }).click();
    await this.page.getByRole('button', { name: new RegExp(`^Switch to ${name}`) }).click();
    await expect(this.page.getByRole('button', { name: new RegExp(`^Account: ${name}`) })).toBeVisible();
  }

  /** Opens a tab of the project or a milestone of it. */
  async open(project: string, place = ''): Promise<void> {
    await this.page.goto(`/p/${project}${place}`);
  }

  sheet(): Locator {
    return this.page.getByRole('dialog');
  }

  /** Presses a button, reads the sheet that opens, and confirms it with its verb. */
  async review(button: Locator, verb: string | RegExp): Promise<void> {
    await button.click();
    await expect(this.sheet()).toBeVisible();
    await this.sheet().getByRole('button', { name: verb }).click();
    await expect(this.sheet()).toBeHidden();
  }

  async upload(files: { name: string; mimeType: string; buffer: Buffer }[]): Promise<void> {
    await this.page.getByLabel('Files to deliver').setInputFiles(files);
    await this.review(this.page.getByRole('button', { name: /^Upload \d+ files? and review$/ }), 'Sign and deliver');
  }

  async approve(): Promise<void> {
    await this.review(this.page.getByRole('button', { name: 'Approve', exact: true }), /^Sign approval/);
  }
}

/** Fails the test when a page logs an error or throws. */
export function watchErrors(page: Page): string[] {
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(`page: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(`console: ${message.text()} (${message.location().url})`);
  });
  return errors;
}
