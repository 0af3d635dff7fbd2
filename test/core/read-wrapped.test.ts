import { afterEach, describe, expect, it, vi } from 'vitest';
import { instantOf, isObject, isTrue, objectIn, textIn } from '../../lambdas/core/raw-record.ts';
import { readInput, readRecord } from '../../lambdas/core/read.ts';
import { kindOf, USE_EVENT_NAMES, whereOf } from '../../lambdas/core/read-record.ts';
import { testPolicy } from '../support/policies.ts';
import * as build from '../support/records.ts';

const { PRODUCTION } = build;
const policy = testPolicy();
const assumed = build.assumeRole({ key: 'e-1' });
const text = JSON.stringify(assumed);
const other = build.apiCall({ source: 's3.amazonaws.com', name: 'ListBuckets', key: 'e-2' });

/** How each reading ends: why it is ignored or cannot be read, or the key of its record. */
const ends = (input: unknown) =>
  readInput(input, policy).map((one) => {
    if (one.outcome === 'access') return one.record.key;
    return one.outcome === 'ignored' ? one.because : one.why;
  });

const nested = (depth: number): unknown => (depth === 0 ? assumed : [nested(depth - 1)]);

describe('what is wrapped', () => {
  it('is read at any depth that AWS wraps things to, and no deeper', () => {
    expect(ends(nested(6))).toEqual(['e-1']);
    expect(ends(nested(7))).toEqual(['wrapped more deeply than anything AWS sends']);
    const inText = (depth: number): unknown =>
      depth === 0 ? text : { CloudTrailEvent: JSON.stringify(inText(depth - 1)) };
    expect(ends(inText(4))).toEqual(['not a JSON object but a string']);
    let sqs: unknown = assumed;
    for (let depth = 0; depth < 7; depth += 1) sqs = { eventSource: 'aws:sqs', body: JSON.stringify(sqs) };
    expect(ends(sqs)).toEqual(['wrapped more deeply than anything AWS sends']);
    let lists: unknown = assumed;
    for (let depth = 0; depth < 7; depth += 1) lists = { Records: [lists] };
    expect(ends(lists)).toEqual(['wrapped more deeply than anything AWS sends']);
    let parsed: unknown = assumed;
    for (let depth = 0; depth < 7; depth += 1) parsed = { CloudTrailEvent: parsed };
    expect(ends(parsed)).toEqual(['wrapped more deeply than anything AWS sends']);
  });

  it.each<[string, unknown, readonly string[]]>([
    ['an empty list', [], ['other-event']],
    ['several records', [assumed, other], ['e-1', 'other-event']],
    ['a trail file', { Records: [assumed, other] }, ['e-1', 'other-event']],
    ['an empty trail file', { Records: [] }, ['other-event']],
    ['events of LookupEvents', { Events: [{ CloudTrailEvent: text }] }, ['e-1']],
    ['no events of LookupEvents', { Events: [] }, ['other-event']],
    ['an event that is parsed already', { CloudTrailEvent: assumed }, ['e-1']],
    ['an event that is no JSON', { CloudTrailEvent: '{' }, ['text that is not JSON']],
    ['a text', 'x', ['not a JSON object but a string']],
    ['nothing', undefined, ['not a JSON object but nothing']],
    ['a log subscription', { messageType: 'DATA_MESSAGE', logEvents: [{ message: text }] }, ['e-1']],
    ['a control message', { messageType: 'CONTROL_MESSAGE', logEvents: [{ message: text }] }, ['control-message']],
    ['a log event that is none', { messageType: 'DATA_MESSAGE', logEvents: [1] }, ['a log event that is a number']],
    ['a packed log subscription', { awslogs: { data: 'x' } }, ['a log subscription that is still packed']],
    ['a message of SQS', { eventSource: 'aws:sqs', body: text }, ['e-1']],
    ['a message of SNS', { EventSource: 'aws:sns', Sns: { Message: text } }, ['e-1']],
    ['a notification of SNS', { Type: 'Notification', Message: text }, ['e-1']],
    ['a new object in S3', { eventSource: 'aws:s3', s3: {} }, ['other-event']],
    ['the test of S3', { Service: 'Amazon S3', Event: 's3:TestEvent' }, ['other-event']],
    ['CloudTrail’s word of a new file', { s3Bucket: 'b', s3ObjectKey: ['k'] }, ['other-event']],
  ])('is read from %s', (_, input, expected) => {
    expect(ends(input)).toEqual(expected);
  });

  it('is never inside what has an id of its own', () => {
    expect(ends({ ...assumed, Records: [other], messageType: 'CONTROL_MESSAGE' })).toEqual(['e-1']);
  });

  it.each<[string, object]>([
    ['a subscription without events', { messageType: 'DATA_MESSAGE', logEvents: 'x' }],
    ['a message of SNS that is none', { EventSource: 'aws:sns', Sns: 'x' }],
    ['word of a file without its key', { s3Bucket: 'b' }],
    ['word of a file without its bucket', { s3ObjectKey: ['k'] }],
    ['another type', { Type: 'SubscriptionConfirmation', Message: text }],
    ['a message of SNS that nobody says is one', { Sns: { Message: text } }],
    ['records that are no list', { Records: 'x', Events: 'y' }],
  ])('is taken for a record where it is %s', (_, input) => {
    expect(ends(input)[0]).toMatch(/^not a CloudTrail record: /);
  });
});

