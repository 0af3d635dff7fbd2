import { describe, expect, it } from 'vitest';
import { databaseSessionsIn } from '../../lambdas/core/database-sessions.ts';
import { type LogEntry, logEntriesOf } from '../../lambdas/core/postgres-log.ts';

const PLAIN = '2026-11-24 02:56:37.123 UTC [7] LOG:  ';
const RDS = '2026-11-24 02:56:37 UTC:10.0.1.100(33906):write@notifydb:[21540]:LOG:  ';
const AUTHORIZED = 'connection authorized: user=write database=notifydb';

const authorized = {
  kind: 'authorized',
  pid: '7',
  user: 'write',
  database: 'notifydb',
  applicationName: '',
  host: '',
} as const;

/** The one entry of a line, or undefined. */
function entryOf(line: string): LogEntry | undefined {
  const entries = logEntriesOf(line);
  expect(entries.length).toBeLessThanOrEqual(1);
  return entries[0];
}
const isDoubtful = (line: string) => {
  const entry = entryOf(line);
  return entry?.kind === 'authorized' ? entry.doubtful === 'yes' : undefined;
};

describe('the line of a session', () => {
  it('is read whole', () => {
    expect(entryOf(PLAIN + AUTHORIZED)).toEqual(authorized);
    expect(entryOf(`${RDS}${AUTHORIZED} application_name=psql`)).toEqual({
      ...authorized,
      pid: '21540',
      host: '10.0.1.100',
      applicationName: 'psql',
    });
  });

  it.each<[string, string, object | undefined]>([
    ['an ISO time with a T', '2026-11-24T02:56:37 [7] LOG:  ', { pid: '7' }],
    ['a name of a month', 'Nov  4 02:56:37 db postgres[7]: LOG:  ', { pid: '7' }],
    ['a syslog priority', '<134>1 2026-11-24T02:56:37 db postgres 7 - - LOG:  ', { pid: '7' }],
    ['both kinds of a process', '2026-11-24T02:56:37 db postgres 12 [7] LOG:  ', { pid: '12' }],
    ['no process', '2026-11-24 02:56:37 LOG:  ', { pid: '', doubtful: 'yes' }],
    ['no time of day', '2026-11-24 [7] LOG:  ', { pid: '7', doubtful: 'yes' }],
    ['the session of Azure', '2026-11-24 02:56:37 UTC-5c3b2d1f.7-LOG:  ', { pid: '' }],
    ['a time that comes second', 'x 2026-11-24 02:56:37 [7] LOG:  ', { pid: '7', doubtful: 'yes' }],
    ['a month in small letters', 'nov 24 02:56:37 [7] LOG:  ', { pid: '7', doubtful: 'yes' }],
    ['a priority without its end', '<134 2026-11-24 02:56:37 [7] LOG:  ', { pid: '7', doubtful: 'yes' }],
    ['no severity', '2026-11-24 02:56:37 [7] ', undefined],
    ['another severity', '2026-11-24 02:56:37 [7] FATAL:  ', undefined],
    ['a prefix of 1,024 characters', `2026-11-24 02:56:37 [7] ${'x'.repeat(1_000)}LOG:  `, { pid: '7' }],
    ['a longer prefix', `2026-11-24 02:56:37 [7] ${'x'.repeat(1_001)}LOG:  `, undefined],
  ])('with %s', (_, prefix, expected) => {
    const entry = entryOf(prefix + AUTHORIZED);
    if (expected === undefined) expect(entry).toBeUndefined();
    else expect(entry).toEqual({ ...authorized, ...expected });
  });

  it.each<[string, string, object]>([
    ['user and client by name', 'user=ada,client=1.2.3.4 ', { user: 'ada', host: '1.2.3.4' }],
    ['the last of the labels at its end', 'client=1.2.3.4 user=ada', { user: 'ada', host: '1.2.3.4' }],
    ['an empty user', 'user=,client=1.2.3.4 ', { user: 'write', host: '1.2.3.4' }],
    ['what only looks like RDS', 'x:[1]: user=ada ', { user: 'ada', pid: '7' }],
    ['blanks before the user of Debian', '  ada@notifydb ', { user: 'ada' }],
    ['a user that is not known', 'user=[unknown],client=[unknown] ', { user: 'write', host: '' }],
    ['user and database as Debian writes them', 'ada@notifydb ', { user: 'ada' }],
    ['a user with an at sign', 'a@da@notifydb ', { user: 'a@da' }],
    ['a user that Debian does not know', '[unknown]@[unknown] ', { user: 'write' }],
  ])('with %s in its prefix', (_, names, expected) => {
    expect(entryOf(`2026-11-24 02:56:37 UTC [7] ${names}LOG:  ${AUTHORIZED}`)).toMatchObject(expected);
  });

  it.each<[string, string, object]>([
    ['a host and a port', '10.0.1.100(33906):ada@notifydb', { host: '10.0.1.100', user: 'ada' }],
    ['a local socket', '[local]:ada@notifydb', { host: '[local]', user: 'ada' }],
    ['no user that is known', '10.0.1.100(1):[unknown]@[unknown]', { host: '10.0.1.100', user: 'write' }],
    ['a user with an at sign', '10.0.1.100(1):a@da@notifydb', { user: 'a@da' }],
    ['no host', ':ada@notifydb', { host: '', user: ':ada' }],
    ['no user at all', '10.0.1.100(1):', { host: '10.0.1.100', user: 'write' }],
    ['a host of 128 characters at most', `${'x'.repeat(200)}(1):ada@n`, { host: 'x'.repeat(128), user: 'ada' }],
    ['a user of 128 characters at most', `h(1):${'x'.repeat(200)}@n`, { host: 'h', user: 'x'.repeat(128) }],
  ])('of RDS with %s', (_, names, expected) => {
    expect(entryOf(`2026-11-24 02:56:37 UTC:${names}:[7]:LOG:  ${AUTHORIZED}`)).toMatchObject(expected);
  });

  it('of RDS without a time zone names nobody', () => {
    expect(entryOf(`2026-11-24 02:56:37:[7]:LOG:  ${AUTHORIZED}`)).toMatchObject({ host: '', user: 'write' });
    expect(entryOf(`2026-11-24 ada@n:[7]:LOG:  ${AUTHORIZED}`)).toMatchObject({ host: '', user: 'write' });
  });

  it.each<[string, object]>([
    ['user=write database=n application_name=a SSL enabled (x)', { database: 'n', applicationName: 'a' }],
    ['user=write database=n application_name=a GSS (x)', { database: 'n', applicationName: 'a' }],
    ['user=write database=n application_name= SSL enabled (a SSL enabled (x)', { applicationName: ' SSL enabled (a' }],
    ['user=write database=n SSL enabled (x)', { database: 'n', applicationName: '' }],
    ['user=write database=n GSS (x)', { database: 'n' }],
    ['user=write database=n pid=7', { database: 'n' }],
    ['user=write database=n application_name=a  ', { applicationName: 'a' }],
    ['user=write', { user: 'write', database: 'replication' }],
    [
      'user=write application_name=x database=y',
      { user: 'write', database: 'replication', applicationName: 'x database=y' },
    ],
    ['user=write SSL enabled (x)', { user: 'write', database: 'replication' }],
    ['user=database=n', { user: '', database: 'n' }],
    ['user= application_name=x database=y', { database: 'replication', applicationName: 'x database=y' }],
    ['user= SSL enabled (x)', { user: '', database: 'replication' }],
    ['user=write database=n  SSL enabled (x)', { database: 'n' }],
    ['user=write database=n application_name= SSL enabled (x)', { applicationName: '' }],
    ['user=write database=n application_name=x\t', { applicationName: 'x' }],
    ['user=a b database=n', { user: 'a b', database: 'n' }],
    [
      `user=${'u'.repeat(200)} database=${'d'.repeat(200)} application_name=${'a'.repeat(200)}`,
      {
        user: 'u'.repeat(128),
        database: 'd'.repeat(128),
        applicationName: 'a'.repeat(128),
      },
    ],
  ])('that says %j', (names, expected) => {
    expect(entryOf(`${PLAIN}connection authorized: ${names}`)).toMatchObject(expected);
  });

  it.each<[string, boolean]>([
    [`${PLAIN}${AUTHORIZED}`, false],
    [`${PLAIN}connection authorized: user=write`, false],
    [`${RDS}connection authorized: user=write2 database=n`, true],
    [`${RDS}connection authorized: user=writes`, true],
    [`${RDS}connection authorized: user=write  database=n`, false],
    [`${RDS}connection authorized: user=write\tdatabase=n`, true],
    [`${RDS}connection authorized: user=writedatabase=n`, false],
    [`${RDS}connection authorized: user=writedatabas`, true],
    [`${RDS}${AUTHORIZED} application_name=FATAL: x`, true],
    [`${RDS}${AUTHORIZED} application_name=DEBUG5: x`, true],
    [`${RDS}${AUTHORIZED} application_name=CATALOG: x`, false],
    [`2026-11-24 02:56:37 UTC [7] HINT: LOG:  ${AUTHORIZED}`, true],
    [`2026-11-24 02:56:37 UTC [x] LOG:  ${AUTHORIZED}`, true],
    [`2026-11-24 02:56 UTC [7] LOG:  ${AUTHORIZED}`, true],
  ])('%j may be imitated: %s', (line, expected) => {
    expect(isDoubtful(line)).toBe(expected);
  });
});

