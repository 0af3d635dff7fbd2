import type { QueueMessage } from '../core/messages.ts';
import type { Policy } from '../core/policy.ts';
import type { Instant } from '../core/time.ts';
import { approvalStoreOn } from '../edge/approval-store.ts';
import { askingStoreOn } from '../edge/asking-store.ts';
import { findingStoreOn } from '../edge/finding-store.ts';
import type { callSlack, findMessage, postMessage, updateMessage } from '../edge/slack.ts';
import type { membersOf, standingOf } from '../edge/slack-people.ts';
import type { Table } from '../edge/table.ts';
import { timerStoreOn } from '../edge/timer-store.ts';
import { toldStoreOn } from '../edge/told-store.ts';

/** What `slack-work` needs of the world beside the table. An object literal of functions is the fake. */
export interface SlackWorkNeighbours {
  readonly policy: Policy;
  readonly now: () => Instant;
  readonly callSlack: typeof callSlack;
  readonly postMessage: typeof postMessage;
  readonly updateMessage: typeof updateMessage;
  readonly findMessage: typeof findMessage;
  readonly standingOf: typeof standingOf;
  readonly membersOf: typeof membersOf;
  readonly enqueueAccess: (message: QueueMessage) => Promise<void>;
}

export type SlackWorkServices = SlackWorkNeighbours & ReturnType<typeof storesOn>;

/** Everything that work on what people do in Slack needs. */
export function slackWorkServices(neighbours: SlackWorkNeighbours, table: Table): SlackWorkServices {
  return { ...neighbours, ...storesOn(table) };
}

function storesOn(table: Table) {
  const { read, transact } = table;
  return {
    read,
    transact,
    ...approvalStoreOn(table),
    ...askingStoreOn(table),
    ...findingStoreOn(table),
    ...timerStoreOn(table),
    ...toldStoreOn(table),
  };
}
