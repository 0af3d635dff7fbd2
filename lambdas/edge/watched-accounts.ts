import { CloudTrailClient, LookupEventsCommand } from '@aws-sdk/client-cloudtrail';
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  DescribeRuleCommand,
  EventBridgeClient,
  ListTargetsByRuleCommand,
  ResourceNotFoundException,
  type Target,
} from '@aws-sdk/client-eventbridge';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { partitionOf } from '../core/arn.ts';
import type { LogEvent, LogSource } from '../core/database-sessions.ts';
import { TwoEyeError } from '../core/errors.ts';
import type { LiveRule } from '../core/rule-drift.ts';
import type { RuleTarget } from '../core/rule-target.ts';
import type { Instant } from '../core/time.ts';

/** A watched account in a Region. */
export interface Place {
  readonly account: string;
  readonly region: string;
}

/** Half-open. */
export interface Span {
  readonly from: Instant;
  readonly until: Instant;
}

/** CloudTrail allows two look-ups a second in an account and Region; somebody else may want one too. */
const LOOKUP_PAUSE_MS = 600;

const REQUESTS = { maxAttempts: 5, requestHandler: { connectionTimeout: 2_000, requestTimeout: 10_000 } };

/**
 * Records of one event name, in no order, from CloudTrail's event history. Throws `dependency_failed`.
 * Source: LookupEvents, CloudTrail API reference (one attribute a request, 50 a page, 90 days).
 */
export async function* lookUp(place: Place, eventName: string, span: Span, pause = pauseMs): AsyncGenerator<unknown> {
  const client = new CloudTrailClient({ ...REQUESTS, region: place.region, credentials: await credentialsIn(place) });
  let NextToken: string | undefined;
  do {
    const page = await asked(place, 'CloudTrail', () =>
      client.send(
        new LookupEventsCommand({
          LookupAttributes: [{ AttributeKey: 'EventName', AttributeValue: eventName }],
          StartTime: new Date(span.from),
          EndTime: new Date(span.until),
          NextToken,
        }),
      ),
    );
    // As text: what cannot be parsed is the reader's to be loud about.
    for (const { CloudTrailEvent } of page.Events ?? []) yield { CloudTrailEvent };
    NextToken = page.NextToken;
    // After the last page too: the next name is asked for at once.
    await pause(LOOKUP_PAUSE_MS);
  } while (NextToken !== undefined);
}

/** The lines of a log group. Throws `dependency_failed`. */
export async function readLog(source: LogSource, span: Span): Promise<readonly LogEvent[]> {
  const client = new CloudWatchLogsClient({
    ...REQUESTS,
    region: source.region,
    credentials: await credentialsIn(source),
  });
  const events: LogEvent[] = [];
  let nextToken: string | undefined;
  do {
    const page = await asked(source, 'CloudWatch Logs', () =>
      client.send(
        new FilterLogEventsCommand({
          logGroupName: source.logGroup,
          startTime: span.from,
          endTime: span.until - 1,
          nextToken,
        }),
      ),
    );
    for (const { eventId, timestamp, message } of page.events ?? []) {
      events.push({ id: eventId ?? '', timestamp: timestamp ?? 0, message: message ?? '' });
    }
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return events;
}

/** A rule of the default bus and its targets, five at most; undefined when there is none of that name. Throws `dependency_failed`. */
export async function describeRule(place: Place, Name: string): Promise<LiveRule | undefined> {
  const client = new EventBridgeClient({ ...REQUESTS, region: place.region, credentials: await credentialsIn(place) });
  return asked(place, 'EventBridge', async () => {
    try {
      const { State = '', EventPattern = '' } = await client.send(new DescribeRuleCommand({ Name }));
      const { Targets = [] } = await client.send(new ListTargetsByRuleCommand({ Rule: Name }));
      return { state: State, pattern: EventPattern, targets: Targets.map(targetOf) };
    } catch (error) {
      if (error instanceof ResourceNotFoundException) return undefined;
      throw error;
    }
  });
}

function targetOf({ Arn, RoleArn, DeadLetterConfig, Input, InputPath, InputTransformer }: Target): RuleTarget {
  const isWhole = Input === undefined && InputPath === undefined && InputTransformer === undefined;
  return {
    arn: Arn ?? '',
    ...(RoleArn === undefined ? {} : { role: RoleArn }),
    ...(DeadLetterConfig?.Arn === undefined ? {} : { dead: DeadLetterConfig.Arn }),
    ...(isWhole ? {} : { input: 'changed' }),
  };
}

const sessions = new Map<string, { readonly credentials: Credentials; readonly until: number }>();

interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

/** Of the account's `two-eye-reconcile`. */
export function credentialsIn({ account, region }: Place): Promise<Credentials> {
  const RoleArn = `arn:${partitionOf(region)}:iam::${account}:role/two-eye-reconcile`;
  return credentialsOf(RoleArn, region);
}

/** Of a role that may read and nothing else; kept until shortly before they end. */
export async function credentialsOf(RoleArn: string, region: string): Promise<Credentials> {
  const known = sessions.get(RoleArn);
  if (known !== undefined && performance.now() < known.until) return known.credentials;
  const account = RoleArn.split(':')[4] ?? '';
  const client = new STSClient({ ...REQUESTS, region });
  const { Credentials: given } = await asked({ account, region }, 'STS', () =>
    client.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'two-eye-reconcile' })),
  );
  const credentials = {
    accessKeyId: given?.AccessKeyId ?? '',
    secretAccessKey: given?.SecretAccessKey ?? '',
    sessionToken: given?.SessionToken ?? '',
  };
  sessions.set(RoleArn, { credentials, until: performance.now() + 50 * 60_000 });
  return credentials;
}

async function asked<Answer>({ account, region }: Place, whom: string, call: () => Promise<Answer>): Promise<Answer> {
  try {
    return await call();
  } catch (cause) {
    throw new TwoEyeError('dependency_failed', `${whom} of ${account} in ${region} did not answer.`, { cause });
  }
}

function pauseMs(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