describe('a doubtful line', () => {
  const usersOf = (line: string) => {
    const entry = entryOf(line);
    return entry?.kind === 'authorized' ? [entry.user, ...(entry.otherUsers ?? [])] : undefined;
  };

  it('names whomever it may be of, once each', () => {
    const prefix = '2026-11-24 02:56:37 UTC:h(1):write@a@b:[7]:LOG:  ';
    expect(usersOf(`${prefix}connection authorized: user=write database=a@b`)).toEqual(['write@a', 'write']);
    const twice = 'connection authorized: user=ro database=connection authorized: user=writedatabase=n';
    expect(usersOf(`${prefix}${twice}`)).toEqual(['write@a', 'ro', 'write']);
    expect(usersOf(`x LOG:  connection authorized: user=write application_name=y`)).toEqual(['write']);
  });

  it('names sixteen at most, none of them longer than a name can be, and nobody without a name', () => {
    const many = Array.from({ length: 30 }, (_, at) => `connection authorized: user=u${at} database=n `).join('');
    expect(usersOf(`x LOG:  ${many}`)).toHaveLength(15);
    expect(usersOf(`x LOG:  connection authorized: user=${'u'.repeat(200)}`)).toEqual(['u'.repeat(128)]);
    expect(usersOf(`${RDS}connection authorized: user= database=n`)).toEqual(['write']);
  });
});

