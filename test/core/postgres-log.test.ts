import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { databaseSessionsIn, type LogEvent } from '../../lambdas/core/database-sessions.ts';
import { type LogEntry, logEntriesOf } from '../../lambdas/core/postgres-log.ts';
import { sampleData } from '../support/sample-data.ts';

const RDS = '2026-11-24 02:56:37 UTC:10.0.1.100(33906):write@notifydb:[21540]:LOG:  ';
const AUTHORIZED = 'connection authorized: user=write database=notifydb';
const TLS = ' SSL enabled (protocol=TLSv1.3, cipher=TLS_AES_256_GCM_SHA384, bits=256)';

function only(line: string): LogEntry {
  const entries = logEntriesOf(line);
  expect(entries).toHaveLength(1);
  return entries[0] as LogEntry;
}

describe('an entry of a PostgreSQL log', () => {
  it.each([
    ['RDS', RDS, { host: '10.0.1.100', pid: '21540' }],
    [
      'RDS, over IPv6',
      '2026-11-24 02:56:37 UTC:2001:db8::1(33906):write@notifydb:[21540]:LOG:  ',
      { host: '2001:db8::1', pid: '21540' },
    ],
    [
      'RDS, one blank',
      '2026-11-24 02:56:37 UTC:10.0.1.100(33906):write@notifydb:[21540]:LOG: ',
      { host: '10.0.1.100' },
    ],
    ['RDS, a local socket', '2026-11-24 02:56:37 UTC:[local]:write@notifydb:[21540]:LOG:  ', { host: '[local]' }],
    ['the default', '2026-11-24 02:56:37.123 UTC [21540] LOG:  ', { host: '', pid: '21540' }],
    ['Debian', '2026-11-24 02:56:37.123 UTC [21540] write@notifydb LOG:  ', { pid: '21540' }],
    [
      'pgBadger',
      '2026-11-24 02:56:37 UTC [21540]: user=write,db=notifydb,app=psql,client=10.0.1.100 LOG:  ',
      { host: '10.0.1.100' },
    ],
    ['syslog', 'Nov 24 02:56:37 db postgres[21540]: [7-1] 2026-11-24 02:56:37 UTC [21540] LOG:  ', { pid: '21540' }],
    [
      'RFC 5424',
      '<134>1 2026-11-24T02:56:37+00:00 db postgres 21540 - - [7-1] 2026-11-24 02:56:37 UTC [21540] LOG:  ',
      { pid: '21540' },
    ],
  ])('is read under the prefix of %s', (_, prefix, expected) => {
    expect(only(`${prefix}${AUTHORIZED} application_name=psql${TLS}`)).toMatchObject({
      kind: 'authorized',
      user: 'write',
      database: 'notifydb',
      applicationName: 'psql',
      ...expected,
    });
  });

  it.each([
    ['nothing more', AUTHORIZED, { database: 'notifydb', applicationName: '' }],
    ['TLS alone', AUTHORIZED + TLS, { database: 'notifydb', applicationName: '' }],
    [
      'names run together (Azure)',
      'connection authorized: user=writedatabase=notifydb pid=7',
      { database: 'notifydb' },
    ],
    [
      'blanks and brackets',
      `${AUTHORIZED} application_name=puma: cluster worker 2: 44125 [myapp]${TLS}`,
      { applicationName: 'puma: cluster worker 2: 44125 [myapp]' },
    ],
    [
      'replication',
      'replication connection authorized: user=write application_name=standby',
      { database: 'replication' },
    ],
  ])('is read with %s', (_, message, expected) => {
    expect(only(RDS + message)).toMatchObject({ kind: 'authorized', user: 'write', ...expected });
  });

  it('cannot be bent by an application name, whatever it holds', () => {
    const piece = fc.constantFrom(
      'user=readonly',
      ' database=x',
      'LOG:  ',
      'connection authorized: ',
      ' SSL enabled (',
      ':[1]:',
      'AUDIT: ',
      '@',
      ' ',
      '"',
      ',',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string()), { maxLength: 12 }), fc.boolean(), (pieces, tls) => {
        const name = pieces
          .join('')
          .replaceAll(/[\n\r\t]/g, '?')
          .slice(0, 63);
        for (const prefix of [RDS, '2026-11-24 02:56:37.123 UTC [21540] LOG:  ']) {
          const entry = only(`${prefix}${AUTHORIZED} application_name=${name}${tls ? TLS : ''}`);
          expect(entry).toMatchObject({ kind: 'authorized', user: 'write', database: 'notifydb', pid: '21540' });
        }
      }),
    );
  });

  it('is taken from csvlog and jsonlog, and from what clouds wrap around them', () => {
    const csv = `2026-11-24 02:56:37.350 UTC,"write","notifydb",65,"10.0.1.9:5123",692c.41,3,"authentication",2026-11-24 02:56:37 UTC,0/1,0,LOG,00000,"${AUTHORIZED} application_name=a ""b"", c",,,`;
    expect(only(csv)).toMatchObject({ user: 'write', pid: '65', host: '10.0.1.9', applicationName: 'a "b", c' });
    const json = { user: 'write', dbname: 'notifydb', pid: 65, remote_host: '10.0.1.9', message: AUTHORIZED };
    expect(only(JSON.stringify(json))).toMatchObject({ user: 'write', pid: '65', host: '10.0.1.9' });
    expect(
      only(
        JSON.stringify({
          record: { user_name: 'write', process_id: '65', connection_from: '10.0.1.9:5123', message: AUTHORIZED },
        }),
      ),
    ).toMatchObject({ user: 'write', host: '10.0.1.9' });
    expect(only(JSON.stringify({ textPayload: RDS + AUTHORIZED }))).toMatchObject({ user: 'write' });
  });

  it('never begins beyond doubt in a statement that somebody else wrote', () => {
    expect(
      logEntriesOf(
        `2026-11-24 02:56:37 UTC:10.0.1.100(1):app@notifydb:[9]:STATEMENT:  select 1\n\t${RDS}${AUTHORIZED}`,
      ),
    ).toEqual([expect.objectContaining({ doubtful: 'yes' })]);
    expect(only(`\t${RDS}${AUTHORIZED}`)).toMatchObject({ doubtful: 'yes' });
    expect(logEntriesOf(`\t${RDS}AUDIT: SESSION,3,1,WRITE,UPDATE,,,x,<none>`)).toEqual([]);
    expect(logEntriesOf('{"message": broken')).toEqual([]);
  });

  it.each([
    ['a user', 'x:[1]:LOG:  connection authorized: user=write database=n', 'notifydb'],
    ['a user who is named in the prefix', 'write@n:[1]:LOG:  connection authorized: user=write', 'x database=notifydb'],
    ['a user who is named twice', 'w@n:[1]:LOG:  connection authorized: user=w', ' database=n application_name='],
    ['a database', 'x', 'y:[1]:LOG:  connection authorized: user=write database=n'],
    ['a user with the end of a line', '\n2026-11-24 LOG:connection authorized: user=write pid=', 'notifydb'],
    ['a user and a database with ends of lines', '\n2026-11-24 LOG:connection authorized: user=write pid=', '\nn'],
  ])('is doubtful where %s of a login that failed may have imitated it', (_, user, database) => {
    const refusal = (name: string) =>
      `FATAL:  password authentication failed for user "${name.replaceAll('\n', '\n\t')}"`;
    const line = `2026-11-24 02:56:37 UTC:10.0.1.100(33906):${user}@${database}:[21540]:${refusal(user)}`;
    const authorized = logEntriesOf(line).filter(({ kind }) => kind === 'authorized');
    expect(authorized).not.toEqual([]);
    for (const entry of authorized) expect(entry).toMatchObject({ doubtful: 'yes' });
  });

  it.each([
    ['@', 'a@b'],
    ['a severity', 'x LOG:  y'],
    ['a severity and an audit', 'x LOG:  AUDIT: SESSION,1,1,READ,SELECT,'],
    ['a severity and a connection that was received', 'LOG:  connection received: host=1'],
    ['another session', 'LOG:  connection authorized: user=ro database=n'],
    ['another session, on a line of its own', 'a\n2026-11-24 02:56:37 UTC [1] LOG:  connection authorized: user=ro'],
    ['the end of a line', 'a\nb'],
    ['the end of a line and a tab', 'a\n\tb'],
    ['a severity, the end of a line and a tab', 'LOG: \n\t'],
    ['the end of a line and what is no JSON', 'a\n{'],
    ['ends of lines that make JSON', '"}\n{"a":"'],
    ['ends of lines that make JSON of another line', '"}\n{"message":"connection received: host='],
    ['ends of lines that make JSON of another session', '"}\n{"message":"connection authorized: user=ro '],
    ['the end of a line and csvlog', 'a\n2026-11-24 02:56:37 UTC,'],
  ])('names the user also where the name of the database holds %s, however an agent splits lines', (_, database) => {
    // The prefix has the name as it is; in the message PostgreSQL puts a tab behind each end of a line.
    const named = database.replaceAll('\n', '\n\t');
    const event = `2026-11-24 02:56:37 UTC:10.0.1.100(33906):write@${database}:[21540]:LOG:  connection authorized: user=write database=${named}${TLS}`;
    for (const messages of [[event], event.split('\n')]) {
      const sessions = messages.flatMap(logEntriesOf).filter((entry) => entry.kind === 'authorized');
      const users = sessions.flatMap(({ user, otherUsers = [] }) => [user, ...otherUsers]);
      expect(users).toContain('write');
      expect(sessions.filter(({ user, doubtful }) => doubtful === undefined && user !== 'write')).toEqual([]);
    }
  });

  it('is doubtful in a row of csvlog or jsonlog that tells of something else', () => {
    const statement = `statement: select '${RDS}${AUTHORIZED}'`;
    const csv = `2026-11-24 02:56:37.350 UTC,"app","notifydb",65,"10.0.1.9:5123",1,3,"x",1,0/1,0,LOG,00000,"${statement}",,,`;
    for (const row of [csv, JSON.stringify({ user: 'app', pid: 65, message: statement })])
      expect(only(row)).toMatchObject({ user: expect.any(String), doubtful: 'yes' });
  });

  it('is doubtful in a statement that is logged on one line, and where the application’s name reads like a line', () => {
    const quoted = `2026-11-24 02:56:37 UTC:10.0.1.100(1):app@notifydb:[9]:STATEMENT:  select '${RDS}${AUTHORIZED}'`;
    expect(only(quoted)).toMatchObject({ kind: 'authorized', doubtful: 'yes' });
    const odd = `${RDS}${AUTHORIZED} application_name=x:[1]:FATAL:  no`;
    expect(only(odd)).toMatchObject({ user: 'write', doubtful: 'yes' });
    expect(only(`${RDS}${AUTHORIZED} application_name=psql${TLS}`)).not.toHaveProperty('doubtful');
  });

  it('keeps of an audit line the class and command, never the statement', () => {
    const entry = only(
      `${RDS}AUDIT: SESSION,3,1,WRITE,UPDATE,,,"update people set phone = '07700900000'",<not logged>`,
    );
    expect(entry).toEqual({ kind: 'audit', pid: '21540', command: 'WRITE,UPDATE' });
  });

  it('is found in a line of any length without a hang', () => {
    const long = 'x'.repeat(200_000);
    for (const line of [
      RDS + long,
      `2026-11-24 ${long}`,
      `${RDS}${AUTHORIZED} application_name=${long}`,
      `2026-11-24 02:56:37 UTC,${'"'.repeat(200_000)}`,
    ]) {
      expect(logEntriesOf(line).length).toBeLessThanOrEqual(1);
    }
  });
});