describe('an event of EventBridge', () => {
  const ends = (over: Parameters<typeof build.envelope>[1], record = assumed) => {
    const [reading] = readInput(build.envelope(record, over), testPolicy());
    if (reading?.outcome === 'access') return reading.record.key;
    return reading?.outcome === 'ignored' ? reading.because : reading?.why;
  };

  it('is another’s where it is none of CloudTrail', () => {
    expect(ends({ 'detail-type': 'EC2 Instance State-change Notification' })).toBe('other-event');
    expect(ends({ 'detail-type': 'Whatever', source: 'my.app' })).toContain('is not one of AWS');
  });

  it('says why it is not believed, with the record that it says it is', () => {
    expect(ends({ source: 'my.app' })).toBe('event source "my.app" is not one of AWS; it says that it is e-1');
    expect(ends({ source: 'aws.ec2' })).toBe(
      'event source "aws.ec2" does not fit a record of sts; it says that it is e-1',
    );
    expect(ends({ account: '222222222222' })).toBe(
      `event of account 222222222222 holds a record of account ${PRODUCTION}; it says that it is e-1`,
    );
    expect(ends({ account: '999999999999', detail: { recipientAccountId: undefined } })).toBe(
      'event of account 999999999999, which the policy does not list; it says that it is e-1',
    );
    expect(ends({ account: PRODUCTION, detail: { recipientAccountId: undefined } })).toBe('e-1');
    expect(ends({ source: 'my.app', detail: { eventID: undefined } })).toContain('it is no record');
    expect(ends({ source: `my.${'x'.repeat(125)}`, detail: { eventID: 'k'.repeat(128) } })?.length).toBeLessThan(401);
  });

  it('says what its detail is where that is no record', () => {
    expect(ends({ detail: 'x' })).toBe('the detail of an event is a string');
    expect(ends({ detail: null })).toBe('the detail of an event is null');
    expect(readInput({ 'detail-type': 'x via CloudTrail' }, policy)).toEqual([
      { outcome: 'unreadable', why: 'the detail of an event is nothing' },
    ]);
  });

  it('keeps account and time of what is not believed, and never its key', () => {
    const [reading] = readInput(build.envelope(assumed, { source: 'my.app' }), policy);
    expect(reading).toEqual({
      outcome: 'unreadable',
      why: expect.any(String) as unknown,
      account: PRODUCTION,
      occurredAt: Date.UTC(2026, 10, 24, 10),
    });
  });

  it('of the Data API comes under any of its names', () => {
    const database = testPolicy({
      targets: [{ ...(policy.targets[0] as never as object), door: { kind: 'data-api', cluster: '*' } } as never],
    });
    const read = (eventSource: string, source: string) =>
      readInput(build.envelope({ ...build.executeStatement(), eventSource }, { source }), database)[0]?.outcome;
    expect(read('rdsdata.amazonaws.com', 'aws.rds-data')).toBe('access');
    expect(read('rdsdata.amazonaws.com', 'aws.rdsdata')).toBe('access');
    expect(read('rdsdataapi.amazonaws.com', 'aws.rds-data')).toBe('access');
    expect(read('rds-data.amazonaws.com', 'aws.rds-data')).toBe('access');
    expect(read('rdsdata.amazonaws.com', 'aws.rds')).toBe('unreadable');
  });

  it('that is ignored stays so, wherever it says it comes from in AWS', () => {
    expect(ends({ source: 'aws.ec2' }, other)).toBe('other-event');
  });
});

