import { expect, it } from 'vitest';
import { messageOf } from '../../lambdas/access/advance-ledger.ts';
import { type CanaryServices, canary } from '../../lambdas/canary.ts';
import { advance, emptyLedger } from '../../lambdas/core/ledger.ts';
import { readInput } from '../../lambdas/core/read.ts';
import { assumeAndForget } from '../../lambdas/edge/assume.ts';
import { attributesOf } from '../../lambdas/edge/findings-topic.ts';
import { metricLine } from '../../lambdas/edge/metric.ts';
import { loopback } from '../support/loopback.ts';
import { testPolicy } from '../support/policies.ts';
import * as build from '../support/records.ts';

const noon = Date.parse('2026-11-24T12:00:00Z');

function services(over: Partial<CanaryServices> = {}) {
  const assumed: string[] = [];
  const metrics: unknown[][] = [];
  const given: CanaryServices = {
    now: () => noon,
    taps: ['111111111111/eu-west-1', '111111111111/us-east-1', '999999999999/us-gov-west-1'],
    assume: async (roleArn, region) => void assumed.push(`${roleArn} ${region}`),
    metric: (...metric) => void metrics.push(metric),
    ...over,
  };
  return { given, assumed, metrics };
}

it('assumes the role that can do nothing in every watched account and Region', async () => {
  const { given, assumed } = services();
  await canary({}, given);
  expect(assumed).toEqual([
    'arn:aws:iam::111111111111:role/two-eye-canary eu-west-1',
    'arn:aws:iam::111111111111:role/two-eye-canary us-east-1',
    'arn:aws-us-gov:iam::999999999999:role/two-eye-canary us-gov-west-1',
  ]);
});

it('sings everywhere else when it cannot sing in one place, and then fails, naming it', async () => {
  const heard: string[] = [];
  const assume = async (_role: string, region: string) => {
    if (region === 'eu-west-1') throw new Error('no');
    heard.push(region);
  };
  const { given } = services({ assume });
  await expect(canary({}, given)).rejects.toMatchObject({
    code: 'dependency_failed',
    message: /111111111111\/eu-west-1\.$/,
  });
  expect(heard).toEqual(['us-east-1', 'us-gov-west-1']);
});

const song = (over: Partial<build.CloudTrailRecord> = {}) => ({
  ...build.assumeRole({ key: 'song', role: 'arn:aws:iam::111111111111:role/two-eye-canary' }),
  eventTime: '2026-11-24T11:56:40Z',
  ...over,
});

/** What the verdicts topic hands over when this record was judged. */
function told(record: object) {
  const [reading] = readInput(record, testPolicy());
  if (reading?.outcome !== 'access') throw new Error(`not the canary: ${JSON.stringify(reading)}`);
  const context = { policy: testPolicy(), now: noon };
  const id = 'principal:AROACANARY';
  const { changes, ledger } = advance(
    emptyLedger(id),
    [reading.record],
    { approvals: [], pins: [], words: [] },
    context,
  );
  const [message] = changes.map((change) => messageOf(change, testPolicy()));
  if (message === undefined) throw new Error('nothing is told');
  return { message, ledger };
}

it('is told as suppressed, to nobody but itself, and enters no ledger', () => {
  const { message, ledger } = told(song());
  expect(message).toMatchObject({ change: 'judged', actions: [{ target: 'two-eye-canary', verdict: 'suppressed' }] });
  expect(attributesOf(message).team?.StringValue).toBe('two-eye');
  expect([ledger.records, ledger.actions, ledger.findings]).toEqual([[], [], []]);
});

it.each([
  ['somebody was refused the role', song({ errorCode: 'AccessDenied', responseElements: null })],
  ['the account is not watched', build.assumeRole({ role: 'arn:aws:iam::999999999999:role/two-eye-canary' })],
  ['another role is assumed', build.assumeRole({ role: 'arn:aws:iam::111111111111:role/my-two-eye-canary' })],
])('is no canary when %s', (_what, record) => {
  expect(readInput(record, testPolicy())).toEqual([{ outcome: 'ignored', because: 'not-watched' }]);
});

it('publishes how long it took to be told, by account and Region', async () => {
  const { given, metrics, assumed } = services();
  await canary({ Records: [{ Sns: { Message: JSON.stringify(told(song()).message) } }] }, given);
  expect(metrics).toEqual([
    ['CanaryLatency', 200_000, 'Milliseconds', { account: '111111111111', region: 'eu-west-1' }, noon],
  ]);
  expect(assumed).toEqual([]);
});

it('is loud about a verdict that is not the expected one', async () => {
  const { given, metrics } = services();
  const { message } = told(song());
  const other = { ...message, actions: message.actions.map((line) => ({ ...line, verdict: 'unapproved' })) };
  const event = { Records: [{ Sns: { Message: JSON.stringify(other) } }] };
  await expect(canary(event, given)).rejects.toMatchObject({ code: 'invariant_broken' });
  expect(metrics).toEqual([]);
});

it('asks STS for the shortest session, and says which role and Region were refused', async () => {
  await using sts = await loopback((_asked, response) =>
    response.writeHead(403).end('<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>'),
  );
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_STS: sts.url,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
  });
  const role = 'arn:aws:iam::111111111111:role/two-eye-canary';
  await expect(assumeAndForget(role, 'eu-west-1')).rejects.toMatchObject({
    code: 'dependency_failed',
    message: /eu-west-1/,
  });
  expect(sts.asked[0]?.body).toContain('DurationSeconds=900');
});

it('writes metrics as CloudWatch takes them from a log', () => {
  expect(JSON.parse(metricLine('CanaryLatency', 5, 'Milliseconds', { account: '1' }, noon))).toEqual({
    _aws: {
      Timestamp: noon,
      CloudWatchMetrics: [
        { Namespace: 'two-eye', Dimensions: [['account']], Metrics: [{ Name: 'CanaryLatency', Unit: 'Milliseconds' }] },
      ],
    },
    account: '1',
    CanaryLatency: 5,
  });
});
