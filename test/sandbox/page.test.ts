import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { serveControlApi } from '../../sandbox/control-api.ts';
import type { LoopbackServer } from '../../sandbox/loopback.ts';
import { type Sandbox, startSandbox } from '../../sandbox/sandbox.ts';
import { NO_TROUBLE } from '../../sandbox/trouble.ts';
import { openBrowser } from '../support/browser.ts';
import { bundled } from '../support/bundles.ts';
import { assumeRole } from '../support/records.ts';

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

const opened: Page[] = [];
/** Every address that any page asked for. */
const asked: string[] = [];

/** Pages stay open until the end: the packaged Chromium is one process and ends with any of them. */
async function openPage(width = 1280, colorScheme: 'light' | 'dark' = 'light'): Promise<Page> {
  // A page that follows the server holds one of the six connections that the browser has to it.
  await Promise.all(opened.map((one) => one.goto('about:blank')));
  const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
  opened.push(page);
  page.on('request', (request) => asked.push(request.url()));
  await page.goto(server.url);
  await page.getByRole('heading', { name: 'Terminal' }).waitFor();
  return page;
}

/** Clicks a switch. It shows what the server says, so that it turns only when the server has heard. */
async function flip(page: Page, name: string, on: boolean): Promise<void> {
  const box = page.getByRole('checkbox', { name });
  await box.click();
  await expect.poll(() => box.isChecked(), { timeout: 10_000 }).toBe(on);
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
    await page.getByRole('combobox', { name: 'Story' }).selectOption({ label: 'Forgot to ask' });
    await page.getByRole('button', { name: 'Begin' }).click();
    // The step is over, and what it led to is shown.
    await page.getByRole('button', { name: 'Next step' }).waitFor();
    await page.locator('.stories button:enabled').waitFor();
    await page.locator('.message').first().waitFor();
    await flip(page, 'The table is throttled', true);
    expect(await found()).toEqual([]);
    await flip(page, 'The table is throttled', false);
    await page.getByRole('button', { name: 'Ask by form' }).click();
    await page.getByRole('dialog').waitFor();
    expect(await found()).toEqual([]);
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  },
);

test('every story can be stepped through to its end, and each step is told', { timeout: 180_000 }, async () => {
  const page = await openPage();
  const stories = await page.getByRole('combobox', { name: 'Story' }).locator('option').allTextContents();
  expect(stories.length).toBeGreaterThanOrEqual(7);
  for (const label of stories) {
    await page.getByRole('combobox', { name: 'Story' }).selectOption({ label });
    await page.getByRole('button', { name: 'Begin' }).click();
    for (;;) {
      await page.locator('.stories button:enabled').waitFor();
      const next = page.getByRole('button', { name: 'Next step' });
      if ((await next.count()) === 0) break;
      await next.click();
    }
    await page.getByRole('button', { name: 'From the start' }).waitFor();
    const [done, all] = (/(\d+) of (\d+)/.exec((await page.locator('.step').textContent()) ?? '') ?? []).slice(1);
    expect([label, done]).toEqual([label, all]);
    expect([label, await page.locator('.problem').first().textContent()]).toEqual([label, '']);
    expect(await page.locator('.timeline li').count(), label).toBeGreaterThan(0);
  }
  expect(await page.locator('.screen').textContent()).toContain('$ gds aws notify-prod-admin -l');
});

test('a record that is pasted and a trail file that is dropped are judged by the policy', async () => {
  const page = await openPage();
  const record = (key: string) => assumeRole({ key, at: '2026-12-01T14:00:00Z' });
  await page.getByLabel('Or a record, pasted').fill(JSON.stringify(record('pasted')));
  await page.getByRole('button', { name: 'Put on the bus' }).click();
  await page.getByText('1 read, 1 watched, 0 unreadable.').waitFor();
  const trail = JSON.stringify({ Records: [record('dropped'), { ...record('other'), eventName: 'ListBuckets' }] });
  await page.evaluate(`
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File([${JSON.stringify(trail)}], 'trail.json'));
    document.querySelector('.own-data').dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }));
  `);
  await page.getByText('2 read, 1 watched, 0 unreadable.').waitFor();
  await sandbox.activity.settle();
  const keys = sandbox.book.lines().flatMap((line) => ('keys' in line ? line.keys : []));
  expect(keys).toEqual(expect.arrayContaining(['pasted', 'dropped']));
});

test('each switch of trouble, and the speed of the clock, reach the sandbox and go back', async () => {
  const page = await openPage();
  sandbox.setTrouble(NO_TROUBLE);
  await page.waitForTimeout(200);
  const switches = [
    ['Slack is down', { slack: 'down' }],
    ['PagerDuty is down', { pagerduty: 'down' }],
    ['The table is throttled', { table: 'throttled' }],
    ['Every record comes twice', { delivery: { duplicates: true } }],
    ['Records come 5 minutes late', { delivery: { delayMs: 300_000 } }],
    ['Records come out of order', { delivery: { reorder: true } }],
  ] as const;
  for (const [name, wrong] of switches) {
    await flip(page, name, true);
    await expect.poll(() => sandbox.trouble()).toMatchObject(wrong);
    await flip(page, name, false);
    await expect.poll(() => sandbox.trouble()).toEqual(NO_TROUBLE);
    // The page has heard of it when the server's next word came: a switch says what all of them are.
    await page.waitForTimeout(200);
  }
  await flip(page, 'A minute a second', true);
  await expect.poll(() => sandbox.clock.speed()).toBe(60);
  await flip(page, 'A minute a second', false);
  await expect.poll(() => sandbox.clock.speed()).toBe(1);
});

test('what is new in a channel, and when it was said, are told by a clock that was set back, too', async () => {
  const page = await openPage();
  const where = page.getByRole('combobox', { name: 'Where' });
  const newest = page.locator('.message .by span').last();
  for (const [at, shown] of [
    ['2026-12-26T11:00:00Z', '11:00'],
    ['2026-12-01T14:00:00Z', '14:00'],
  ] as const) {
    await where.selectOption('C01CYBER');
    await sandbox.startAgain(Date.parse(at));
    await page.getByText('No messages.').waitFor();
    await page.getByRole('button', { name: 'Run' }).click();
    await where.locator('option', { hasText: '#notify (1 new)' }).waitFor({ state: 'attached' });
    await where.selectOption({ label: '#notify (1 new)' });
    expect(await newest.textContent()).toBe(shown);
  }
});

test('a form’s menu of people offers whom the app offers, and never oneself', async () => {
  const page = await openPage();
  await page.getByRole('combobox', { name: 'You are' }).selectOption('ada@example.gov.uk');
  await page.getByRole('button', { name: 'Ask by form' }).click();
  const form = page.getByRole('dialog', { name: 'Action notification' });
  const menu = form.locator('select[name="picked"]');
  await menu.focus();
  await menu.locator('option', { hasText: 'ben@example.gov.uk' }).waitFor({ state: 'attached' });
  expect(await menu.locator('option').allTextContents()).not.toContain('ada@example.gov.uk');
  await page.keyboard.press('Escape');
  await form.waitFor({ state: 'detached' });
});

test('at 380 pixels nothing scrolls sideways', async () => {
  const page = await openPage(380);
  const widths = await page.evaluate('[document.documentElement.scrollWidth, document.documentElement.clientWidth]');
  const [scroll, client] = widths as [number, number];
  expect(scroll).toBeLessThanOrEqual(client);
});

test('asks no other place for anything', () => {
  expect(asked.length).toBeGreaterThan(0);
  expect(asked.filter((url) => url !== 'about:blank' && !url.startsWith(server.url))).toEqual([]);
});