describe('a record that is none', () => {
  const why = (over: object) => {
    const reading = readRecord({ ...assumed, ...over }, policy);
    return reading.outcome === 'unreadable' ? reading.why : reading.outcome;
  };

  it.each<[object, string]>([
    [{ eventID: '' }, 'not a CloudTrail record: eventID is missing'],
    [{ eventID: null }, 'not a CloudTrail record: eventID is missing'],
    [{ eventSource: 7 }, 'not a CloudTrail record: eventSource is a number'],
    [{ eventName: undefined, eventTime: [] }, 'not a CloudTrail record: eventTime is a list, eventName is missing'],
    [{ eventSource: undefined }, 'not a CloudTrail record: eventSource is missing'],
    [{ eventName: undefined }, 'not a CloudTrail record: eventName is missing'],
    [{ eventID: 'x'.repeat(128), eventName: '' }, 'not a CloudTrail record: eventName is missing'],
    [{ eventName: 'x'.repeat(128) }, 'ignored'],
    [{ eventSource: 'x'.repeat(128) }, 'ignored'],
    [{ eventTime: undefined }, 'not a CloudTrail record: eventTime is missing'],
    [{ eventSource: '' }, 'not a CloudTrail record: eventSource is missing'],
    [{ eventName: '' }, 'not a CloudTrail record: eventName is missing'],
    [{ eventID: 'x'.repeat(129) }, 'not a CloudTrail record: eventID has 129 characters'],
    [{ eventName: 'x'.repeat(129) }, 'not a CloudTrail record: eventName has 129 characters'],
    [{ eventSource: 'x'.repeat(129) }, 'not a CloudTrail record: eventSource has 129 characters'],
    [{ eventID: 'x'.repeat(128) }, 'access'],
    [{ eventTime: `2026 ${'x'.repeat(60)}` }, `eventTime "2026 ${'x'.repeat(35)}" is no time`],
    [{ eventTime: 'x', eventName: 'ListBuckets' }, 'eventTime "x" is no time'],
    [{ eventName: 'ListBuckets' }, 'ignored'],
  ])('says what is wrong: %j', (over, expected) => {
    expect(why(over)).toBe(expected);
  });

  it('keeps where it was, as far as it says', () => {
    expect(readRecord({ ...assumed, eventName: 1 }, policy)).toMatchObject({
      key: 'e-1',
      account: PRODUCTION,
      occurredAt: Date.UTC(2026, 10, 24, 10),
    });
    expect(readRecord({ ...assumed, eventTime: 'x' }, policy)).toMatchObject({ key: 'e-1', account: PRODUCTION });
    expect(whereOf({})).toStrictEqual({});
  });

  it.each([
    ['x', 'a string'],
    [[assumed], 'a list'],
    [null, 'null'],
  ])('says what %j is, which is no object', (input, kind) => {
    expect(readRecord(input, policy)).toEqual({ outcome: 'unreadable', why: `not a JSON object but ${kind}` });
  });

  it.each<[string, object, string]>([
    ['a digest', { digestS3Bucket: 'b', digestStartTime: 't' }, 'digest-file'],
    ['an insight by its category', { eventCategory: 'Insight' }, 'insight'],
    ['an insight by its type', { eventType: 'AwsCloudTrailInsight' }, 'insight'],
    ['an insight by its details', { insightDetails: {} }, 'insight'],
  ])('is %s', (_, input, because) => {
    expect(readRecord(input, policy)).toEqual({ outcome: 'ignored', because });
  });

  it('is no digest by half of its fields', () => {
    expect(readRecord({ digestS3Bucket: 'b' }, policy).outcome).toBe('unreadable');
    expect(readRecord({ digestStartTime: 't' }, policy).outcome).toBe('unreadable');
  });
});

describe('a record of another event', () => {
  it.each([
    ['s3', 'ListBuckets'],
    ['s3', 'AssumeRole'],
    ['events', 'StopLogging'],
    ['lambda', 'Invoke20150331'],
    ['lambda', 'UpdateFunctionCode20150331v2x'],
  ])('%s %s is none that matters', (service, name) => {
    const input = build.apiCall({ source: `${service}.amazonaws.com`, name, request: { name: 'two-eye' } });
    expect(readRecord(input, policy)).toEqual({ outcome: 'ignored', because: 'other-event' });
  });

  it.each(['', '20150331', '20150331v2'])('is tampering under a name with the version "%s"', (version) => {
    const request = { functionName: 'two-eye' };
    const input = build.apiCall({ source: 'lambda.amazonaws.com', name: `DeleteFunction${version}`, request });
    expect(readRecord(input, policy).outcome).toBe('access');
  });

  it('has a name that is not among those of uses', () => {
    const names = ['AssumeRole', 'ConsoleLogin', 'StopLogging', 'ListBuckets'];
    expect(names.map((name) => USE_EVENT_NAMES.has(name))).toEqual([true, true, true, false]);
  });
});

