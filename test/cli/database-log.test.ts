import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { scratchFolder, twoEye } from '../support/command.ts';
import { crossAccountPair } from '../support/records.ts';
import { sampleData } from '../support/sample-data.ts';

const { caller, role } = crossAccountPair({ at: '2026-11-24T14:00:00Z', key: 'one' });
const AUDIT = 'AUDIT: SESSION,1,1,WRITE,UPDATE,TABLE,public.users,update users set a = 1,<not logged>';
const AUTHORIZED = 'connection authorized: user=write database=notifydb application_name=psql';

const stderrLog = (at: string) =>
  [
    `${at}:192.0.2.10(5):[unknown]@[unknown]:[7]:LOG:  connection received: host=192.0.2.10 port=5`,
    `${at}:192.0.2.10(5):write@notifydb:[7]:LOG:  ${AUTHORIZED}`,
    `${at}:192.0.2.10(5):write@notifydb:[7]:LOG:  ${AUDIT}`,
  ].join('\n');

const csvLine = (at: string, message: string) =>
  `${at},"write","notifydb",7,"192.0.2.10:5",692cb2bc.41,3,"authentication",${at},4/1,0,LOG,00000,"${message}",,,,,,,,,"","client backend",,0`;

const jsonLine = (at: string, message: string) =>
  JSON.stringify({
    timestamp: at,
    user: 'write',
    dbname: 'notifydb',
    pid: 7,
    remote_host: '192.0.2.10',
    remote_port: 5,
    error_severity: 'LOG',
    message,
  });

const AT = '2026-11-24 14:05:00.123 UTC';

/** What a replay makes of Ada's assumption and one database log. */
async function replayed(name: string, log: string | Buffer) {
  await using folder = await scratchFolder();
  const trail = await folder.write('trail.json', JSON.stringify({ Records: [caller, role] }));
  const file = await folder.write(name, log);
  const ran = await twoEye([
    'replay',
    trail,
    '--policy',
    'policy/notify.yaml',
    '--format',
    'jsonl',
    '--database-log',
    `notify-prod-db-write=${file}`,
  ]);
  const lines = ran.stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
  return { ...ran, databases: lines.filter(({ kind }) => kind === 'database'), lines };
}

const ADAS = { target: 'notify-prod-db-write', actor: 'ada@example.gov.uk', verdict: 'unapproved' };

test.each([
  ['stderr, whole seconds', 'postgresql.log', stderrLog('2026-11-24 14:05:00 UTC'), '2026-11-24T14:05:00Z'],
  ['stderr, milliseconds', 'postgresql.log', stderrLog(AT), '2026-11-24T14:05:00.123Z'],
  ['stderr with Windows line ends', 'postgresql.log', stderrLog(AT).replaceAll('\n', '\r\n'), undefined],
  ['csvlog', 'postgresql.csv', `${csvLine(AT, AUTHORIZED)}\n${csvLine(AT, AUDIT)}\n`, '2026-11-24T14:05:00.123Z'],
  ['jsonlog', 'postgresql.json', `${jsonLine(AT, AUTHORIZED)}\n${jsonLine(AT, AUDIT)}\n`, '2026-11-24T14:05:00.123Z'],
  ['gzip of stderr', 'postgresql.log.gz', gzipSync(stderrLog(AT)), '2026-11-24T14:05:00.123Z'],
  ['gzip of jsonlog', 'postgresql.json.gz', gzipSync(jsonLine(AT, AUTHORIZED)), '2026-11-24T14:05:00.123Z'],
  [
    "CloudWatch's export to S3",
    '000000.gz',
    gzipSync(
      stderrLog(AT)
        .split('\n')
        .map((line) => `2026-11-24T14:05:01.000Z ${line}`)
        .join('\n'),
    ),
    '2026-11-24T14:05:00.123Z',
  ],
])('a session is read from a log of RDS: %s', async (_, name, log, at) => {
  const { databases, code } = await replayed(name, log);
  expect(databases).toMatchObject([
    { ...ADAS, origin: { ip: '192.0.2.10' }, ...(at === undefined ? {} : { occurredAt: at }) },
  ]);
  expect(code).toBe(0);
});

test('a session in a database whose name holds the end of a line is read from csvlog', async () => {
  const named = csvLine(AT, AUTHORIZED.replaceAll('notifydb', 'a\nb')).replace('"notifydb"', '"a\nb"');
  const { databases, code } = await replayed('postgresql.csv', `${named}\n${csvLine(AT, AUDIT)}\n`);
  expect(databases).toMatchObject([ADAS]);
  expect(code).toBe(0);
});

