import { readFile, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { emptyExtract } from '../../cli/archive/extract.ts';
import { htmlOf } from '../../cli/report/html.ts';
import type { VerdictLine } from '../../lambdas/core/verdict-line.ts';
import { openBrowser } from '../support/browser.ts';
import { scratchFolder, twoEye } from '../support/command.ts';
import { testPolicy } from '../support/policies.ts';
import { assumeRole, crossAccountPair } from '../support/records.ts';
import { useLine } from '../support/verdict-lines.ts';

let browser: Browser;
let folder: Awaited<ReturnType<typeof scratchFolder>>;
let file = '';

beforeAll(async () => {
  folder = await scratchFolder();
  const uses = Array.from(
    { length: 40 },
    (_, index) =>
      crossAccountPair({ at: Date.parse('2026-10-19T06:00:00Z') + index * 29 * 3_600_000, key: `use-${index}` }).caller,
  );
  const nasty = assumeRole({
    at: '2026-10-20T10:00:00Z',
    userAgent: '</script><script>window.hacked = true</script><img src=x onerror="window.hacked = true">',
  });
  const trail = await folder.write('trail.json', JSON.stringify({ Records: [...uses, nasty, { eventID: 'x' }] }));
  const yes = {
    id: 'yes-1',
    actor: 'ada@example.gov.uk',
    target: 'notify-prod-admin',
    requestedAt: '2026-10-19T05:50:00Z',
    status: 'approved',
    approver: 'ben@example.gov.uk',
    approvedAt: '2026-10-19T05:55:00Z',
  };
  const no = {
    ...yes,
    id: 'no-1',
    requestedAt: '2026-10-20T10:30:00Z',
    status: 'declined',
    declinedAt: '2026-10-20T10:40:00Z',
  };
  const facts = [yes, { ...no, approvedAt: undefined, approver: undefined }].map((fact) => JSON.stringify(fact));
  const approvals = await folder.write('approvals.jsonl', [...facts, '{"id":"of-no-use"}'].join('\n'));
  const args = ['replay', trail, '--no-cache', '--policy', 'policy/notify.yaml', '--approvals', approvals];
  file = await folder.write('report.html', (await twoEye([...args, '--format', 'html'])).stdout);
  browser = await openBrowser();
});

afterAll(async () => {
  await browser.close();
  await folder[Symbol.asyncDispose]();
});

/** The page as a person opens it, from a file, with its own content policy in force. */
async function opened(over: { scheme?: 'light' | 'dark'; width?: number; path?: string } = {}) {
  const { scheme = 'light', width = 1280, path = file } = over;
  const context = await browser.newContext({ colorScheme: scheme, viewport: { width, height: 900 } });
  const page = await context.newPage();
  const requests: string[] = [];
  const complaints: string[] = [];
  page.on('request', (request) => requests.push(request.url()));
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(String(error)));
  await page.goto(`file://${path}`, { waitUntil: 'load' });
  return { page, requests, complaints };
}

async function screenshot(page: Page, name: string): Promise<void> {
  if (process.env.SCREENSHOTS !== undefined)
    await page.screenshot({ path: join(process.env.SCREENSHOTS, `report-${name}.png`), fullPage: true });
}

test('draws every chart, asks for nothing, breaks none of its own rules, and runs nothing that a record says', async () => {
  const { page, requests, complaints } = await opened();
  for (const id of ['weeks', 'hours', 'people', 'misses', 'worst'])
    expect(await page.locator(`#${id} svg rect`).count(), id).toBeGreaterThan(0);
  expect(requests).toEqual([`file://${file}`]);
  expect(complaints).toEqual([]);
  expect(await page.evaluate('window.hacked')).toBeUndefined();
  expect(await page.locator('dl.figures').innerText()).toContain('unreadable');
});

test('says beside the verdicts what they cannot be trusted for', async () => {
  const { page } = await opened();
  expect(await page.locator('.warning').innerText()).toMatch(/one line of .+approvals\.jsonl could not be used/);
});

test('says which filters are set, how many actions they leave, and how many files were passed over', async () => {
  await folder.write('notes.txt', 'not a record');
  const args = ['replay', folder.path, '--no-cache', '--policy', 'policy/notify.yaml', '--format', 'html'];
  const filters = ['--since', '2026-11-01', '--until', '2026-11-08T00:00:00Z', '--account', '111111111111'];
  const some = await textOf(await twoEye([...args, ...filters, '--target', 'notify-prod-admin']));
  expect(some).toContain(
    'Note: only actions since 2026-11-01, before 2026-11-08T00:00:00Z, in account 111111111111, of target notify-prod-admin are shown, 6 of 41;',
  );
  expect(some).toMatch(/actions shown\s+6\s/);
  expect(some).toMatch(/Note: \d other files? in the folders passed over by name/);
  const none = await textOf(await twoEye([...args, '--account', '222222222222', '--account', '333333333333']));
  expect(none).toContain('No use that the filters leave.');
  expect(none).toContain('in account 222222222222 or 333333333333 are shown, 0 of 41;');
  const whole = await (await opened()).page.locator('body').innerText();
  expect(whole).not.toMatch(/Note: (only|the reading)/);
});