describe('the sessions of a batch', () => {
  const source = { account: '111111111111', region: 'eu-west-1', logGroup: '/aws/rds/instance/notifydb/postgresql' };
  const events = (...messages: readonly string[]): LogEvent[] =>
    messages.map((message, index) => ({ id: `e${index}`, timestamp: 1_000 + index, message }));

  it('have the address of the connection that was received, and what was done', () => {
    const plain = '2026-11-24 02:56:37.123 UTC [7] LOG:  ';
    const sessions = databaseSessionsIn(
      events(
        `${plain}connection received: host=10.9.8.7 port=5123`,
        plain + AUTHORIZED,
        `${plain}AUDIT: SESSION,1,1,READ,SELECT,,,select 1,<none>`,
        `${plain}AUDIT: SESSION,2,1,DDL,ALTER TABLE,,,alter table x,<none>`,
        `${plain}AUDIT: SESSION,3,1,READ,SELECT,,,select 2,<none>`,
      ),
      source,
    );
    expect(sessions).toEqual([
      {
        key: 'e1',
        occurredAt: 1_001,
        ...source,
        user: 'write',
        database: 'notifydb',
        ip: '10.9.8.7',
        applicationName: '',
        commands: ['READ,SELECT', 'DDL,ALTER TABLE'],
      },
    ]);
  });

  it
    .skipIf(sampleData === undefined)
    .each([
      ['postgres15-pgaudit.log'],
      ['quellog-azure-fixture.log'],
      ['quellog-csvlog.csv'],
      ['quellog-jsonlog.json'],
      ['quellog-rds-fixture.log'],
      ['quellog-stderr.log'],
      ['quellog-syslog.log'],
      ['quellog-syslog_bsd.log'],
      ['quellog-syslog_rfc5424.log'],
      ['awsdocs-aurora.log'],
    ])('are found in the published %s (skipped where ../shared/data is absent)', (name) => {
    const lines = readFileSync(join(sampleData ?? '', 'postgres', name), 'utf8').split('\n');
    const sessions = databaseSessionsIn(events(...lines), source);
    const users: Record<string, number> = {};
    for (const { user } of sessions) users[user] = (users[user] ?? 0) + 1;
    // Lines are in no doubt, but for one whose application has a name like a line.
    const inDoubt = sessions.filter(({ doubtful }) => doubtful !== undefined);
    expect(inDoubt.filter(({ applicationName }) => !applicationName.includes('LOG:'))).toEqual([]);
    const written = lines.filter(
      (line) => /^[^\t].*LOG.*connection authorized: user=/.test(line) || /"connection authorized: user=/.test(line),
    ).length;
    expect({ written, users }).toMatchSnapshot();
  });
});