describe('another line', () => {
  it('says who was received, from where', () => {
    expect(entryOf(`${PLAIN}connection received: host=10.9.8.7 port=1`)).toEqual({
      kind: 'received',
      pid: '7',
      host: '10.9.8.7',
    });
    expect(entryOf(`${PLAIN}connection received: host=`)).toMatchObject({ host: '' });
    expect(entryOf(`${PLAIN}connection received: host=${'x'.repeat(200)}`)).toMatchObject({ host: 'x'.repeat(128) });
  });

  it.each([
    'AUDIT: SESSION,1,1,READ',
    'AUDIT: SESSION,1,x,READ,SELECT,',
    'AUDIT: OTHER,1,1,READ,SELECT,',
    'AUDIT: x SESSION,1,1,READ,SELECT,',
    'AUDIT: SESSION,1,1,read,SELECT,',
    'AUDIT: SESSION,1,1,READ, SELECT,',
    'audit: SESSION,1,1,READ,SELECT,',
    'x connection authorized: user=write',
    'x connection received: host=1',
    'disconnection: session time: 0:00:01',
    'connection authenticated: identity="write"',
  ])('says nothing that matters: %s', (message) => {
    expect(entryOf(PLAIN + message)).toBeUndefined();
  });

  it('of pgaudit is of a session or an object', () => {
    for (const kind of ['SESSION', 'OBJECT']) {
      expect(entryOf(`${PLAIN}AUDIT: ${kind},12,34,WRITE,INSERT,TABLE,x,insert`)).toEqual({
        kind: 'audit',
        pid: '7',
        command: 'WRITE,INSERT',
      });
    }
  });
});

