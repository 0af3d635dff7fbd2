import { logError } from './log.ts';

/** What a function needs of an SQS record. */
export interface QueueRecord {
  readonly messageId: string;
  readonly body: string;
  /** SQS's counters, all strings: `ApproximateReceiveCount`, `SentTimestamp` … */
  readonly attributes?: Readonly<Record<string, string>>;
  readonly eventSourceARN?: string;
}

export interface QueueEvent {
  readonly Records: readonly QueueRecord[];
}

/** What Lambda tells of the invocation. */
export interface Invocation {
  readonly awsRequestId?: string;
  getRemainingTimeInMillis?(): number;
}

/** Partial batch response: SQS delivers again exactly what is named here. */
export interface BatchResponse {
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
}

/** What became of one record: done, or what was thrown. */
export type RecordOutcome = { readonly messageId: string; readonly failed?: unknown };

/**
 * Makes the handler of a function behind a queue out of its three parts: `services` is built once on a cold start,
 * `everyRecord` runs for each record, one after another. A record whose turn throws is logged once and delivered again,
 * the others are done: never all for one, and never silence.
 */
export function sqsHandler<Services>(
  services: () => Services | Promise<Services>,
  everyRecord: (record: QueueRecord, services: Services, invocation: Invocation) => Promise<void>,
): (event: QueueEvent, invocation?: Invocation) => Promise<BatchResponse> {
  return sqsBatchHandler(services, async (records, built, invocation) => {
    const outcomes: RecordOutcome[] = [];
    for (const record of records) outcomes.push(await outcomeOf(record, () => everyRecord(record, built, invocation)));
    return outcomes;
  });
}

/** As `sqsHandler`, for a function that takes the records of a batch together and says what became of each. */
export function sqsBatchHandler<Services>(
  services: () => Services | Promise<Services>,
  everyBatch: (
    records: readonly QueueRecord[],
    services: Services,
    invocation: Invocation,
  ) => Promise<readonly RecordOutcome[]>,
): (event: QueueEvent, invocation?: Invocation) => Promise<BatchResponse> {
  const built = once(services);
  return (event, invocation = {}) =>
    loud(invocation, async () => answer(event, await everyBatch(event.Records, await built(), invocation), invocation));
}

/**
 * Makes the handler of a function that is not behind a queue (HTTP, a schedule). What is thrown is logged once and thrown
 * on, so that the platform sees the failure: a 5xx for HTTP, a retry for a schedule. Never a 200 for a failure.
 */
export function plainHandler<Event, Services, Answer>(
  services: () => Services | Promise<Services>,
  everyEvent: (event: Event, services: Services, invocation: Invocation) => Promise<Answer>,
): (event: Event, invocation?: Invocation) => Promise<Answer> {
  const built = once(services);
  return (event, invocation = {}) => loud(invocation, async () => everyEvent(event, await built(), invocation));
}

/** Milliseconds that are left to the invocation; a plain minute where nobody says (a test, the sandbox). */
export function remainingMs(invocation: Invocation): number {
  return invocation.getRemainingTimeInMillis?.() ?? 60_000;
}

async function outcomeOf(record: QueueRecord, act: () => Promise<void>): Promise<RecordOutcome> {
  try {
    await act();
    return { messageId: record.messageId };
  } catch (failed) {
    return { messageId: record.messageId, failed: failed ?? new Error('nothing was said') };
  }
}

/** A record of which nothing was said counts as failed: forgetting one must not lose it. */
function answer(event: QueueEvent, outcomes: readonly RecordOutcome[], invocation: Invocation): BatchResponse {
  const said = new Map(outcomes.map((outcome) => [outcome.messageId, outcome]));
  const failures = event.Records.filter(({ messageId }) => {
    const outcome = said.get(messageId);
    return !outcome || outcome.failed !== undefined;
  });
  for (const { messageId, attributes } of failures) {
    const failed = said.get(messageId)?.failed ?? new Error('No outcome was given for this record.');
    const receives = attributes?.ApproximateReceiveCount;
    logError('A record failed and will be delivered again.', failed, {
      messageId,
      receives,
      request: invocation.awsRequestId,
    });
  }
  return { batchItemFailures: failures.map(({ messageId }) => ({ itemIdentifier: messageId })) };
}

async function loud<Answer>(invocation: Invocation, act: () => Promise<Answer>): Promise<Answer> {
  try {
    return await act();
  } catch (thrown) {
    logError('The invocation failed.', thrown, { request: invocation.awsRequestId });
    throw thrown;
  }
}

/** Builds once; a build that failed is tried again, since the next invocation may find the secret that was missing. */
function once<T>(build: () => T | Promise<T>): () => Promise<T> {
  let built: Promise<T> | undefined;
  return () => {
    built ??= Promise.resolve()
      .then(build)
      .catch((thrown: unknown) => {
        built = undefined;
        throw thrown;
      });
    return built;
  };
}
