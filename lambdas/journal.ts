import { createHash } from 'node:crypto';
import { TwoEyeError } from './core/errors.ts';
import { type JournalChange, nextPage, type PageHead } from './core/journal-chain.ts';
import { SECOND_MS } from './core/time.ts';
import { readHead, writePage } from './edge/journal-pages.ts';
import { plainHandler } from './edge/lambda-shell.ts';
import { logInfo } from './edge/log.ts';

/** Shards of the stream write at once; each loses at most a few races against the others. */
const MOST_RACES = 20;

export interface JournalServices {
  readonly readHead: typeof readHead;
  readonly writePage: typeof writePage;
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

/** What AWS calls, with changes of the table in the order of one shard. What fails is handed over again, for a day. */
export const handler = plainHandler(
  () => ({ readHead, writePage }),
  (event: StreamEvent, services: JournalServices) => journal(event, services),
);

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