describe('an event', () => {
  it('may hold several lines, of which those with a tab go on', () => {
    const kinds = (event: string) => logEntriesOf(event).map(({ kind }) => kind);
    const received = `${PLAIN}connection received: host=1 port=1`;
    expect(kinds(`${received}\n${PLAIN}${AUTHORIZED}`)).toEqual(['received', 'authorized']);
    expect(kinds(`${PLAIN}${AUTHORIZED}\n\t${received}`)).toEqual(['authorized']);
    expect(kinds(Array(2_001).fill(received).join('\n'))).toHaveLength(2_000);
  });

  it('is looked at as far as its longest line', () => {
    const far = (at: number) => `${PLAIN}AUDIT: x${' '.repeat(at)}`;
    expect(entryOf(far(20_000))).toBeUndefined();
    const name = (length: number) => `${PLAIN}${AUTHORIZED} application_name=x${' '.repeat(length)}FATAL: x`;
    expect([isDoubtful(name(100)), isDoubtful(name(20_000))]).toEqual([true, false]);
  });
});

describe('csvlog', () => {
  const line = (over: Readonly<Record<number, string>> = {}, time = '2026-11-24 02:56:37.350 UTC') => {
    const fields = [time, '"write"', '"notifydb"', '65', '"10.0.1.9:5123"', '1', '1', '"x"', '1', '0', '0', 'LOG', '0'];
    fields.push(`"${AUTHORIZED}"`, '', '');
    return fields.map((field, index) => over[index] ?? field).join(',');
  };

  it('is read by its columns', () => {
    expect(entryOf(line())).toEqual({ ...authorized, pid: '65', host: '10.0.1.9' });
    expect(entryOf(line({ 1: '', 4: '' }))).toEqual({ ...authorized, pid: '65', host: '' });
    expect(entryOf(line({ 1: '[unknown]' }))).toMatchObject({ user: 'write' });
    expect(entryOf(line({ 1: 'a"da' }))).toMatchObject({ user: 'a"da' });
    expect(entryOf(line({ 4: '"2001:db8::1:5123"' }))).toMatchObject({ host: '2001:db8::1' });
    expect(entryOf(line({ 4: '[local]' }))).toMatchObject({ host: '[local]' });
  });

  it('has names with quotes and commas, which move no column', () => {
    expect(entryOf(line({ 1: '"a"",""b"' }))).toMatchObject({ user: 'a","b', pid: '65' });
    expect(entryOf(line({ 1: '""' }))).toMatchObject({ user: 'write', pid: '65' });
    expect(entryOf(line({ 1: '"a"b' }))).toMatchObject({ user: 'a', pid: '65' });
    expect(entryOf(line({ 1: '"a""""b"' }))).toMatchObject({ user: 'a""b', pid: '65' });
  });

  it('that ends too soon says nothing', () => {
    expect(entryOf('2026-11-24 02:56:37 UTC,"write')).toBeUndefined();
    expect(entryOf('2026-11-24 02:56:37 UTC,')).toBeUndefined();
    expect(entryOf(line({ 13: '' }))).toBeUndefined();
    const bare = line({ 13: AUTHORIZED });
    expect(entryOf(bare.slice(0, bare.lastIndexOf(AUTHORIZED) + AUTHORIZED.length))).toMatchObject({
      database: 'notifydb',
      pid: '65',
    });
    expect(entryOf(line({ 13: `"${AUTHORIZED}` }))).toMatchObject({ database: 'notifydb,,' });
  });

  it.each(['2026-11-24 02:56:37 UTC', '2026-11-24 02:56:37.350 CEST'])('begins with a time: %s', (time) => {
    expect(entryOf(line({}, time))).toMatchObject({ pid: '65' });
  });

  it.each(['x2026-11-24 02:56:37 UTC', '2026-11-24 02:56:37 utc', '2026-11-24 02:56:37', '2026-11-24T02:56:37 UTC'])(
    'does not begin with %s',
    (time) => {
      expect(entryOf(line({}, time))).toBeUndefined();
    },
  );

  it('of any length is read as far as its longest line', () => {
    expect(entryOf(line({ 12: 'x'.repeat(20_000) }))).toBeUndefined();
    expect(entryOf(line({ 14: 'x'.repeat(20_000) }))).toMatchObject({ user: 'write' });
  });
});