async function textOf({ stdout }: { readonly stdout: string }): Promise<string> {
  const path = await folder.write('some.html', stdout);
  return (await opened({ path })).page.locator('body').innerText();
}

test('shows the records of an action behind a click', async () => {
  const { page } = await opened();
  const first = page.locator('#list details').first();
  expect(await first.locator('td').count()).toBe(0);
  await first.locator('summary').click();
  expect(await first.locator('td').allInnerTexts()).toContain('AssumeRole');
});

test('shows the same figures as a table, for whoever cannot see a chart', async () => {
  const { page } = await opened();
  const table = page.locator('section:has(#weeks) details.data');
  await table.locator('summary').click();
  expect(await table.locator('th').allInnerTexts()).toEqual(['week', 'approved', 'unapproved']);
  expect(await table.locator('tbody tr').first().locator('td').allInnerTexts()).toEqual(['2026-10-19', '1', '6']);
});

test.each([
  ['light', 1280],
  ['dark', 1280],
  ['light', 380],
] as const)('has no accessibility violation that axe finds, and fits: %s, %i pixels', async (scheme, width) => {
  const { page } = await opened({ scheme, width });
  await page.locator('#list summary').first().click();
  await page.locator('details.data summary').first().click();
  expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
  // The page's own rules forbid scripts from elsewhere, but not what the debugger evaluates.
  await page.evaluate(await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8'));
  const violations = await page.evaluate<readonly string[]>(
    'axe.run().then(({ violations }) => violations.map(({ id, nodes }) => [id, ...nodes.map(({ html }) => html.slice(0, 120))].join(" ")))',
  );
  expect(violations).toEqual([]);
  await screenshot(page, `${scheme}-${width}`);
});

test('prints on white, without what only a screen can use', async () => {
  const { page } = await opened({ scheme: 'dark', width: 900 });
  await page.emulateMedia({ media: 'print' });
  expect(await page.locator('#filters').isVisible()).toBe(false);
  expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe('rgb(255, 255, 255)');
  const widths = await page
    .locator('.chart svg[width="1040"]')
    .evaluateAll((charts) => charts.map((svg) => svg.getBoundingClientRect().width));
  expect(Math.max(...widths)).toBeLessThanOrEqual(900);
  await screenshot(page, 'print');
});

test('prints the whole of what is open, the tables of the charts, and which filter is set', async () => {
  const { page } = await opened({ width: 700 });
  await page.locator('select').first().selectOption({ label: 'unapproved' });
  await page.locator('#list summary').first().click();
  await page.emulateMedia({ media: 'print' });
  const table = page.locator('section:has(#weeks) details.data table');
  await table.waitFor();
  const sides = await page
    .locator('#list td, .data td')
    .evaluateAll((cells) => cells.map((cell) => cell.getBoundingClientRect().right));
  expect(Math.max(...sides)).toBeLessThanOrEqual(700);
  const hidden = await page
    .locator('.scroll')
    .evaluateAll((all) =>
      all.filter((one) => one.scrollHeight > one.clientHeight || one.scrollWidth > one.clientWidth),
    );
  expect(hidden).toEqual([]);
  expect(await page.locator('#shown').innerText()).toContain('Of 41, by verdict unapproved.');
  await page.emulateMedia({ media: 'screen' });
  await table.waitFor({ state: 'hidden' });
});

test('an archive of 20,000 actions stays small, is shown in parts, and is filtered as a whole', async () => {
  const lines = Array.from({ length: 20_000 }, (_, index) => lineAt(index));
  const path = await pageOf('large', lines);
  expect((await stat(path)).size).toBeLessThan(8_000_000);
  const { page } = await opened({ path });
  const shown = page.locator('#shown');
  expect(await shown.innerText()).toBe('Showing 200 of 20,000 actions, the latest first.');
  await page.locator('#more').click();
  expect(await page.locator('#list details').count()).toBe(400);
  await page.locator('select').first().selectOption({ label: 'unapproved' });
  expect(await shown.innerText()).toBe(
    'Showing 200 of 2,000 actions, the latest first. Of 20,000, by verdict unapproved.',
  );
  await page.locator('input[type=date]').fill('2025-03-01');
  expect(await shown.innerText()).toMatch(
    /^Showing (\d+) of \1 actions, .+ by verdict unapproved, day 2025-03-01 \(UTC\)\.$/,
  );
  await page.locator('input[type=date]').fill('');
  await page.locator('#all').click();
  expect(await page.locator('#list details').count()).toBe(2_000);
  expect(await page.locator('section:has(#people) > p').innerText()).toContain('60 more, who did so less often');
  const people = page.locator('#people svg');
  expect(await people.evaluate((svg) => svg.getBoundingClientRect().height)).toBeLessThan(1_300);
});

test('shades the working hours of the worst day over its full height, and none on a bank holiday', async () => {
  const shades = async (occurredAt: string) => {
    const { page } = await opened({ path: await pageOf('day', [useLine({ occurredAt })]) });
    return page
      .locator('#worst .working rect')
      .evaluateAll((all) => all.map((one) => Number(one.getAttribute('height'))));
  };
  const shaded = await shades('2026-12-24T10:00:00Z');
  expect(shaded).toHaveLength(9);
  expect(Math.min(...shaded)).toBeGreaterThan(150);
  expect(await shades('2026-12-25T10:00:00Z')).toEqual([]);
});

test('the axis of weeks names Mondays, whole, however long the archive is', async () => {
  const axis = async (...instants: string[]) => {
    const lines = instants.map((occurredAt, index) => useLine({ action: `e-${index}`, occurredAt }));
    const { page } = await opened({ path: await pageOf('weeks', lines) });
    return page.locator('#weeks').evaluate((chart) => {
      const { left, right } = chart.getBoundingClientRect();
      const labels = [...chart.querySelectorAll('[font-variant="tabular-nums"] text')];
      const dates = labels.filter(({ textContent }) => / \d{4}$/.test(textContent ?? ''));
      const isWhole = dates.every((date) => {
        const box = date.getBoundingClientRect();
        return box.left >= left && box.right <= right;
      });
      return { dates: dates.map(({ textContent }) => textContent), isWhole };
    });
  };
  expect(await axis('2026-11-26T10:00:00Z')).toEqual({ dates: ['23 Nov 2026'], isWhole: true });
  const years = await axis('2024-01-03T10:00:00Z', '2026-12-25T10:00:00Z');
  expect(years.isWhole).toBe(true);
  expect(years.dates).toHaveLength(8);
  expect(years.dates.filter((date) => new Date(`${date} UTC`).getUTCDay() !== 1)).toEqual([]);
});

const LONG_NAMES = Array.from({ length: 40 }, (_, index) =>
  useLine({
    action: `e-${index}`,
    actor: `Wolfgang-Maximilian.of-a-very-long-department-name-${index}@${index % 2 ? 'digital.' : ''}example.gov.uk`,
  }),
);

/** The labels of the people's rows, and how many of them reach out of what is seen. */
async function peopleLabels(page: Page) {
  return page.locator('#people').evaluate((chart) => {
    const { left, right } = chart.getBoundingClientRect();
    const labels = [...chart.querySelectorAll('text')].filter(({ textContent }) => textContent?.startsWith('Wolf'));
    const boxes = labels.map((label) => label.getBoundingClientRect());
    return {
      texts: labels.map(({ textContent }) => textContent),
      clipped: boxes.filter((box) => box.left < left || box.right > right).length,
    };
  });
}

test.each([1280, 375])('long names are told apart and clipped nowhere, at %i pixels', async (width) => {
  const { page } = await opened({ width, path: await pageOf('long', LONG_NAMES) });
  const { texts, clipped } = await peopleLabels(page);
  expect(new Set(texts).size).toBe(40);
  expect(clipped).toBe(0);
});

test('on a phone the figures of people are seen at once, and their names stay while they are scrolled', async () => {
  const lines = Array.from({ length: 12 }, (_, index) => useLine({ action: `e-${index}`, target: `target-${index}` }));
  const path = await pageOf('phone', [...LONG_NAMES, ...lines]);
  const { page } = await opened({ width: 375, path });
  const chart = page.locator('#people');
  const isSeen = (text: string) =>
    chart.evaluate((place, wanted) => {
      const { left, right } = place.getBoundingClientRect();
      const found = [...place.querySelectorAll('text')].filter(({ textContent }) => textContent?.startsWith(wanted));
      return found.some(
        (one) => one.getBoundingClientRect().left >= left && one.getBoundingClientRect().right <= right,
      );
    }, text);
  expect(await isSeen('1 (1)')).toBe(true);
  await chart.evaluate((place) => place.scrollTo(10_000, 0));
  expect(await chart.evaluate((place) => place.scrollLeft)).toBeGreaterThan(100);
  expect([await isSeen('1 (1)'), await isSeen('Wolf')]).toEqual([true, true]);
  await page.setViewportSize({ width: 1280, height: 900 });
  await page.locator('#people .names').waitFor({ state: 'detached' });
});

/** Writes the page of these lines, nothing left out, and says where. */
async function pageOf(name: string, lines: readonly VerdictLine[]): Promise<string> {
  const limits = { filters: {}, hidden: 0, isStopped: false, others: 0 };
  const html = await htmlOf({ lines, extract: emptyExtract(), policy: testPolicy(), warnings: [], limits });
  return folder.write(`${name}.html`, html.join(''));
}

/** One action of an archive of two years, by one of a hundred people. */
function lineAt(index: number): VerdictLine {
  return useLine({
    action: `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`,
    occurredAt: new Date(Date.parse('2025-01-01T00:00:00Z') + index * 3_100_000).toISOString(),
    actor: `person-${index % 100}@example.gov.uk`,
    verdict: index % 10 === 0 ? 'unapproved' : 'approved',
  });
}
