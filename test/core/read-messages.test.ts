import { describe, expect, it } from 'vitest';
import { readInput, readSession } from '../../lambdas/core/read.ts';
import { isDatabaseSession } from '../../lambdas/core/read-session.ts';
import { isWatcherNews } from '../../lambdas/core/read-watcher-news.ts';
import { databaseSession, TEN } from '../support/ledger-records.ts';
import { testPolicy } from '../support/policies.ts';
import * as build from '../support/records.ts';

const policy = testPolicy();
const session = databaseSession();
const news = {
  twoEye: 'watcher',
  id: 'n-1',
  occurredAt: TEN,
  account: '111111111111',
  region: 'eu-west-1',
  what: 'A rule is gone',
  why: 'two-eye-console is not there',
};

describe('a session of a database', () => {
  it('is a use of the target by somebody whom the log does not name', () => {
    expect(readSession(session, policy)).toEqual({
      outcome: 'access',
      record: {
        key: 'log-1',
        occurredAt: TEN,
        kind: 'database',
        eventName: 'connection authorized',
        outcome: 'success',
        target: 'notify-prod-db-write',
        team: 'notify',
        account: '111111111111',
        region: 'eu-west-1',
        actor: 'unknown',
        how: 'a database log names the database user only: write',
        hints: ['application name psql'],
        principal: '111111111111/eu-west-1/aws/rds/instance/notifydb/postgresql/write',
        resource: 'write@notify',
        ip: '10.0.0.7',
        userAgent: 'psql',
        half: 'whole',
        groupingMs: 120_000,
        maxActionMs: 14_400_000,
        policy: 'policy-of-the-tests',
      },
    });
  });

  it('has commands, doubts and hints only where there are any', () => {
    const plain = readSession({ ...session, applicationName: '' }, policy);
    expect(plain).toMatchObject({ record: { hints: [] } });
    expect(plain.outcome === 'access' && Object.keys(plain.record)).not.toContain('commands');
    expect(plain.outcome === 'access' && Object.keys(plain.record)).not.toContain('doubtful');
    expect(readSession({ ...session, commands: ['READ,SELECT'], doubtful: 'yes' }, policy)).toMatchObject({
      record: {
        commands: ['READ,SELECT'],
        doubtful: 'yes',
        how: 'a line of the database log that somebody who was not let in may have written; it names the database user write',
      },
    });
  });

  it('says whom else a doubtful line may name', () => {
    const doubted = { ...session, user: 'write@a', doubtful: 'yes', otherUsers: ['write'] } as const;
    expect(readSession(doubted, policy)).toMatchObject({
      record: { actor: 'unknown', how: expect.stringContaining('the database user write@a or write') },
    });
  });

  it('of a user whom no target watches is ignored', () => {
    expect(readSession({ ...session, user: 'readonly' }, policy)).toEqual({
      outcome: 'ignored',
      because: 'not-watched',
    });
  });

  it.each<[string, unknown, boolean]>([
    ['is whole', session, true],
    ['is in doubt', { ...session, doubtful: 'yes' }, true],
    ['has commands', { ...session, commands: ['READ,SELECT'] }, true],
    ['is none', 'session', false],
    ['is null', null, false],
    ['has an empty key', { ...session, key: '' }, false],
    ['has an empty name for its application', { ...session, applicationName: '' }, true],
    ...['key', 'account', 'region', 'logGroup', 'user', 'database', 'ip', 'applicationName'].map(
      (field): [string, unknown, boolean] => [`lacks its ${field}`, { ...session, [field]: undefined }, false],
    ),
    ['has a text of 512 characters', { ...session, user: 'x'.repeat(512) }, true],
    ['has a longer text', { ...session, user: 'x'.repeat(513) }, false],
    ['has no time', { ...session, occurredAt: '10:00' }, false],
    ['has a time that never is', { ...session, occurredAt: Number.NaN }, false],
    ['has commands that are none', { ...session, commands: 'READ' }, false],
    ['has one command that is none', { ...session, commands: ['READ', 1] }, false],
    ['has other users', { ...session, otherUsers: ['write'] }, true],
    ['has another user that is none', { ...session, otherUsers: ['write', 1] }, false],
    ['has a doubt that is none', { ...session, doubtful: 'no' }, false],
  ])('that %s', (_, value, expected) => {
    expect(isDatabaseSession(value)).toBe(expected);
  });
});

