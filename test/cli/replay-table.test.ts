import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import type { Unreadable } from '../../cli/archive/extract.ts';
import { cut, cutMiddle, widthOf } from '../../cli/plain-table.ts';
import { tableOf } from '../../cli/replay/table.ts';
import { loadPolicy } from '../../policy/load.ts';
import { useLine } from '../support/verdict-lines.ts';

const policy = await loadPolicy('policy/notify.yaml');
const uses = policy.targets.map(({ id }, index) =>
  useLine({
    target: id,
    account: id.includes('deploy') ? '222222222222' : '111111111111',
    urgency: index === 0 ? 'ping' : 'page',
    nearMisses: [
      {
        approval: 'an-approval-with-a-long-name',
        because: 'already-used',
        usedBy: 'another-action',
        target: 'notify-prod-admin',
      },
    ],
  }),
);
const damaged: Unreadable = {
  file: '/archive/AWSLogs/111111111111/trail.json.gz',
  offset: 12,
  why: 'the line is not JSON',
};

/** The lines on a terminal of this width, as they are seen. */
function seen(width: number, unreadable: readonly Unreadable[] = []): string[] {
  const text = [...tableOf(uses, unreadable, policy, { coloured: true, width })].join('');
  return stripVTControlCharacters(text).trimEnd().split('\n');
}

test.each([60, 80, 90, 100, 120, 140, 200])('no line wraps on a terminal of %i columns', (width) => {
  expect(Math.max(...seen(width).map((line) => widthOf(line)))).toBeLessThanOrEqual(width);
  expect(Math.max(...seen(width, [damaged]).map((line) => widthOf(line)))).toBeLessThanOrEqual(width);
});

test('a narrow terminal does without the least first: the account’s number, the seconds, the account, the reason', () => {
  expect([200, 132, 128, 100, 80].map((width) => seen(width)[1])).toEqual([
    '2026-11-03 10:00:00  unapproved (ping)  ada@example.gov.uk  Notify production admin            Notify production (111111111111)  already-used: approval an-approval-with-a-long-name was use…',
    '2026-11-03 10:00:00  unapproved (ping)  ada@example.gov.uk  Notify production admin            Notify production  already-used: app…',
    '2026-11-03 10:00  unapproved (ping)  ada@example.gov.uk  Notify production admin            Notify production  already-used: ap…',
    '2026-11-03 10:00  unapproved (ping)  ada@example.gov.uk  Notify production admin    already-used: a…',
    '2026-11-03 10:00  unapproved (ping)  ada@example.gov.uk  Notify production admin',
  ]);
});

test('on 80 columns who, what and verdict are still told apart, and what could not be read is still named', () => {
  expect(seen(80, [damaged])).toEqual([
    'when (UTC)        verdict            who                 what',
    '2026-11-03 10:00  unapproved (ping)  ada@example.gov.uk  Notify production admin',
    '2026-11-03 10:00  unapproved (page)  ada@example.gov.uk  Notify deploy admin',
    '2026-11-03 10:00  unapproved (page)  ada@example.gov.uk  Notify prod…base, write',
    '2026-11-03 10:00  unapproved (page)  ada@example.gov.uk  A shell on … production',
    '                  unreadable                             /archive/AW… at byte 12',
  ]);
});

test('a table for a file has everything', () => {
  const whole = [...tableOf(uses, [damaged], policy, { coloured: false })].join('');
  expect(whole).toContain('Notify production (111111111111)');
  expect(whole).toContain('/archive/AWSLogs/111111111111/trail.json.gz at byte 12');
});

test('nothing that a file is called is obeyed by the terminal', () => {
  const hostile = { file: '\u001b[2J\u001b]0;owned\u0007\u202egz.liart\n', offset: 0, why: 'because of \u001b[31m' };
  const text = [...tableOf([], [hostile], policy, { coloured: false })].join('');
  expect(text).toContain('·[2J·]0;owned··gz.liart· at byte 0');
  expect(text.replaceAll('\n', '')).not.toMatch(/\p{C}/u);
});

test('what is cut is cut by columns, between signs, and never through a colour', () => {
  expect(cut('日本語の名前', 7)).toBe('日本語…');
  expect(cut('a👩‍💻b', 3)).toBe('a…');
  expect(cut('\u001b[31mred and more\u001b[39m', 4)).toBe('red…');
  expect(cut('\u001b[31mred\u001b[39m', 3)).toBe('\u001b[31mred\u001b[39m');
  expect(cutMiddle('Notify production database, write', 16)).toBe('Notify p…, write');
  expect(cutMiddle('日本語の名前', 8)).toBe('日本…前');
  expect(cutMiddle('🚀🚀🚀🚀', 5)).toBe('🚀…🚀');
});
