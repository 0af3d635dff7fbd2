import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { scratchFolder, twoEye } from '../support/command.ts';
import { apiCall, assumeRole, crossAccountPair, envelope, serviceAssumeRole } from '../support/records.ts';
import { sampleData } from '../support/sample-data.ts';

const POLICY = ['--policy', 'policy/notify.yaml'];
const yes = (over: object = {}) =>
  JSON.stringify({
    id: 'yes-1',
    actor: 'Ada.Lovelace',
    target: 'notify-prod-admin',
    reason: 'check the queue',
    requestedAt: '2026-11-24T13:55:00Z',
    picked: 'ben.bowyer',
    status: 'approved',
    approver: 'ben@example.gov.uk',
    approvedAt: '2026-11-24T13:58:00Z',
    ...over,
  });
const at1400 = crossAccountPair({ at: '2026-11-24T14:00:00Z', key: 'one' });
const at1430 = crossAccountPair({ at: '2026-11-24T14:30:00Z', key: 'two' });
const boxingDay = crossAccountPair({ at: '2026-12-26T14:00:00Z', key: 'three' });
const trail = (...records: unknown[]) => JSON.stringify({ Records: records });
const linesOf = (text: string) =>
  text
    .trimEnd()
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));

test('one approval covers one action, and a use on a bank holiday pages', async () => {
  await using folder = await scratchFolder();
  const approvals = await folder.write('approvals.jsonl', `${yes()}\n`);
  const records = [at1400, at1430, boxingDay].flatMap(({ caller, role }) => [role, caller]);
  const file = await folder.write(
    'trail.json.gz',
    gzipSync(trail(...records, apiCall({ source: 's3.amazonaws.com', name: 'ListBuckets' }))),
  );
  const ran = await twoEye(['replay', file, ...POLICY, '--approvals', approvals, '--format', 'jsonl']);
  expect(ran.code).toBe(0);
  expect(linesOf(ran.stdout)).toMatchObject([
    { verdict: 'approved', approval: 'yes-1', actor: 'ada@example.gov.uk', occurredAt: '2026-11-24T14:00:00Z' },
    { verdict: 'unapproved', urgency: 'ping', nearMisses: [{ approval: 'yes-1', because: 'already-used' }] },
    { verdict: 'unapproved', urgency: 'page', occurredAt: '2026-12-26T14:00:00Z' },
  ]);
  expect(ran.stderr).toContain('read 7 = watched 6 + ignored 1 (other-event 1) + unreadable 0');
});

test('reads trail files, multi-member gzip, JSON Lines, envelopes, lists and standard input alike', async () => {
  await using folder = await scratchFolder();
  const { caller, role } = at1400;
  const { caller: two } = at1430;
  await mkdir(join(folder.path, 'AWSLogs/eu-west-1'), { recursive: true });
  await folder.write(
    'AWSLogs/eu-west-1/a.json.gz',
    Buffer.concat([gzipSync(`{"Records":[${JSON.stringify(caller)},`), gzipSync(`${JSON.stringify(role)}]}`)]),
  );
  await folder.write('b.jsonl', `${JSON.stringify(envelope(role))}\n\n${JSON.stringify(two)}\n`);
  await folder.write('c.json', `${JSON.stringify(serviceAssumeRole())}${JSON.stringify([caller])}`);
  await folder.write('notes.txt', 'not a record');
  const ran = await twoEye(['replay', folder.path, '-', ...POLICY, '--format', 'jsonl'], trail(boxingDay.role));
  expect(linesOf(ran.stdout).map((line) => line.occurredAt)).toEqual([
    '2026-11-24T14:00:00Z',
    '2026-11-24T14:30:00Z',
    '2026-12-26T14:00:00Z',
  ]);
  expect(ran.stderr).toMatch(/read 7 = watched 4 \+ ignored 3 \(aws-service 1, duplicate 2\) \+ unreadable 0/);
  expect(ran.stderr).toContain('1 other file');
});