test('what a client writes into a statement of several lines is no session', async () => {
  const forged = csvLine(AT, 'connection authorized: user=admin database=notifydb');
  const statement = csvLine(AT, `statement: select 1\n${forged.replaceAll('"', '""')}\n`);
  const { databases } = await replayed('postgresql.csv', `${statement}\n${csvLine(AT, AUTHORIZED)}\n`);
  expect(databases).toMatchObject([ADAS]);
});

test('a log in another time zone, and gzip that stops short, are named and exit 2; the rest counts', async () => {
  const elsewhere = await replayed('postgresql.log', `${stderrLog('2026-11-24 15:05:00 CET')}\n${stderrLog(AT)}`);
  expect(elsewhere.databases).toMatchObject([ADAS]);
  expect(elsewhere.lines).toContainEqual(
    expect.objectContaining({ why: 'the line names no time in UTC', offset: 112 }),
  );
  expect(elsewhere.code).toBe(2);
  const packed = gzipSync(`${stderrLog(AT)}\n${'nothing of note\n'.repeat(100_000)}`, { level: 0 });
  const short = await replayed('postgresql.log.gz', packed.subarray(0, packed.length - 500_000));
  expect(short.databases).toMatchObject([ADAS]);
  expect(short.stderr).toContain('the gzip data is damaged or stops short');
  expect(short.code).toBe(2);
});

test.each([
  ['stderr', stderrLog(AT).split('\n')[1] ?? ''],
  ['csvlog', csvLine(AT, AUTHORIZED)],
  ['jsonlog', jsonLine(AT, AUTHORIZED)],
])('a byte order mark before the first line takes no session away: %s', async (_, line) => {
  const { databases, code } = await replayed('postgresql.log', `\uFEFF${line}\n`);
  expect(databases).toMatchObject([ADAS]);
  expect(code).toBe(0);
});

test.each([
  ['a time that is a number', `1764000000.123 write@notify LOG:  ${AUTHORIZED}`, 'names no time in UTC'],
  ['the verbose form', `${AT}:192.0.2.10(5):write@notifydb:[7]:LOG:  00000: ${AUTHORIZED}`, 'tells of a session'],
  ['a jsonlog line that stops short', jsonLine(AT, AUTHORIZED).slice(0, -9), 'tells of a session'],
])('a session in a form that is not known is unreadable, never dropped: %s', async (_, line, why) => {
  const { databases, lines, code } = await replayed('postgresql.log', `${stderrLog(AT)}\n${line}\n\t${AUTHORIZED}\n`);
  expect(databases).toMatchObject([ADAS]);
  expect(lines.filter(({ verdict }) => verdict === 'unreadable')).toMatchObject([
    { why: expect.stringContaining(why), offset: stderrLog(AT).length + 1 },
  ]);
  expect(code).toBe(2);
});

test.each([
  ['an empty file', ''],
  ['a trail file', JSON.stringify({ Records: [caller] })],
  ['prose', 'The log of Tuesday: nothing of note.\n'],
])('a file that is no log of PostgreSQL is named and exits 2: %s', async (_, content) => {
  const { stderr, code } = await replayed('postgresql.log', content);
  expect(stderr).toMatch(/postgresql\.log at byte 0: no line of it is of a PostgreSQL log/);
  expect(code).toBe(2);
});

test('a session on a day that there is not is unreadable', async () => {
  const { databases, stderr, code } = await replayed('postgresql.log', stderrLog('2026-02-30 14:05:00 UTC'));
  expect([databases, code]).toEqual([[], 2]);
  expect(stderr).toContain('the line names no time in UTC');
});

test('a log of a quiet hour, without a session, is well', async () => {
  const checkpoint = 'checkpoint complete: wrote 12 buffers';
  const stderr = `2026-11-24 14:05:00 UTC::@:[398]:LOG:  ${checkpoint}\n`;
  for (const log of [stderr, csvLine(AT, checkpoint), jsonLine(AT, checkpoint)])
    expect((await replayed('postgresql.log', log)).code).toBe(0);
});

test('a log that is not there is bad usage', async () => {
  await using folder = await scratchFolder();
  for (const name of ['gone.log', 'gone.log.gz']) {
    const ran = await twoEye([
      'replay',
      folder.path,
      '--policy',
      'policy/notify.yaml',
      '--database-log',
      `notify-prod-db-write=${join(folder.path, name)}`,
    ]);
    expect(ran).toMatchObject({ code: 1, stderr: expect.stringContaining(`${name} cannot be read`) });
  }
});

test.skipIf(sampleData === undefined)(
  'reads a real log of PostgreSQL 15 with pgaudit (skipped without the sample data)',
  async () => {
    const log = await readFile(join(sampleData ?? '', 'postgres/postgres15-pgaudit.log'));
    const { databases, lines } = await replayed('postgresql.log', log);
    expect(databases.length).toBeGreaterThan(0);
    expect(lines.map(({ verdict }) => verdict)).not.toContain('unreadable');
  },
);
