import { expect, it } from 'vitest';
import { type CanaryServices, canary } from '../../lambdas/canary.ts';
import { assumeAndForget } from '../../lambdas/edge/assume.ts';
import { metricLine } from '../../lambdas/edge/metric.ts';
import { loopback } from '../support/loopback.ts';

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

it('publishes how long its record took, by account and Region', async () => {
  const { given, metrics, assumed } = services();
  const detail = { eventTime: '2026-11-24T11:56:40Z', awsRegion: 'eu-west-1', recipientAccountId: '111111111111' };
  await canary({ source: 'aws.sts', account: '111111111111', detail }, given);
  expect(metrics).toEqual([
    ['CanaryLatency', 200_000, 'Milliseconds', { account: '111111111111', region: 'eu-west-1' }, noon],
  ]);
  expect(assumed).toEqual([]);
});

it('is loud about a record without a time', async () => {
  const { given } = services();
  await expect(canary({ source: 'aws.sts', detail: {} }, given)).rejects.toMatchObject({ code: 'unreadable_input' });
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