describe('jsonlog', () => {
  const json = (value: object) => entryOf(JSON.stringify(value));
  const message = AUTHORIZED;

  it('is read by its names, and those of the clouds', () => {
    const expected = { ...authorized, user: 'ada', host: '1.2.3.4' };
    expect(json({ user: 'ada', pid: 7, remote_host: '1.2.3.4', message })).toEqual(expected);
    expect(json({ record: { user_name: 'ada', process_id: 7, connection_from: '1.2.3.4:55', message } })).toEqual(
      expected,
    );
    expect(json({ message })).toEqual({ ...authorized, pid: '' });
    expect(json({ connection_from: '2001:1::1:55', message })).toMatchObject({ host: '2001:1::1' });
    expect(json({ user: '[unknown]', message })).toMatchObject({ user: 'write' });
    expect(json({ pid: '1'.repeat(20), remote_host: 'x'.repeat(200), message })).toMatchObject({
      pid: '1'.repeat(16),
      host: 'x'.repeat(128),
    });
    expect(json({ record: 'x', message, pid: 7 })).toMatchObject({ pid: '7' });
  });

  it('may hold a text as PostgreSQL writes it, of which each line counts', () => {
    expect(json({ textPayload: `${PLAIN}${AUTHORIZED}\n${PLAIN}x` })).toEqual(authorized);
    expect(json({ textPayload: `x\n${PLAIN}${AUTHORIZED}`, message })).toEqual(authorized);
    expect(json({ textPayload: 'x', message })).toBeUndefined();
  });

  it('that is none says nothing', () => {
    expect(logEntriesOf('{"message":')).toEqual([]);
    expect(json({ message: 'x' })).toBeUndefined();
    expect(json({})).toBeUndefined();
    expect(logEntriesOf(` ${JSON.stringify({ message })}`)).toEqual([]);
  });
});

describe('the sessions of a batch', () => {
  const source = { account: '1', region: 'eu-west-1', logGroup: '/log' };
  const sessions = (...messages: readonly string[]) =>
    databaseSessionsIn(
      messages.map((message, index) => ({ id: `e${index}`, timestamp: index, message })),
      source,
    );
  const line = (pid: string, message: string) => `2026-11-24 02:56:37 UTC [${pid}] LOG:  ${message}`;
  const audit = (pid: string, command: string) => line(pid, `AUDIT: SESSION,1,1,READ,${command},`);

  it('have an address of their own before that which was received, and only of their own process', () => {
    const received = line('7', 'connection received: host=10.9.8.7 port=1');
    expect(sessions(received, line('7', AUTHORIZED), line('8', AUTHORIZED)).map(({ ip }) => ip)).toEqual([
      '10.9.8.7',
      '',
    ]);
    const client = `2026-11-24 02:56:37 UTC [7] client=1.2.3.4 LOG:  ${AUTHORIZED}`;
    expect(sessions(received, client)[0]?.ip).toBe('1.2.3.4');
  });

  it('have the commands of the process, of its last session, and at most twenty', () => {
    const seen = sessions(
      audit('7', 'EARLY'),
      line('7', AUTHORIZED),
      audit('7', 'SELECT'),
      audit('8', 'OTHER'),
      line('7', AUTHORIZED),
      audit('7', 'INSERT'),
      audit('7', 'INSERT'),
    );
    expect(seen.map(({ commands }) => commands)).toEqual([['READ,SELECT'], ['READ,INSERT']]);
    expect(sessions(line('7', AUTHORIZED))[0]).not.toHaveProperty('commands');
    const many = Array.from({ length: 30 }, (_, index) => audit('7', `C${String.fromCharCode(65 + index)}`));
    expect(sessions(line('7', AUTHORIZED), ...many)[0]?.commands).toHaveLength(20);
  });

  it('of a process that is not named have no commands of another such', () => {
    const nameless = (message: string) => `2026-11-24 02:56:37 UTC-5c3b2d1f.7-LOG:  ${message}`;
    expect(sessions(nameless(AUTHORIZED), nameless('AUDIT: SESSION,1,1,READ,SELECT,'))[0]).not.toHaveProperty(
      'commands',
    );
  });

  it('have keys of their own where one event holds several', () => {
    const two = `${line('7', AUTHORIZED)}\n${line('8', AUTHORIZED)}`;
    expect(sessions(two, line('9', AUTHORIZED)).map(({ key }) => key)).toEqual(['e0', 'e0/1', 'e1']);
  });

  it('are in doubt where their line is', () => {
    expect(sessions(`2026-11-24 LOG:  ${AUTHORIZED}`)[0]?.doubtful).toBe('yes');
    expect(sessions(line('7', AUTHORIZED))[0]).not.toHaveProperty('doubtful');
  });
});