test('names what it cannot read by file and offset, reads the rest, and exits 2', async () => {
  await using folder = await scratchFolder();
  const good = JSON.stringify(at1400.caller);
  await folder.write('1-damaged-line.jsonl', `${good}\nnot json\n{"eventID":"x"}\n`);
  const packed = gzipSync(trail(at1430.caller, boxingDay.caller));
  await folder.write('2-stops-short.json.gz', packed.subarray(0, packed.length - 12));
  packed[packed.length - 6] = 0xff ^ (packed[packed.length - 6] ?? 0);
  await folder.write('3-wrong-crc.json.gz', packed);
  await folder.write('4-empty.json', '');
  await folder.write(
    '5-trail-with-a-bad-record.json',
    `{"Records":[{"eventID":,},${JSON.stringify(boxingDay.caller)}]}`,
  );
  const ran = await twoEye([
    'replay',
    folder.path,
    '/no/such/file',
    ...POLICY,
    '--format',
    'jsonl',
    '--fail-on',
    'unapproved',
  ]);
  expect(ran.code).toBe(2);
  const unreadable = linesOf(ran.stdout).filter((line) => line.verdict === 'unreadable');
  expect(unreadable).toMatchObject([
    { file: expect.stringContaining('1-damaged-line'), offset: good.length + 1, why: 'the line is not JSON' },
    {
      file: expect.stringContaining('1-damaged-line'),
      offset: good.length + 10,
      why: expect.stringContaining('eventTime is missing'),
    },
    { file: expect.stringContaining('2-stops-short') },
    { file: expect.stringContaining('2-stops-short'), why: 'the gzip data stops short' },
    { file: expect.stringContaining('3-wrong-crc'), why: 'the gzip data is damaged' },
    { file: expect.stringContaining('4-empty'), why: 'the file is empty' },
    { file: expect.stringContaining('5-trail'), offset: 12 },
    { file: '/no/such/file' },
  ]);
  expect(linesOf(ran.stdout)).toContainEqual(expect.objectContaining({ occurredAt: '2026-12-26T14:00:00Z' }));
});

test('filters choose what is shown and never what is judged', async () => {
  await using folder = await scratchFolder();
  const approvals = await folder.write('approvals.jsonl', yes());
  const file = await folder.write('trail.json', trail(at1400.caller, at1430.caller));
  const args = ['replay', file, ...POLICY, '--approvals', approvals, '--format', 'jsonl', '--fail-on', 'unapproved'];
  const late = await twoEye([...args, '--since', '2026-11-24T14:30:00Z']);
  expect(linesOf(late.stdout)).toMatchObject([{ verdict: 'unapproved', nearMisses: [{ because: 'already-used' }] }]);
  expect(late.code).toBe(3);
  const early = await twoEye([...args, '--until', '2026-11-24T14:30:00Z', '--target', 'notify-prod-admin']);
  expect(linesOf(early.stdout)).toMatchObject([{ verdict: 'approved' }]);
  expect(early.code).toBe(0);
  expect((await twoEye([...args, '--account', '222222222222'])).stdout).toBe('');
});

test('a group in Slack that --members does not give makes nobody eligible, and says so', async () => {
  await using folder = await scratchFolder();
  const file = await folder.write('trail.json', trail(at1400.caller));
  const pin = {
    pin: true,
    id: 'pin-1',
    team: 'notify',
    targets: ['notify-prod-admin'],
    from: '2026-11-24T13:00:00Z',
    until: '2026-11-24T16:00:00Z',
    by: 'dan.doyle',
    reason: 'incident',
  };
  const approvals = await folder.write('approvals.jsonl', `\n${JSON.stringify(pin)}\n`);
  const args = ['replay', file, ...POLICY, '--approvals', approvals, '--format', 'jsonl'];
  const without = await twoEye(args);
  expect(without.code).toBe(2);
  expect(without.stderr).toContain('approvals.jsonl:2: covers nothing: group "cyber" lives in Slack');
  const members = await folder.write('members.yaml', 'cyber: [Dan.Doyle]\n');
  const given = await twoEye([...args, '--members', members]);
  expect(linesOf(given.stdout)).toMatchObject([{ verdict: 'pinned', pin: 'pin-1' }]);
});

test('bad usage and a bad policy exit 1 and say what would be right', async () => {
  await using folder = await scratchFolder();
  const bad = await folder.write('policy.yaml', 'version: 1\nhomme: {}\n');
  expect(await twoEye(['replay', '.', '--policy', bad])).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/policy\.yaml:\d+:\d+/),
  });
  expect((await twoEye(['replay', '.'])).code).toBe(1);
  expect((await twoEye(['replay', '.', ...POLICY, '--since', 'yesterday'])).code).toBe(1);
  expect((await twoEye(['policy', 'check', bad])).code).toBe(1);
  expect(await twoEye(['policy', 'check', 'policy/notify.yaml'])).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('is right'),
  });
});

