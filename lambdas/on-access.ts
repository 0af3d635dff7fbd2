import { setTimeout as wait } from 'node:timers/promises';
import { type BatchServices, type Body, takeBatch } from './access/batch.ts';
import * as store from './access/ledger-store.ts';
import { outageOf } from './access/outage.ts';
import type { Finding } from './core/finding.ts';
import type { VerdictMessage } from './core/messages.ts';
import { MINUTE_MS } from './core/time.ts';
import { verdictMetrics } from './core/verdict-metrics.ts';
import { now } from './edge/clock.ts';
import { compiledPolicy } from './edge/compiled-policy.ts';
import { type QueueRecord, sqsBatchHandler } from './edge/lambda-shell.ts';
import { logInfo } from './edge/log.ts';
import { writeMetric } from './edge/metric.ts';

/** What AWS calls, with a batch of the access queue or of an account's database sessions. */
export const handler = sqsBatchHandler(buildServices, async (records, services) => {
  const failed = await takeBatch(records.map(bodyOf), services);
  return records.map(({ messageId }) =>
    failed.has(messageId) ? { messageId, failed: failed.get(messageId) } : { messageId },
  );
});

/** On a cold start. */
function buildServices(): BatchServices {
  const { readLedger, readPointers, readLive, readWaiting, commit, readOutbox, markTold } = store;
  const policy = compiledPolicy();
  return {
    ...{ policy, now, readLedger, readPointers, readLive, readWaiting, commit, readOutbox, markTold, publish, pause },
    outage: outageOf({ policy, now, publish, note }),
    count: (counts) => logInfo('A batch was read.', counts),
  };
}

/** Loaded when there is first something to tell: most records are ignored, and a cold start is for judging. */
async function publish(message: VerdictMessage): Promise<void> {
  const topic = await import('./edge/findings-topic.ts');
  await topic.publish(message);
  for (const { name, value, unit, dimensions } of verdictMetrics(message))
    writeMetric(name, value, unit, dimensions, now());
}

/** Comes back in a minute, and then as what failed does. */
async function note(finding: Finding): Promise<void> {
  const { enqueueAccess } = await import('./edge/queues.ts');
  await enqueueAccess({ twoEye: 'outage', finding }, MINUTE_MS);
}

function bodyOf({ messageId, body, attributes, eventSourceARN }: QueueRecord): Body {
  const receivedAt = Number(attributes?.ApproximateFirstReceiveTimestamp);
  const sessionsOf = DATABASE_QUEUE.exec(eventSourceARN ?? '')?.[1];
  return {
    messageId,
    body,
    ...(receivedAt > 0 ? { receivedAt } : {}),
    ...(sessionsOf === undefined ? {} : { sessionsOf }),
  };
}

/** A watched account with databases has a queue of its own (`infra/home-stack.ts`). */
const DATABASE_QUEUE = /:two-eye-database-(\d{12})$/;

/** Up to 25, 50, 100 … 1,000 ms, at random, so that those who collided do not collide again. */
async function pause(attempt: number): Promise<void> {
  await wait(Math.random() * Math.min(1_000, 25 * 2 ** (attempt - 1)));
}
