import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { serveControlApi } from '../../sandbox/control-api.ts';
import type { LoopbackServer } from '../../sandbox/loopback.ts';
import { type Sandbox, startSandbox } from '../../sandbox/sandbox.ts';
import { openBrowser } from '../support/browser.ts';
import { bundled } from '../support/bundles.ts';

let sandbox: Sandbox;
let server: LoopbackServer;
let browser: Browser;

beforeAll(async () => {
  [sandbox, browser] = await Promise.all([
    startSandbox({ bundles: dirname(dirname(bundled('on-access'))) }),
    openBrowser(),
  ]);
  server = await serveControlApi(sandbox, 0);
});

afterAll(async () => {
  await browser.close();
  await server.close();
  await sandbox.close();
});

/** Pages stay open until the end: the packaged Chromium is one process and ends with any of them. */
async function openPage(width = 1280, colorScheme: 'light' | 'dark' = 'light'): Promise<Page> {
  const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
  page.on('request', (request) => {
    if (!request.url().startsWith(server.url)) throw new Error(`The page asked for ${request.url()}.`);
  });
  await page.goto(server.url);
  await page.getByRole('heading', { name: 'Terminal' }).waitFor();
  return page;
}

test('a whole story by clicking ends with a message in Slack and a verdict with its reason', async () => {
  const page = await openPage();
  await page.getByRole('combobox', { name: 'Story' }).selectOption({ label: 'Forgot to ask' });
  await page.getByRole('button', { name: 'Begin' }).click();
  await page.locator('.tag.unapproved').first().waitFor();
  await page.locator('.message').first().waitFor();
  expect(await page.locator('.why').allTextContents()).toContain('No approval comes near it.');
});

test('the terminal is worked by keyboard alone', async () => {
  const page = await openPage();
  await page.getByRole('combobox', { name: 'does' }).focus();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.getByText('recorded: AssumeRole').waitFor();
});

test('a form opens in front of everything, keeps the focus, and Escape closes it', async () => {
  const page = await openPage();
  await page.getByRole('button', { name: 'Ask by form' }).click();
  const form = page.getByRole('dialog', { name: 'Action notification' });
  await form.waitFor();
  expect(await page.evaluate('document.activeElement.closest("dialog") !== null')).toBe(true);
  await page.keyboard.press('Escape');
  await form.waitFor({ state: 'detached' });
});

test.each(['light', 'dark'] as const)(
  'axe finds nothing wrong in the %s page, after a story, with trouble on, with a form open',
  async (scheme) => {
    const page = await openPage(1280, scheme);
    await page.evaluate(await readFile(createRequire(import.meta.url).resolve('axe-core'), 'utf8'));
    const found = () =>
      page.evaluate(async () => {
        const { axe } = globalThis as unknown as { axe: { run(): Promise<{ violations: { id: string }[] }> } };
        return (await axe.run()).violations.map(({ id }) => id);
      });
    await page.getByRole('checkbox', { name: 'The table is throttled' }).check();
    expect(await found()).toEqual([]);
    await page.getByRole('checkbox', { name: 'The table is throttled' }).uncheck();
    await page.getByRole('button', { name: 'Ask by form' }).click();
    await page.getByRole('dialog').waitFor();
    expect(await found()).toEqual([]);
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  },
);

test('at 380 pixels nothing scrolls sideways', async () => {
  const page = await openPage(380);
  const widths = await page.evaluate('[document.documentElement.scrollWidth, document.documentElement.clientWidth]');
  const [scroll, client] = widths as [number, number];
  expect(scroll).toBeLessThanOrEqual(client);
});