test('the table is the default, for a person, without control characters of a record', async () => {
  await using folder = await scratchFolder();
  const file = await folder.write(
    'trail.json',
    trail(assumeRole({ at: '2026-11-24T14:00:00Z', userAgent: '\u001b[2J' })),
  );
  const ran = await twoEye(['replay', file, ...POLICY]);
  expect(ran.stdout).toContain('unapproved (ping)');
  expect(ran.stdout).toContain('Notify production admin');
  expect(ran.stdout).not.toContain('\u001b');
});

test('the log of a database is read beside the archive, and a line without a time in UTC is named', async () => {
  await using folder = await scratchFolder();
  const file = await folder.write('trail.json', trail(at1400.caller, at1400.role));
  const said = 'LOG:  connection authorized: user=write database=notifydb';
  const log = await folder.write(
    'postgresql.log',
    `2026-11-24 14:05:00 UTC:192.0.2.10(5):write@notifydb:[7]:${said}\n2026-11-24 14:06:00 CET:192.0.2.10(5):write@notifydb:[8]:${said}\n`,
  );
  const args = ['replay', file, ...POLICY, '--format', 'jsonl'];
  const [ran, wrong] = await Promise.all([
    twoEye([...args, '--database-log', `notify-prod-db-write=${log}`]),
    twoEye([...args, '--database-log', `notify-prod-admin=${log}`]),
  ]);
  expect(linesOf(ran.stdout).map(({ target, actor, verdict }) => [target, actor, verdict])).toEqual([
    ['notify-prod-admin', 'ada@example.gov.uk', 'unapproved'],
    ['notify-prod-db-write', 'ada@example.gov.uk', 'unapproved'],
    [undefined, undefined, 'unreadable'],
  ]);
  expect([ran.code, wrong.code]).toEqual([2, 1]);
  expect(wrong.stderr).toContain('the policy has: notify-prod-db-write');
});

test('a second run takes what the first one kept beside the archive or where it was told to, unless told not to', async () => {
  await using folder = await scratchFolder();
  await mkdir(join(folder.path, 'archive'));
  const file = await folder.write('archive/trail.json.gz', gzipSync(trail(at1400.caller, at1400.role)));
  const elsewhere = join(folder.path, 'kept');
  const run = (...args: string[]) => twoEye(['replay', file, ...POLICY, '--format', 'jsonl', ...args]);
  const first = await run();
  expect(first.stderr).toMatch(/^1 file, /m);
  const again = await run();
  expect(again.stderr).toContain('1 file (1 kept from an earlier run)');
  expect(again.stdout).toBe(first.stdout);
  expect((await run('--no-cache')).stderr).toMatch(/^1 file, /m);
  expect((await run('--cache', elsewhere)).stderr).toMatch(/^1 file, /m);
  expect((await run('--cache', elsewhere)).stderr).toContain('kept from an earlier run');
});

test('an archive in which nothing was read is no success', async () => {
  await using folder = await scratchFolder();
  const args = ['replay', folder.path, ...POLICY, '--fail-on', 'unapproved'];
  const empty = await twoEye(args);
  expect(empty.code).toBe(2);
  expect(empty.stderr).toMatch(
    /^warning: nothing was read, so nothing is proved: give trail files .* folders of them$/m,
  );
  await folder.write('trail.log', trail(at1400.caller));
  const otherwise = await twoEye(args);
  expect(otherwise.code).toBe(2);
  expect(otherwise.stderr).toContain('a file that is called otherwise is read when it is named itself');
  expect((await twoEye(['replay', join(folder.path, 'trail.log'), ...POLICY, '--fail-on', 'unapproved'])).code).toBe(3);
});

test('explain says it as a person would', async () => {
  await using folder = await scratchFolder();
  const approvals = await folder.write('approvals.jsonl', yes({ validUntil: '2026-11-24T13:59:00Z' }));
  const event = await folder.write('event.json', JSON.stringify(envelope(at1400.caller)));
  const ran = await twoEye(['explain', event, ...POLICY, '--approvals', approvals]);
  expect(ran.stdout).toContain('ada@example.gov.uk used Notify production admin');
  expect(ran.stdout).toMatch(/had expired .+ \(yes-1\)/);
  expect(ran.stdout).toContain('It pings');
});

test.skipIf(sampleData === undefined)(
  'accounts for every published record (skipped without the sample data)',
  async () => {
    const ran = await twoEye([
      'replay',
      join(sampleData ?? '', 'cloudtrail/trail-files'),
      '--no-cache',
      ...POLICY,
      '--format',
      'jsonl',
    ]);
    expect(ran.stderr).toContain('read 2900 = watched 0 + ignored 2900');
    expect(ran.code).toBe(0);
  },
);
