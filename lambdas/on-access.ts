import { setTimeout as wait } from 'node:timers/promises';
import { type BatchServices, takeBatch } from './access/batch.ts';
import { outageOf } from './access/outage.ts';
import type { VerdictMessage } from './core/messages.ts';
import { now } from './edge/clock.ts';
import { compiledPolicy } from './edge/compiled-policy.ts';
import { sqsBatchHandler } from './edge/lambda-shell.ts';
import * as store from './edge/ledger-store.ts';
import { logInfo } from './edge/log.ts';

/** What AWS calls, with a batch of the access queue. */
export const handler = sqsBatchHandler(buildServices, async (records, services) => {
  const failed = await takeBatch(records, services);
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
    outage: outageOf({ policy, now, publish }),
    count: (counts) => logInfo('A batch was read.', counts),
  };
}

/** Loaded when there is first something to tell: most records are ignored, and a cold start is for judging. */
async function publish(message: VerdictMessage): Promise<void> {
  const topic = await import('./edge/findings-topic.ts');
  await topic.publish(message);
}

/** Up to 25, 50, 100 … 1,000 ms, at random, so that those who collided do not collide again. */
async function pause(attempt: number): Promise<void> {
  await wait(Math.random() * Math.min(1_000, 25 * 2 ** (attempt - 1)));
}
