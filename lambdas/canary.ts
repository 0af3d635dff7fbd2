import { TwoEyeError } from './core/errors.ts';
import type { Instant } from './core/time.ts';
import { assumeAndForget } from './edge/assume.ts';
import { now } from './edge/clock.ts';
import { environmentVariable } from './edge/environment.ts';
import { plainHandler } from './edge/lambda-shell.ts';
import { logError } from './edge/log.ts';
import { writeMetric } from './edge/metric.ts';

export interface CanaryServices {
  readonly now: () => Instant;
  /** `account/region` of every tap. */
  readonly taps: readonly string[];
  readonly assume: (roleArn: string, region: string) => Promise<void>;
  readonly metric: typeof writeMetric;
}

/** A tick of the schedule, or the record of an earlier song. */
export interface CanaryEvent {
  readonly account?: string;
  readonly region?: string;
  readonly source?: string;
  readonly detail?: { readonly eventTime?: string; readonly awsRegion?: string; readonly recipientAccountId?: string };
}

/** What AWS calls: every quarter of an hour, and whenever a record of the canary arrives on the bus. */
export const handler = plainHandler(buildServices, (event: CanaryEvent, services) => canary(event, services));

/** On a cold start. */
function buildServices(): CanaryServices {
  const taps = environmentVariable('CANARIES').split(' ');
  return { now, taps, assume: assumeAndForget, metric: writeMetric };
}

/** Sings, or measures how long the song took to be heard. */
export async function canary(event: CanaryEvent, services: CanaryServices): Promise<void> {
  if (event.source === 'aws.sts') hear(event, services);
  else await sing(services);
}

/** The figure that is published: from the time in the record to here, in milliseconds. */
function hear({ detail = {}, account = '' }: CanaryEvent, services: CanaryServices): void {
  const sungAt = Date.parse(detail.eventTime ?? '');
  if (Number.isNaN(sungAt)) throw new TwoEyeError('unreadable_input', 'A record of the canary has no time.');
  const at = services.now();
  const dimensions = { account: detail.recipientAccountId ?? account, region: detail.awsRegion ?? '' };
  services.metric('CanaryLatency', Math.max(0, at - sungAt), 'Milliseconds', dimensions, at);
}

/** Everywhere, even where one fails; then fails, so that the alarm says so before the silence does. */
async function sing(services: CanaryServices): Promise<void> {
  const outcomes = await Promise.allSettled(services.taps.map((tap) => singIn(tap, services)));
  const failed = outcomes.flatMap((outcome, index) =>
    outcome.status === 'rejected' ? [{ tap: services.taps[index], outcome }] : [],
  );
  for (const { tap, outcome } of failed) logError('The canary could not sing.', outcome.reason, { tap });
  if (failed.length === 0) return;
  const where = failed.map(({ tap }) => tap).join(', ');
  throw new TwoEyeError('dependency_failed', `The canary could not sing in ${where}.`);
}

async function singIn(tap: string, { assume }: CanaryServices): Promise<void> {
  const [account = '', region = ''] = tap.split('/');
  await assume(`arn:${partitionOf(region)}:iam::${account}:role/two-eye-canary`, region);
}

function partitionOf(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn';
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
}
