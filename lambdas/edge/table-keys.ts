import type { LedgerId } from '../core/access-event.ts';
import type { Word } from '../core/finding.ts';
import type { Timer } from '../core/ledger-state.ts';
import type { Instant } from '../core/time.ts';

/** Where an item is: partition and sort key (docs/architecture.md, "One table"). */
export interface Key {
  readonly pk: string;
  readonly sk: string;
}

/** Timers and open findings are spread over this many partitions. */
export const SHARDS = 8;

export const ledgerPartition = (ledger: LedgerId): string => `LEDGER#${ledger}`;
export const peoplePartition = (ledger: LedgerId): string => `APPROVALS#${ledger}`;

export const ledgerKey = (ledger: LedgerId): Key => ({ pk: ledgerPartition(ledger), sk: 'LEDGER' });
/** The set of outbox entries that were recorded and not yet told. Beside the ledger, so that one query reads both. */
export const unsentKey = (ledger: LedgerId): Key => ({ pk: ledgerPartition(ledger), sk: 'LEDGER#UNSENT' });
/** What one commit has to tell: `entry` is `<ledger version, ten digits>#<part>`. */
export const outboxKey = (ledger: LedgerId, entry: string): Key => ({
  pk: ledgerPartition(ledger),
  sk: `OUTBOX#${entry}`,
});
export const actionKey = (ledger: LedgerId, action: string): Key => ({
  pk: ledgerPartition(ledger),
  sk: `ACTION#${action}`,
});
export const findingKey = (ledger: LedgerId, finding: string): Key => ({
  pk: ledgerPartition(ledger),
  sk: `FINDING#${finding}`,
});

export const requestKey = (ledger: LedgerId, request: string): Key => ({
  pk: peoplePartition(ledger),
  sk: `REQUEST#${request}`,
});
export const pinsKey: Key = { pk: 'PINS', sk: 'PINS' };

/** Closing words share one key, so that one of two that come at once wins; the others stand beside each other. */
export function wordKey(ledger: LedgerId, word: Pick<Word, 'finding' | 'kind' | 'by'>): Key {
  const which = closes(word.kind) ? 'close' : `${word.kind}#${word.by}`;
  return { pk: peoplePartition(ledger), sk: `WORD#${word.finding}#${which}` };
}

const closes = (kind: Word['kind']): boolean =>
  kind === 'confirmed' || kind === 'approved-late' || kind === 'not-genuine';

export const eventKey = (key: string): Key => ({ pk: `EVENT#${key}`, sk: 'EVENT' });
export const pairKey = (sharedEventId: string): Key => ({ pk: `PAIR#${sharedEventId}`, sk: 'PAIR' });
export const sessionKey = (accessKeyId: string): Key => ({ pk: `SESSION#${accessKeyId}`, sk: 'SESSION' });
export const livePartition = (target: string): string => `LIVE#${target}`;
export const liveKey = (target: string, from: Instant, key: string): Key => ({
  pk: livePartition(target),
  sk: `${sortable(from)}#${key}`,
});
/** `on`: the access key or the target on whose session a record waits. */
export const waitingPartition = (on: string): string => `WAITING#${on}`;
export const waitingKey = (on: string, key: string): Key => ({ pk: waitingPartition(on), sk: key });

export const timerPartition = (shard: number): string => `TIMER#${shard}`;
export const timerKey = (timer: Pick<Timer, 'dueAt' | 'what' | 'id'>): Key => ({
  pk: timerPartition(shardOf(timer.id)),
  sk: `${sortable(timer.dueAt)}#${timer.what}#${timer.id}`,
});
export const openPartition = (shard: number): string => `OPEN#${shard}`;
export const openKey = (finding: string): Key => ({ pk: openPartition(shardOf(finding)), sk: finding });

/** `about`: a finding's or a request's id; `where`: `slack`, `pagerduty`, `slack-dm#<user>`. */
export const toldKey = (about: string, where: string): Key => ({ pk: `TOLD#${about}`, sk: where });
export const stateKey = (name: string): Key => ({ pk: `STATE#${name}`, sk: 'STATE' });

/** An instant as text that sorts like time: always with milliseconds, which `isoOf` leaves out when there are none. */
export function sortable(at: Instant): string {
  return new Date(at).toISOString();
}

/** Always the same shard for the same id (FNV-1a). */
export function shardOf(id: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < id.length; index++) hash = Math.imul(hash ^ id.charCodeAt(index), 0x01000193);
  return (hash >>> 0) % SHARDS;
}