describe('news of the watcher', () => {
  it('is tampering by nobody who was seen', () => {
    expect(readInput(news, policy)).toEqual([
      {
        outcome: 'access',
        record: {
          key: 'n-1',
          occurredAt: TEN,
          kind: 'tampering',
          eventName: 'A rule is gone',
          outcome: 'success',
          target: 'tampering',
          team: 'cyber',
          account: '111111111111',
          region: 'eu-west-1',
          actor: 'unknown',
          how: 'two-eye saw how things are, not who made them so: the event history of the account knows',
          principal: 'two-eye-self-check/111111111111',
          resource: 'two-eye-console is not there',
          ip: '',
          userAgent: 'two-eye-self-check',
          half: 'whole',
          groupingMs: 120_000,
          maxActionMs: 14_400_000,
          policy: 'policy-of-the-tests',
        },
      },
    ]);
  });

  it.each<[string, unknown, boolean]>([
    ['is whole', news, true],
    ['is none', null, false],
    ['has an empty id', { ...news, id: '' }, false],
    ['has no words', { ...news, why: '' }, true],
    ...['id', 'account', 'region', 'what', 'why'].map((field): [string, unknown, boolean] => [
      `lacks its ${field}`,
      { ...news, [field]: 1 },
      false,
    ]),
    ['has a text of 1,024 characters', { ...news, why: 'x'.repeat(1_024) }, true],
    ['has a longer text', { ...news, why: 'x'.repeat(1_025) }, false],
    ['has a list for a text', { ...news, why: ['x'] }, false],
    ['has no time', { ...news, occurredAt: '10:00' }, false],
    ['has a time that never is', { ...news, occurredAt: Number.POSITIVE_INFINITY }, false],
  ])('that %s', (_, value, expected) => {
    expect(isWatcherNews(value)).toBe(expected);
  });

  it('that lacks something is loud', () => {
    expect(readInput({ ...news, id: '' }, policy)).toEqual([
      { outcome: 'unreadable', why: 'news of the watcher that lacks something' },
    ]);
  });
});

describe('messages of two-eye’s own', () => {
  const late = (input: unknown) =>
    readInput(input, policy).map((one) => (one.outcome === 'access' ? one.record.late : one));

  it('say of a record that it was found late, and of a session only where it was', () => {
    expect(late({ twoEye: 'late-record', record: build.assumeRole() })).toEqual(['reconcile']);
    expect(late({ twoEye: 'late-record', record: build.serviceAssumeRole() })).toEqual([
      { outcome: 'ignored', because: 'aws-service' },
    ]);
    expect(late({ twoEye: 'database-session', session, late: 'reconcile' })).toEqual(['reconcile']);
    expect(late({ twoEye: 'database-session', session, late: 'x' })).toEqual([undefined]);
  });

  it('are control messages, or loud where they lack something or nobody knows them', () => {
    expect(readInput({ twoEye: 'rejudge' }, policy)).toEqual([{ outcome: 'ignored', because: 'control-message' }]);
    expect(readInput({ twoEye: 'database-session', session: {} }, policy)).toEqual([
      { outcome: 'unreadable', why: 'a database session that lacks something' },
    ]);
    expect(readInput({ twoEye: 'x' }, policy)).toEqual([
      { outcome: 'unreadable', why: 'a message of two-eye of a kind that is not known' },
    ]);
  });
});
