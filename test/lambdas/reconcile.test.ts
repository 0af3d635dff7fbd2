import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { QueueMessage } from '../../lambdas/core/messages.ts';
import { readInput } from '../../lambdas/core/read.ts';
import { lookUp, readLog } from '../../lambdas/edge/watched-accounts.ts';
import { type ReconcileServices, reconcile } from '../../lambdas/reconcile.ts';
import { loadPolicy } from '../../policy/load.ts';
import { type Loopback, loopback } from '../support/loopback.ts';
import * as build from '../support/records.ts';

const policy = await loadPolicy('policy/notify.yaml');
const noon = Date.parse('2026-11-24T12:00:00Z');
const production = { account: '111111111111', region: 'eu-west-1' };

function services(over: Partial<ReconcileServices> = {}) {
  const sent: QueueMessage[] = [];
  const metrics: unknown[][] = [];
  const given: ReconcileServices = {
    policy,
    now: () => noon,
    places: [production],
    lookUp: trail(),
    readLog: async () => [],
    known: async () => new Set(),
    enqueue: async (message) => void sent.push(message),
    metric: (...metric) => void metrics.push(metric),
    ...over,
  };
  return { given, sent, metrics };
}

/** A CloudTrail that knows these records. */
function trail(...records: readonly build.CloudTrailRecord[]): ReconcileServices['lookUp'] {
  return async function* (_place, eventName) {
    for (const record of records) if (record.eventName === eventName) yield { CloudTrailEvent: JSON.stringify(record) };
  };
}

describe('reconcile', () => {
  const seen = build.assumeRole({ key: 'seen' });
  const missed = build.assumeRole({ key: 'missed' });
  const other = build.assumeRole({ key: 'other', role: 'arn:aws:iam::111111111111:role/somebody-else' });

  it('sends what CloudTrail knows and the table does not, and only uses of targets', async () => {
    const { given, sent, metrics } = services({
      lookUp: trail(seen, missed, other),
      known: async () => new Set(['seen']),
    });
    expect(await reconcile(given)).toEqual({ found: 1 });
    expect(sent).toEqual([{ twoEye: 'late-record', source: '111111111111/eu-west-1', record: missed }]);
    expect(metrics).toEqual([['FoundLate', 1, 'Count', {}, noon]]);
  });

  it('sends what the reader will mark as late', async () => {
    const { given, sent } = services({ lookUp: trail(missed) });
    await reconcile(given);
    expect(readInput(sent[0], policy)).toMatchObject([
      { outcome: 'access', record: { key: 'missed', late: 'reconcile' } },
    ]);
  });

  it('sends a record that nobody can read, so that it is loud', async () => {
    const { given, sent } = services({
      lookUp: async function* (_place, eventName) {
        if (eventName === 'AssumeRole') yield { CloudTrailEvent: '{"half":' };
      },
    });
    await reconcile(given);
    expect(readInput(sent[0], policy)).toMatchObject([{ outcome: 'unreadable' }]);
  });

  it('looks back four hours, so that three runs look for each record, and leaves alone what may be on its way', async () => {
    const spans = new Set<string>();
    const { given } = services({
      lookUp: (place, name, span) => {
        spans.add(`${new Date(span.from).toISOString()} ${new Date(span.until).toISOString()}`);
        return trail()(place, name, span);
      },
    });
    await reconcile(given);
    expect([...spans]).toEqual(['2026-11-24T08:00:00.000Z 2026-11-24T11:30:00.000Z']);
  });

  it('finds database sessions that the log has and the table has not', async () => {
    const line =
      '2026-11-24 10:00:00 UTC:10.0.0.1(5432):write@notifydb:[1]:LOG:  connection authorized: user=write database=notifydb application_name=psql';
    const readonly = line.replaceAll('write', 'readonly');
    const { given, sent } = services({
      readLog: async () => [
        { id: 'l1', timestamp: noon - 7_200_000, message: line },
        { id: 'l2', timestamp: noon - 7_200_000, message: readonly },
      ],
    });
    expect(await reconcile(given)).toEqual({ found: 1 });
    expect(sent).toMatchObject([
      { twoEye: 'database-session', session: { user: 'write', logGroup: '/aws/rds/instance/notifydb/postgresql' } },
    ]);
  });

  it('looks everywhere else when one place fails, and then fails, naming it', async () => {
    const places = [production, { account: '222222222222', region: 'us-east-1' }];
    const failing = trail(missed);
    const { given, sent } = services({
      places,
      lookUp: (place, name, span) => {
        if (place.account === '222222222222') throw new Error('no role');
        return failing(place, name, span);
      },
    });
    await expect(reconcile(given)).rejects.toMatchObject({
      code: 'dependency_failed',
      message: 'Nobody looked at 222222222222/us-east-1.',
    });
    expect(sent).toHaveLength(1);
  });
});

describe('a watched account', () => {
  let aws: Loopback;
  const pages = new Map([
    [undefined, { Events: [{ CloudTrailEvent: '{"eventID":"1"}' }], NextToken: 'two' }],
    ['two', { Events: [{ CloudTrailEvent: '{"eventID":"2"}' }] }],
  ]);
  let refuse = false;

  beforeAll(async () => {
    aws = await loopback(({ headers, body }, response) => {
      const call = String(headers['x-amz-target'] ?? '');
      if (refuse)
        response
          .writeHead(400, { 'content-type': 'application/x-amz-json-1.1' })
          .end('{"__type":"AccessDeniedException"}');
      else if (call.endsWith('LookupEvents'))
        response.end(JSON.stringify(pages.get((JSON.parse(body) as { NextToken?: string }).NextToken)));
      else if (call.endsWith('FilterLogEvents'))
        response.end('{"events":[{"eventId":"a","timestamp":1,"message":"m"}]}');
      else
        response.end(
          '<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIAWATCHED</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken></Credentials></AssumeRoleResult></AssumeRoleResponse>',
        );
    });
    for (const service of ['STS', 'CLOUDTRAIL', 'CLOUDWATCH_LOGS'])
      process.env[`AWS_ENDPOINT_URL_${service}`] = aws.url;
    Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'home', AWS_SECRET_ACCESS_KEY: 'home' });
  });
  afterAll(() => aws.close());

  it('is read page by page at CloudTrail’s pace, as its role that can only read', async () => {
    const pauses: number[] = [];
    const found: unknown[] = [];
    const pause = async (ms: number) => void pauses.push(ms);
    for await (const one of lookUp(production, 'AssumeRole', { from: 0, until: noon }, pause)) found.push(one);
    expect(found).toEqual([{ CloudTrailEvent: '{"eventID":"1"}' }, { CloudTrailEvent: '{"eventID":"2"}' }]);
    expect(pauses).toEqual([600]);
    expect(aws.asked[0]?.body).toContain(encodeURIComponent('arn:aws:iam::111111111111:role/two-eye-reconcile'));
    expect(aws.asked[1]?.headers.authorization).toContain('ASIAWATCHED');
  });

  it('gives the lines of a log with their ids', async () => {
    expect(await readLog({ ...production, logGroup: 'g' }, { from: 0, until: 2 })).toEqual([
      { id: 'a', timestamp: 1, message: 'm' },
    ]);
  });

  it('that refuses is an error that names it', async () => {
    refuse = true;
    const looking = lookUp(production, 'AssumeRole', { from: 0, until: noon }).next();
    await expect(looking).rejects.toMatchObject({ code: 'dependency_failed', message: /111111111111 in eu-west-1/ });
  });
});
