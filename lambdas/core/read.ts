import type { Reading } from './access-event.ts';
import type { Policy } from './policy.ts';
import { isObject, type RawObject, textIn } from './raw-record.ts';
import { readEnvelope } from './read-envelope.ts';
import { kindOf, readRecord } from './read-record.ts';
import { isDatabaseSession, readSession } from './read-session.ts';
import { isWatcherNews, readWatcherNews } from './read-watcher-news.ts';

export { readRecord } from './read-record.ts';
export { readSession } from './read-session.ts';

const OTHER_EVENT: readonly Reading[] = [{ outcome: 'ignored', because: 'other-event' }];
const CONTROL: readonly Reading[] = [{ outcome: 'ignored', because: 'control-message' }];

/** A wrapper in a wrapper in a wrapper is as far as real ones go: SQS, SNS, S3. */
const MAX_DEPTH = 6;

/**
 * Reads anything that may arrive on the access queue or lie in an archive, already parsed from JSON: EventBridge
 * envelopes, bare records, trail files, results of LookupEvents, CloudWatch Logs subscriptions, database sessions,
 * notifications of S3, SNS and SQS. One reading for each record in it, at least one in all: nothing is dropped.
 */
export function readInput(input: unknown, policy: Policy): readonly Reading[] {
  return read(input, policy, 0);
}

function read(input: unknown, policy: Policy, depth: number): readonly Reading[] {
  if (depth > MAX_DEPTH) return unreadable('wrapped more deeply than anything AWS sends');
  if (Array.isArray(input))
    return input.length === 0 ? OTHER_EVENT : input.flatMap((one) => read(one, policy, depth + 1));
  if (!isObject(input)) return unreadable(`not a JSON object but ${kindOf(input)}`);
  if (input.eventID !== undefined) return [readRecord(input, policy)];
  return readWrapper(input, policy, depth) ?? [readRecord(input, policy)];
}

/** Undefined when it is no wrapper that we know: then it is taken for a record. */
function readWrapper(input: RawObject, policy: Policy, depth: number): readonly Reading[] | undefined {
  if (input['detail-type'] !== undefined) return [readEnvelope(input, policy)];
  if (input.twoEye !== undefined) return readOwn(input, policy);
  if (Array.isArray(input.Records)) return readList(input.Records, policy, depth);
  if (Array.isArray(input.Events)) return readList(input.Events, policy, depth);
  if (input.CloudTrailEvent !== undefined) return readText(input.CloudTrailEvent, policy, depth);
  if (input.messageType !== undefined) return readSubscription(input, policy, depth);
  if (input.awslogs !== undefined) return unreadable('a log subscription that is still packed');
  return readNotification(input, policy, depth);
}

function readList(list: readonly unknown[], policy: Policy, depth: number): readonly Reading[] {
  return list.length === 0 ? OTHER_EVENT : list.flatMap((one) => read(one, policy, depth + 1));
}

function readText(text: unknown, policy: Policy, depth: number): readonly Reading[] {
  if (typeof text !== 'string') return read(text, policy, depth + 1);
  try {
    return read(JSON.parse(text) as unknown, policy, depth + 1);
  } catch {
    return unreadable('text that is not JSON');
  }
}

/** Two-eye's own messages. A `rejudge` names a ledger, not a record: whoever has the ledgers sees to it. */
function readOwn(input: RawObject, policy: Policy): readonly Reading[] {
  const { session } = input;
  switch (input.twoEye) {
    case 'rejudge':
      return CONTROL;
    case 'database-session':
      if (!isDatabaseSession(session)) return unreadable('a database session that lacks something');
      return [input.late === 'reconcile' ? foundLate(readSession(session, policy)) : readSession(session, policy)];
    case 'late-record':
      return [foundLate(readRecord(input.record, policy))];
    case 'watcher':
      return isWatcherNews(input)
        ? [readWatcherNews(input, policy)]
        : unreadable('news of the watcher that lacks something');
    default:
      return unreadable('a message of two-eye of a kind that is not known');
  }
}

function foundLate(reading: Reading): Reading {
  return reading.outcome === 'access' ? { ...reading, record: { ...reading.record, late: 'reconcile' } } : reading;
}

function readSubscription(input: RawObject, policy: Policy, depth: number): readonly Reading[] | undefined {
  if (input.messageType === 'CONTROL_MESSAGE') return CONTROL;
  const events = input.logEvents;
  if (!Array.isArray(events)) return undefined;
  return events.flatMap((event: unknown) =>
    isObject(event) ? readText(event.message, policy, depth) : unreadable(`a log event that is ${kindOf(event)}`),
  );
}

/** Notifications of a new object name the object and hold no record; those that carry a text carry one of the others. */
function readNotification(input: RawObject, policy: Policy, depth: number): readonly Reading[] | undefined {
  const source = textIn(input, 'eventSource', 64) || textIn(input, 'EventSource', 64);
  if (source === 'aws:s3' || textIn(input, 'Event', 64) === 's3:TestEvent') return OTHER_EVENT;
  if (source === 'aws:sqs') return readText(input.body, policy, depth);
  if (source === 'aws:sns' && isObject(input.Sns)) return readText(input.Sns.Message, policy, depth);
  if (input.Type === 'Notification') return readText(input.Message, policy, depth);
  // What CloudTrail itself sends to a topic when it has written a file.
  if (input.s3Bucket !== undefined && input.s3ObjectKey !== undefined) return OTHER_EVENT;
  return undefined;
}

function unreadable(why: string): readonly Reading[] {
  return [{ outcome: 'unreadable', why }];
}
