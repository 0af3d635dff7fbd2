import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { APPROVAL_FIELDS, PIN_FIELDS, readApprovals } from '../../cli/approvals-file.ts';
import { membersOf } from '../../cli/members.ts';
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