it('a value that cannot be read is loud, with why and whose it was', () => {
  const hostile = {
    ...assumed,
    get requestParameters(): never {
      throw new Error('x'.repeat(200));
    },
  };
  expect(readRecord(hostile, policy)).toEqual({
    outcome: 'unreadable',
    why: `its values cannot be read (${'x'.repeat(120)})`,
    key: 'e-1',
  });
  const odd = {
    ...assumed,
    get requestParameters(): never {
      throw 'odd';
    },
  };
  expect(readRecord(odd, policy)).toMatchObject({ why: 'its values cannot be read (unknown)' });
});

describe('a value of a record', () => {
  it('is an object, or an empty one', () => {
    expect([{}, [], null, 'x', undefined].map(isObject)).toEqual([true, false, false, false, false]);
    expect(objectIn({ a: { b: 1 } }, 'a')).toEqual({ b: 1 });
    expect(objectIn({ a: 'x' }, 'a')).toEqual({});
  });

  it('is a text of at most so many characters, or an empty one', () => {
    expect([textIn({ a: 'abc' }, 'a', 2), textIn({ a: 1 }, 'a'), textIn({}, 'a')]).toEqual(['ab', '', '']);
    expect(textIn({ a: 'x'.repeat(3_000) }, 'a')).toHaveLength(2_048);
  });

  it('is true as AWS writes it', () => {
    expect([true, 'true', 'True', 'TRUE', 1, false, undefined].map(isTrue)).toEqual([
      true,
      true,
      true,
      false,
      false,
      false,
      false,
    ]);
  });

  it('is said by its kind', () => {
    expect([null, [], undefined, 1, 'x', {}].map(kindOf)).toEqual([
      'null',
      'a list',
      'nothing',
      'a number',
      'a string',
      'a object',
    ]);
  });

  afterEach(() => vi.unstubAllEnvs());

  it('is a time of UTC where it names no zone, wherever the machine is', () => {
    vi.stubEnv('TZ', 'Australia/Sydney');
    expect(instantOf('2026-11-24 10:00:00')).toBe(Date.UTC(2026, 10, 24, 10));
  });

  it.each(['2024-02-29', '2000-02-29', '2026-01-31', '2026-04-30', '2026-12-31'])('is on %s, which there is', (day) => {
    expect(instantOf(`${day}T10:00:00Z`)).toBe(Date.parse(`${day}T10:00:00Z`));
  });

  it.each<[string, number | undefined]>([
    ['2026-11-24T10:00:00Z', 0],
    ['2026-11-24T10:00:00', 0],
    ['2026-11-24 10:00:00Z', 0],
    ['2026-11-24T10:00:00.5Z', 500],
    ['2026-11-24T10:00:00.123456789Z', 123],
    ['2026-11-24T12:30:00+02:30', 0],
    ['2026-11-24T08:00:00-02:00', 0],
    ['2026-11-24', undefined],
    ['2026-11-24T10:00Z', undefined],
    ['x2026-11-24T10:00:00Z', undefined],
    ['2026-11-24T10:00:00Zx', undefined],
    ['2026-11-24T10:00:00Z (x)', undefined],
    ['2026-11-24T10:00:00.Z', undefined],
    ['2026-11-24T10:00:00.1234567890Z', undefined],
    ['2026-13-24T10:00:00Z', undefined],
    ['2026-02-29T10:00:00Z', undefined],
    ['2026-02-30T10:00:00Z', undefined],
    ['2100-02-29T10:00:00Z', undefined],
    ['2026-04-31T10:00:00Z', undefined],
    ['2026-02-30 10:00:00', undefined],
    ['2026-02-30T10:00:00.5+02:00', undefined],
    ['Nov 24, 2026 10:00:00', undefined],
    ['Nov 24 2026T10:00Z', undefined],
    ['', undefined],
    // What a lenient reader makes a date of: words before the first number are nothing to it.
    ['aaaaaaaaaaTaaaaaaaaZ 2001', undefined],
    ['aaaaaaaaaaTaaaa 2001', undefined],
    ['aaaaaaaaaa 1/1/2001Z', undefined],
  ])('%j is a time, or none', (eventTime, ms) => {
    expect(instantOf(eventTime)).toBe(ms === undefined ? undefined : Date.UTC(2026, 10, 24, 10) + ms);
  });
});
