import { partitionOf } from './core/arn.ts';
import { CANARY, CANARY_ROLE } from './core/canary.ts';
import { TwoEyeError } from './core/errors.ts';
import type { VerdictMessage } from './core/messages.ts';
import type { Instant } from './core/time.ts';
import { assumeAndForget } from './edge/assume.ts';
import { now } from './edge/clock.ts';
import { environmentVariable } from './edge/environment.ts';
import { plainHandler } from './edge/lambda-shell.ts';
import { logError } from './edge/log.ts';
import { writeMetric } from './edge/metric.ts';
import { topicMessage } from './edge/topic-message.ts';

export interface CanaryServices {
  readonly now: () => Instant;
  /** `account/region` of every tap. */
  readonly taps: readonly string[];
  readonly assume: (roleArn: string, region: string) => Promise<void>;
  readonly metric: typeof writeMetric;
}

/** A tick of the schedule, or what the verdicts topic tells of an earlier song. */
export interface CanaryEvent {
  readonly Records?: readonly { readonly Sns?: { readonly Message?: string } }[];
}

/** What AWS calls: every quarter of an hour, and whenever the verdict on a song was told. */
export const handler = plainHandler(buildServices, (event: CanaryEvent, services) => canary(event, services));

/** On a cold start. */
function buildServices(): CanaryServices {
  const taps = environmentVariable('CANARIES').split(' ');
  return { now, taps, assume: assumeAndForget, metric: writeMetric };
}

/** Sings, or measures how long it took until a song was told. */
export async function canary(event: CanaryEvent, services: CanaryServices): Promise<void> {
  if (event.Records === undefined) return sing(services);
  for (const { Sns } of event.Records) hear(topicMessage<VerdictMessage>(Sns?.Message ?? ''), services);
}

/**
 * The figure that is published: from the time in the record until its verdict was told, in milliseconds. Throws `invariant_broken` for a verdict
 * that is not the expected one.
 */
function hear({ actions }: VerdictMessage, services: CanaryServices): void {
  const at = services.now();
  for (const { target, verdict, occurredAt, account, region } of actions) {
    const sungAt = Date.parse(occurredAt);
    if (target !== CANARY || verdict !== 'suppressed' || Number.isNaN(sungAt))
      throw new TwoEyeError('invariant_broken', `The canary was told to be ${verdict}, on ${target}.`);
    services.metric('CanaryLatency', Math.max(0, at - sungAt), 'Milliseconds', { account, region }, at);
  }
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
  await assume(`arn:${partitionOf(region)}:iam::${account}:role/${CANARY_ROLE}`, region);
}
