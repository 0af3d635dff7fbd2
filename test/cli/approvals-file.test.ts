import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { APPROVAL_FIELDS, PIN_FIELDS, readApprovals } from '../../cli/approvals-file.ts';
import { membersOf } from '../../cli/members.ts';
import { reasonOf } from '../../cli/replay/table.ts';
import { loadPolicy } from '../../policy/load.ts';

const policy = await loadPolicy('policy/notify.yaml');
const members = membersOf(policy, { cyber: ['dan.doyle'] }, 'members.yaml');
const read = (text: string) => readApprovals(text, 'approvals.jsonl', policy, members);

test('the example of the documentation is right, line by line', () => {
  const { approvals, pins, bad, doubts } = read(readFileSync('docs/approvals.example.jsonl', 'utf8'));
  expect([...bad, ...doubts]).toEqual([]);
  expect(approvals.map(({ status }) => status)).toEqual([
    'approved',
    'revoked',
    'declined',
    'cancelled',
    'lapsed',
    'approved',
  ]);
  expect(approvals.filter(({ approvedAt }) => approvedAt !== undefined).map((one) => one.approverEligible)).toEqual([
    true,
    true,
    true,
  ]);
  expect(pins.map(({ people }) => people)).toEqual([
    ['ada@example.gov.uk', 'ben@example.gov.uk', 'cat@example.gov.uk'],
  ]);
});

test('the documentation explains every field of the file and no other, and shows each of them in the example', () => {
  const [, request = '', pin = ''] = readFileSync('docs/approvals-file.md', 'utf8').split(/^## /m);
  const explained = (section: string) =>
    [...section.matchAll(/^\| (`.+?) \|/gm)].flatMap(([, cell = '']) => cell.replaceAll('`', '').split(', ')).sort();
  expect(explained(request)).toEqual(APPROVAL_FIELDS.split(' ').sort());
  expect(explained(pin)).toEqual(PIN_FIELDS.split(' ').sort());
  const example = readFileSync('docs/approvals.example.jsonl', 'utf8');
  const shown = new Set(
    example
      .trim()
      .split('\n')
      .flatMap((line) => Object.keys(JSON.parse(line))),
  );
  expect([...new Set(`${APPROVAL_FIELDS} ${PIN_FIELDS}`.split(' '))].filter((field) => !shown.has(field))).toEqual([]);
  expect(readFileSync('docs/approvals-file.md', 'utf8')).toContain(`\n${example.split('\n')[0]}\n`);
});

const YES = {
  id: 'yes-1',
  actor: 'ada@example.gov.uk',
  target: 'notify-prod-admin',
  requestedAt: '2026-11-24T13:55:00Z',
  status: 'approved',
  approver: 'ben@example.gov.uk',
  approvedAt: '2026-11-24T13:58:00Z',
};
const PIN = {
  pin: true,
  id: 'pin-1',
  people: ['ada@example.gov.uk'],
  targets: ['notify-prod-admin'],
  from: '2026-11-24T13:00:00Z',
  until: '2026-11-24T16:00:00Z',
  by: 'dan.doyle',
};
const notesOf = (line: object) => {
  const { bad, doubts } = read(JSON.stringify(line));
  return { bad: bad.map(({ why }) => why), doubts: doubts.map(({ why }) => why) };
};

test.each([
  ['who asked', { ...YES, actor: 'adda@example.gov.uk' }, '"actor" names "adda@example.gov.uk"'],
  ['who said yes', { ...YES, approver: 'benn@example.gov.uk' }, '"approver" names "benn@example.gov.uk"'],
  ['whom a pin covers', { ...PIN, people: ['adda@example.gov.uk'] }, '"people" names "adda@example.gov.uk"'],
])('an address that the policy does not know is used and told, with the likely one: %s', (_, line, text) => {
  const { bad, doubts } = notesOf(line);
  expect(bad).toEqual([]);
  expect(doubts).toEqual([
    expect.stringMatching(new RegExp(`^${text}, whom the policy does not know; did you mean "`)),
  ]);
});

test('a target that the policy does not know is told of a pin as of an approval', () => {
  expect(notesOf({ ...PIN, targets: ['notify-prod-admin', 'notify-prod-admn'] })).toEqual({
    bad: [],
    doubts: [
      'is for target "notify-prod-admn", which the policy does not have: it covers none of its uses; did you mean "notify-prod-admin"?',
    ],
  });
  expect(notesOf({ ...YES, target: 'billing' }).doubts).toEqual([
    'is for target "billing", which the policy does not have: it can cover nothing',
  ]);
});

test.each(['2026-02-31T14:01:00Z', '2026-11-31T14:01:00+01:00', '2026-13-01T14:01:00Z'])(
  'a time on a day that there is not is no use: %s',
  (time) => {
    expect(notesOf({ ...YES, approvedAt: time }).bad).toEqual([
      '"approvedAt" must be an ISO 8601 time in UTC such as 2026-12-26T02:10:00Z',
    ]);
  },
);

test('in the table a pin that almost covered a use is a pin, and an approval an approval', () => {
  const line = { verdict: 'unapproved', actor: 'ada@example.gov.uk', how: '' } as Parameters<typeof reasonOf>[0];
  const miss = { approval: 'one', because: 'other-target' };
  expect(reasonOf({ ...line, nearMisses: [miss] })).toBe('other-target: pin one');
  expect(reasonOf({ ...line, nearMisses: [{ ...miss, target: 'notify-prod-db-write' }] })).toBe(
    'other-target: approval one',
  );
});
