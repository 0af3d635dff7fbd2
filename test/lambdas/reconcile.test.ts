import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { QueueMessage } from '../../lambdas/core/messages.ts';
import { rulesOf } from '../../lambdas/core/patterns.ts';
import type { Door } from '../../lambdas/core/policy.ts';
import { readInput } from '../../lambdas/core/read.ts';
import { USE_EVENT_NAMES } from '../../lambdas/core/read-record.ts';
import { trailFiles } from '../../lambdas/edge/trail-bucket.ts';
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
    lookUp: history(),
    readLog: async () => [],
    trailFiles: async function* () {
      yield* [];
    },
    arrivals: async () => new Map(),
    enqueue: async (message) => void sent.push(message),
    metric: (...metric) => void metrics.push(metric),
    ...over,
  };
  return { given, sent, metrics };
}

/** A CloudTrail that knows these records. */
function history(...records: readonly build.CloudTrailRecord[]): ReconcileServices['lookUp'] {
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
      lookUp: history(seen, missed, other),
      arrivals: async () => new Map([['seen', 'bus']]),
    });
    expect(await reconcile(given)).toMatchObject({ found: 1 });
    expect(sent).toEqual([{ twoEye: 'late-record', source: '111111111111/eu-west-1', record: missed }]);
    expect(metrics[0]).toEqual(['FoundLate', 1, 'Count', {}, noon]);
  });

  it('counts at its last look what came late by the bus, and what never did', async () => {
    const lastLook = new Date(noon - 3.5 * 3_600_000).toISOString();
    const old = ['by-bus', 'came-late', 'never', 'still-missing'].map((key) => build.assumeRole({ key, at: lastLook }));
    const { given, metrics } = services({
      lookUp: history(...old, missed),
      arrivals: async () =>
        new Map([
          ['by-bus', 'bus'],
          ['came-late', 'seen'],
          ['never', 'reconcile'],
        ]),
    });
    expect(await reconcile(given)).toEqual({ found: 2, seenLate: 1, neverDelivered: 2 });
    expect(metrics.map(([name, value]) => [name, value])).toEqual([
      ['FoundLate', 2],
      ['SeenLate', 1],
      ['NeverDelivered', 2],
    ]);
  });

  it('sends what the reader will mark as late', async () => {
    const { given, sent } = services({ lookUp: history(missed) });
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
        return history()(place, name, span);
      },
    });
    await reconcile(given);
    expect([...spans]).toEqual(['2026-11-24T08:00:00.000Z 2026-11-24T11:30:00.000Z']);
  });

  it('reads the trail’s bucket too, tampering included, and sends once what both sources know', async () => {
    const trail = { bucket: 'b', prefix: 'AWSLogs', role: 'arn:aws:iam::555555555555:role/reader' };
    const stop = {
      ...build.assumeRole({ key: 'stop' }),
      eventSource: 'cloudtrail.amazonaws.com',
      eventName: 'StopLogging',
    };
    const files = async function* () {
      yield { Records: [missed, seen, other, stop] };
      yield 'a file of the trail that cannot be read';
    };
    const { given, sent } = services({
      policy: { ...policy, trail },
      lookUp: history(missed),
      trailFiles: files,
      arrivals: async () => new Map([['seen', 'bus']]),
    });
    expect(await reconcile(given)).toMatchObject({ found: 3 });
    const keys = sent.map((message) => ('record' in message ? (message.record as { eventID?: string }).eventID : ''));
    expect(keys.sort()).toEqual(['missed', 'stop', undefined]);
  });

  it('counts as no run when it saw nothing at all, so that the alarm on its silence rings', async () => {
    const blind = () => {
      throw new Error('no role');
    };
    const { given, metrics } = services({ lookUp: blind, readLog: blind });
    await expect(reconcile(given)).rejects.toMatchObject({ code: 'dependency_failed' });
    expect(metrics).toEqual([]);
  });

  it('looks for changes of the watcher alone where home is not watched itself', async () => {
    const home = { account: '333333333333', region: 'us-east-1' };
    const deployer = build.session(`arn:aws:iam::${home.account}:role/deploy`, 'x');
    const use = build.assumeRole({ key: 'use', who: deployer, half: 'caller' });
    const off = build.apiCall({
      key: 'off',
      who: deployer,
      source: 'events.amazonaws.com',
      name: 'DisableRule',
      request: { name: 'two-eye-tampering-events' },
    });
    const { given, sent } = services({
      places: [home],
      policy: { ...policy, trail: { bucket: 'b', prefix: 'AWSLogs', role: 'arn:aws:iam::555555555555:role/reader' } },
      lookUp: history(use),
      trailFiles: async function* () {
        yield { Records: [use, off] };
      },
    });
    await reconcile(given);
    expect(sent).toMatchObject([{ record: { eventID: 'off' } }]);
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
    expect(await reconcile(given)).toMatchObject({ found: 1 });
    expect(sent).toMatchObject([
      {
        twoEye: 'database-session',
        late: 'reconcile',
        session: { user: 'write', logGroup: '/aws/rds/instance/notifydb/postgresql' },
      },
    ]);
  });

  it('looks everywhere else when one place fails, and then fails, naming it', async () => {
    const places = [production, { account: '222222222222', region: 'us-east-1' }];
    const failing = history(missed);
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

describe('the names that reconcile looks up', () => {
  const { account, region } = production;
  const shell = { kind: 'shell', account, regions: [region], ecsClusters: ['default'], ssm: true } as const;
  const doors: readonly Door[] = [
    { kind: 'role', roleArn: `arn:aws:iam::${account}:role/admin`, regions: [region] },
    { kind: 'root', account },
    { kind: 'federation', account },
    { ...shell, instanceConnect: true },
    { kind: 'secret', arn: `arn:aws:secretsmanager:${region}:${account}:secret:write-AbCdEf` },
    { kind: 'database', account, region, logGroup: '/aws/rds/instance/x/postgresql', users: ['*'] },
    { kind: 'data-api', cluster: `arn:aws:rds:${region}:${account}:cluster:x` },
  ];
  const dataApi = ['BatchExecuteStatement', 'ExecuteSql', 'ExecuteStatement'];
  const [target] = policy.targets;
  if (target === undefined) throw new Error('policy/notify.yaml has no target');
  const watching = (...watched: readonly Door[]) => ({
    ...policy,
    targets: watched.map((door) => ({ ...target, id: door.kind, door })),
  });
  const lookedUp = async (...watched: readonly Door[]) => {
    const names = new Set<string>();
    const { given } = services({
      policy: watching(...watched),
      lookUp: (place, name, span) => {
        names.add(name.replace(/20\d{6}(v2)?$/, ''));
        return history()(place, name, span);
      },
    });
    await reconcile(given);
    return names;
  };

  it.each(doors.map((door) => [door.kind, door] as const))(
    'are those that the rules of a %s watch',
    async (_, door) => {
      const rules = rulesOf(watching(door), production).filter(({ id }) => id !== 'canary');
      const watched = rules
        .flatMap(({ pattern }) => pattern.detail.eventName as readonly (string | { readonly prefix: string })[])
        .map((name) => (typeof name === 'string' ? name : name.prefix));
      const known = [...new Set(watched)].filter((name) => !dataApi.includes(name));
      expect([...(await lookedUp(door))].sort()).toEqual(known.sort());
    },
  );

  it('are all that can be a use, but for the Data API, whose events the history does not have', async () => {
    const uses = [...USE_EVENT_NAMES].filter((name) => !dataApi.includes(name));
    expect([...(await lookedUp(...doors))].sort()).toEqual(uses.sort());
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
    // After the last page too: the next event name follows at once.
    expect(pauses).toEqual([600, 600]);
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

it('reads of the bucket the files of the days and minutes asked for, unpacks them, and hands on what it cannot read', async () => {
  const file = (key: string, at: string) => `<Contents><Key>${key}</Key><LastModified>${at}</LastModified></Contents>`;
  await using aws = await loopback(({ path, method, body }, response) => {
    if (method === 'POST' && body.includes('AssumeRole'))
      response.end(
        '<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>A</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken></Credentials></AssumeRoleResult></AssumeRoleResponse>',
      );
    else if (path.includes('prefix='))
      response.end(
        `<ListBucketResult>${path.includes('24') ? file('old.gz', '2026-11-24T01:00:00Z') + file('new.gz', '2026-11-24T10:30:00Z') + file('bad.gz', '2026-11-24T10:31:00Z') : ''}</ListBucketResult>`,
      );
    else response.end(path.includes('bad') ? 'half' : gzipSync('{"Records":[{"eventID":"1"}]}'));
  });
  Object.assign(process.env, { AWS_ENDPOINT_URL_STS: aws.url, AWS_ENDPOINT_URL_S3: aws.url, AWS_REGION: 'eu-west-2' });
  const bucket = { bucket: 'trail', prefix: 'AWSLogs/o-1', role: 'arn:aws:iam::555555555555:role/reader' };
  const found: unknown[] = [];
  const span = { from: noon - 7_200_000, until: noon };
  for await (const one of trailFiles(bucket, production, span)) found.push(one);
  expect(found).toEqual([{ Records: [{ eventID: '1' }] }, expect.stringMatching(/cannot be read, of 4 bytes/)]);
  const asked = aws.asked.map(({ path }) => decodeURIComponent(path)).filter((path) => path.includes('prefix='));
  expect(asked).toEqual([expect.stringContaining('AWSLogs/o-1/111111111111/CloudTrail/eu-west-1/2026/11/24/')]);
});
