import { createHash } from 'node:crypto';
import { TwoEyeError } from './core/errors.ts';
import { type JournalChange, nextPage, type PageHead } from './core/journal-chain.ts';
import type { PingWork } from './core/messages.ts';
import { type Instant, isoOf, SECOND_MS } from './core/time.ts';
import { now } from './edge/clock.ts';
import { compiledPolicy } from './edge/compiled-policy.ts';
import { readHead, writePage } from './edge/journal-pages.ts';
import { plainHandler } from './edge/lambda-shell.ts';
import { logInfo } from './edge/log.ts';
import { writeMetric } from './edge/metric.ts';
import { enqueuePing } from './edge/queues.ts';

/** Shards of the stream write at once; each loses at most a few races against the others. */
const MOST_RACES = 20;

export interface JournalServices {
  readonly readHead: typeof readHead;
  readonly writePage: typeof writePage;
}

export interface HeadServices {
  readonly now: () => Instant;
  readonly readHead: typeof readHead;
  /** Cyber's channel; asked for when there is something to say, since writing needs no policy. */
  readonly channel: () => string;
  readonly toPing: (work: PingWork) => Promise<void>;
  readonly metric: typeof writeMetric;
}

/** What the table's stream hands over. */
export interface StreamEvent {
  readonly Records: readonly StreamRecord[];
}

interface StreamRecord {
  readonly eventID?: string;
  readonly eventName?: 'INSERT' | 'MODIFY' | 'REMOVE';
  readonly dynamodb?: {
    /** Seconds since 1970. */
    readonly ApproximateCreationDateTime?: number;
    readonly OldImage?: unknown;
    readonly NewImage?: unknown;
  };
}

/** A tick of the day's schedule. */
export interface HeadEvent {
  readonly tell: 'head';
}

/** What AWS calls, with changes of the table in the order of one shard, or daily. What fails is handed over again, for a day. */
export const handler = plainHandler(buildServices, async (event: StreamEvent | HeadEvent, services): Promise<void> => {
  if ('tell' in event) await tellHead(services);
  else await journal(event, services);
});

/** On a cold start. */
function buildServices(): JournalServices & HeadServices {
  const channel = () => compiledPolicy().cyber.channel;
  return { now, readHead, writePage, channel, toPing: (work) => enqueuePing(work, 0), metric: writeMetric };
}

/** Says the head where the journal's keepers cannot change it: whoever wrote the journal anew as a whole would have to change what Slack said. */
export async function tellHead({ now, readHead, channel, toPing, metric }: HeadServices): Promise<void> {
  const { number, hash } = await readHead();
  const day = isoOf(now()).slice(0, 10);
  const text = `The journal's head on ${day}: page ${number}, hash ${hash}. To check it later: two-eye journal verify journal --head ${number}:${hash}`;
  await toPing({ twoEye: 'notice', channel: channel(), id: `journal-head-${day}`, text });
  metric('HeadTold', 1, 'Count', {}, now());
}

/** Appends the changes as one page. A batch that is handed over twice is written twice, under the stream's own ids. */
export async function journal(event: StreamEvent, services: JournalServices): Promise<PageHead> {
  const changes = event.Records.map(changeOf);
  for (let race = 0; race < MOST_RACES; race += 1) {
    const page = nextPage(await services.readHead(), changes, sha256);
    if ((await services.writePage(page)) === 'taken') continue;
    logInfo('A page of the journal was written.', { page: page.number, hash: page.hash, changes: changes.length });
    return { number: page.number, hash: page.hash };
  }
  throw new TwoEyeError('dependency_failed', `The journal was taken ${MOST_RACES} times by another writer.`);
}

function changeOf({ eventID = '', eventName = 'MODIFY', dynamodb = {} }: StreamRecord): JournalChange {
  return {
    id: eventID,
    at: (dynamodb.ApproximateCreationDateTime ?? 0) * SECOND_MS,
    change: eventName,
    ...(dynamodb.OldImage === undefined ? {} : { before: dynamodb.OldImage }),
    ...(dynamodb.NewImage === undefined ? {} : { after: dynamodb.NewImage }),
  };
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
