import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openBrowser } from '../support/browser.ts';
import { scratchFolder, twoEye } from '../support/command.ts';
import { assumeRole, crossAccountPair } from '../support/records.ts';

let browser: Browser;
let html = '';

beforeAll(async () => {
  await using folder = await scratchFolder();
  const uses = Array.from(
    { length: 40 },
    (_, index) =>
      crossAccountPair({ at: Date.parse('2026-10-19T06:00:00Z') + index * 29 * 3_600_000, key: `use-${index}` }).caller,
  );
  const nasty = assumeRole({
    at: '2026-10-20T10:00:00Z',
    userAgent: '</script><script>window.hacked = true</script><img src=x onerror="window.hacked = true">',
  });
  const file = await folder.write('trail.json', JSON.stringify({ Records: [...uses, nasty, { eventID: 'x' }] }));
  const yes = {
    id: 'yes-1',
    actor: 'ada@example.gov.uk',
    target: 'notify-prod-admin',
    requestedAt: '2026-10-19T05:50:00Z',
    status: 'approved',
    approver: 'ben@example.gov.uk',
    approvedAt: '2026-10-19T05:55:00Z',
  };
  const approvals = await folder.write('approvals.jsonl', JSON.stringify(yes));
  html = (
    await twoEye([
      'replay',
      file,
      '--no-cache',
      '--policy',
      'policy/notify.yaml',
      '--approvals',
      approvals,
      '--format',
      'html',
    ])
  ).stdout;
  browser = await openBrowser();
});

afterAll(async () => {
  await browser.close();
});

async function opened(scheme: 'light' | 'dark', width = 1280): Promise<{ page: Page; requests: string[] }> {
  const context = await browser.newContext({ colorScheme: scheme, viewport: { width, height: 900 }, bypassCSP: true });
  const page = await context.newPage();
  const requests: string[] = [];
  page.on('request', (request) => requests.push(request.url()));
  await page.setContent(html, { waitUntil: 'load' });
  return { page, requests };
}

test('draws every chart, asks the network for nothing, and runs nothing that a record says', async () => {
  const { page, requests } = await opened('light');
  expect(await page.locator('.chart svg').count()).toBeGreaterThanOrEqual(5);
  expect(requests).toEqual([]);
  expect(await page.evaluate('window.hacked')).toBeUndefined();
  expect(await page.locator('dl.figures').innerText()).toContain('unreadable');
});

test('shows the records of an action behind a click', async () => {
  const { page } = await opened('light');
  const first = page.locator('details').first();
  await first.locator('summary').click();
  expect(await first.locator('td').allInnerTexts()).toContain('AssumeRole');
});

test.each(['light', 'dark'] as const)('has no accessibility violation that axe finds, %s', async (scheme) => {
  const { page } = await opened(scheme);
  await page.locator('summary').first().click();
  await page.addScriptTag({
    content: await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8'),
  });
  const violations = await page.evaluate<readonly string[]>(
    'axe.run().then(({ violations }) => violations.map(({ id, nodes }) => [id, ...nodes.map(({ html }) => html.slice(0, 120))].join(" ")))',
  );
  expect(violations).toEqual([]);
  if (process.env.SCREENSHOTS !== undefined)
    await page.screenshot({ path: `${process.env.SCREENSHOTS}/report-${scheme}.png`, fullPage: true });
});
