import type { LedgerId } from '../core/access-event.ts';
import type { Approval, Pin } from '../core/approval.ts';
import type { LiveSession } from '../core/attribution.ts';
import type { Word } from '../core/finding.ts';
import { emptyLedger } from '../core/ledger.ts';
import type { Ledger, Timer } from '../core/ledger-state.ts';
import type { VerdictMessage } from '../core/messages.ts';
import { verdictLine } from '../core/verdict-lines.ts';
import type { OpenPointer } from '../edge/finding-store.ts';
import type { Stored, Write } from '../edge/table.ts';
import * as dynamo from '../edge/table.ts';
import * as keys from '../edge/table-keys.ts';
import type {
  Commit,
  Half,
  LedgerCommit,
  LedgerView,
  Owner,
  Pointers,
  Versioned,
  WaitingRecord,
  Wanted,
} from './services.ts';
import { entryOf, unsentTimer } from './tell.ts';

/** DynamoDB takes at most 100 items a transaction. */
const MOST_PARTS = 100;

/** An item is at most 400 KB. */
const OUTBOX_BYTES = 200_000;

/** What is asked of a table, so that the simulation can put one of its own in the place of DynamoDB. */
export type LedgerTable = Pick<
  typeof dynamo,
  'read' | 'readMany' | 'readPartition' | 'readPartitionWithSets' | 'takeOut' | 'transact'
>;

/** The ledgers' store over a table. */
export function ledgerStoreOn(table: LedgerTable) {
  return {
    readLedger: (id: LedgerId) => viewOf(id, table),
    readPointers: (wanted: Wanted) => pointersOf(wanted, table),
    readLive: (target: string) => liveOn(target, table),
    readWaiting: (on: string) => waitingOn(on, table),
    commit: (commit: Commit) => record(commit, table),
    readOutbox: (ledger: LedgerId, entries: readonly string[]) => outboxOf(ledger, entries, table),
    markTold: (ledger: LedgerId, entries: readonly string[], timer?: Timer) => told(ledger, entries, timer, table),
  };
}

export const { readLedger, readPointers, readLive, readWaiting, commit, readOutbox, markTold } = ledgerStoreOn(dynamo);

/** A ledger with what people wrote beside it: three consistent reads at the same time, one round trip. */
async function viewOf(id: LedgerId, table: LedgerTable): Promise<LedgerView> {
  const [own, people, pins] = await Promise.all([
    table.readPartitionWithSets<Omit<Ledger, 'version'>>(keys.ledgerPartition(id), { prefix: 'LEDGER' }),
    table.readPartition<Approval | Word>(keys.peoplePartition(id)),
    table.read<readonly Pin[]>(keys.pinsKey),
  ]);
  const item = own.find(({ key }) => key.sk === 'LEDGER');
  const approvals = people.filter(isRequest);
  return {
    ledger: item?.value ? { ...item.value, version: item.version } : emptyLedger(id),
    facts: {
      approvals: approvals.map(({ value }) => value),
      pins: pins?.value ?? [],
      words: people.filter(isWord).map(({ value }) => value),
    },
    approvalVersions: new Map(approvals.map(({ value, version }) => [value.id, version])),
    pinsVersion: pins?.version ?? 0,
    unsent: (own.find(({ key }) => key.sk === 'LEDGER#UNSENT')?.members ?? []).toSorted(),
  };
}

function isRequest(item: Stored<Approval | Word>): item is Stored<Approval> {
  return item.key.sk.startsWith('REQUEST#');
}

function isWord(item: Stored<Approval | Word>): item is Stored<Word> {
  return item.key.sk.startsWith('WORD#');
}

/** What is known of single records, pairs and sessions: one batch read. */
async function pointersOf({ events, pairs, sessions }: Wanted, table: LedgerTable): Promise<Pointers> {
  const wanted = [...events.map(keys.eventKey), ...pairs.map(keys.pairKey), ...sessions.map(keys.sessionKey)];
  const found = await table.readMany<unknown>(wanted);
  return {
    events: pick(found, 'EVENT#', (value) => value as Owner),
    pairs: pick(found, 'PAIR#', (value) => value as readonly Half[]),
    sessions: pick(found, 'SESSION#', (value) => value as LiveSession),
  };
}

function pick<T>(
  found: readonly Stored<unknown>[],
  prefix: string,
  of: (value: unknown) => T,
): ReadonlyMap<string, Versioned<T>> {
  const mine = found.filter(({ key }) => key.pk.startsWith(prefix));
  return new Map(mine.map(({ key, value, version }) => [key.pk.slice(prefix.length), { value: of(value), version }]));
}

/** The sessions that were ever opened on a target, the newest first; which are live at an instant is for the core to say. */
async function liveOn(target: string, table: LedgerTable): Promise<readonly LiveSession[]> {
  const range = { newestFirst: true, limit: 1_000 };
  return (await table.readPartition<LiveSession>(keys.livePartition(target), range)).map(({ value }) => value);
}

/** What waits on a session: by an access key, or by a target. */
async function waitingOn(on: string, table: LedgerTable): Promise<readonly WaitingRecord[]> {
  return (await table.readPartition<WaitingRecord>(keys.waitingPartition(on))).map(({ value }) => value);
}

/**
 * Records everything together. `conflict` when a ledger, an approval or the pins it leans on, a record or a pair is not as it was
 * read. What does not fit into one transaction is written before, in order of time and only while the ledgers are as they were read,
 * and the ledgers last: the rest follows from them, so that a crash in between is mended by the next judging.
 */
async function record(commit: Commit, table: LedgerTable): Promise<'committed' | 'conflict'> {
  const deciding = decidingWrites(commit);
  const following = followingWrites(commit);
  const first = deciding.length + following.length <= MOST_PARTS ? [] : following;
  const unchanged = commit.ledgers.map(({ view: { ledger } }): Write => {
    return { write: 'check', key: keys.ledgerKey(ledger.id), version: ledger.version };
  });
  const most = MOST_PARTS - unchanged.length;
  for (let from = 0; from < first.length; from += most) {
    const part = [...unchanged, ...first.slice(from, from + most)];
    if ((await table.transact(part)).outcome === 'conflict') return 'conflict';
  }
  const { outcome } = await table.transact(first.length === 0 ? [...deciding, ...following] : deciding);
  return outcome;
}

/** What guards the decision: the ledgers under their versions, what they lean on, whose each record is, and what is to be told. */
function decidingWrites({ ledgers, events, pairs, awaited, now }: Commit): readonly Write[] {
  return [
    ...ledgers.flatMap((one) => ledgerWrites(one, now)),
    ...distinctChecks(ledgers.flatMap(checks)),
    ...events.map(({ key, ledger, late, version }): Write => {
      const value: Owner = late === undefined ? { ledger } : { ledger, late };
      const put = { write: 'put', key: keys.eventKey(key), value } as const;
      return version < 0 ? put : { ...put, version };
    }),
    ...awaited.map(
      ({ accessKeyId, version }): Write => ({ write: 'check', key: keys.sessionKey(accessKeyId), version }),
    ),
    ...pairs.map(
      ({ pairKey, halves, version }): Write => ({ write: 'put', key: keys.pairKey(pairKey), value: halves, version }),
    ),
  ];
}

function ledgerWrites({ view, advance, messages }: LedgerCommit, now: number): readonly Write[] {
  const { id, version } = view.ledger;
  const { version: _, ...value } = advance.ledger;
  const ledger: Write = { write: 'put', key: keys.ledgerKey(id), value, version };
  if (messages.length === 0) return [ledger];
  const entry = entryOf(version);
  const timer = unsentTimer(view.ledger, now);
  return [
    ledger,
    { write: 'add', key: keys.unsentKey(id), members: [entry] },
    ...parts(messages).map(
      (part, index): Write => ({ write: 'put', key: keys.outboxKey(id, `${entry}#${index}`), value: part }),
    ),
    { write: 'put', key: keys.timerKey(timer), value: timer },
  ];
}

/** As many messages a part as an item holds. */
function parts(messages: readonly VerdictMessage[]): readonly (readonly VerdictMessage[])[] {
  if (messages.length === 1) return [messages];
  const made: VerdictMessage[][] = [[]];
  let bytes = 0;
  for (const message of messages) {
    const size = Buffer.byteLength(JSON.stringify(message));
    if (bytes > 0 && bytes + size > OUTBOX_BYTES) {
      made.push([]);
      bytes = 0;
    }
    made.at(-1)?.push(message);
    bytes += size;
  }
  return made;
}

function checks({ view, advance }: LedgerCommit): readonly Write[] {
  const approvals = advance.leansOn.approvals.map((id): Write => {
    const version = view.approvalVersions.get(id) ?? 0;
    return { write: 'check', key: keys.requestKey(view.ledger.id, id), version };
  });
  if (advance.leansOn.pins.length === 0) return approvals;
  return [...approvals, { write: 'check', key: keys.pinsKey, version: view.pinsVersion }];
}

/** What follows from the ledgers, for those who read it, and what tells whose other records are. */
function followingWrites({ ledgers, sessions, waiting, settled, timers }: Commit): readonly Write[] {
  const writes = [
    ...ledgers.flatMap(changeWrites),
    // After the changes: the closing of its finding still tells the line of an action that stands no longer.
    ...ledgers.flatMap(supersededWrites),
    ...sessions.flatMap(sessionWrites),
    ...waiting.map((one): Write => ({ write: 'put', key: keys.waitingKey(one.on, one.record.key), value: one })),
    ...settled.map(({ on, record }): Write => ({ write: 'remove', key: keys.waitingKey(on, record.key) })),
    ...timers.map((timer): Write => ({ write: 'put', key: keys.timerKey(timer), value: timer })),
  ];
  return [...new Map(writes.map((write) => [`${write.key.pk}\n${write.key.sk}`, write])).values()];
}

/** An action is stored as it is told. */
function changeWrites({ view, messages }: LedgerCommit): readonly Write[] {
  const { id } = view.ledger;
  return messages.flatMap(({ actions: [line], finding }): readonly Write[] => {
    const ofAction: Write[] = line ? [{ write: 'put', key: keys.actionKey(id, line.action), value: { line } }] : [];
    if (!finding) return ofAction;
    const pointer: OpenPointer = { finding: finding.id, ledger: id, openedAt: finding.openedAt, state: finding.state };
    return [
      ...ofAction,
      { write: 'put', key: keys.findingKey(id, finding.id), value: finding },
      { write: 'put', key: keys.openKey(finding.id), value: pointer },
    ];
  });
}

/** Actions that stand no longer say so, with what they last were. */
function supersededWrites({ view, advance }: LedgerCommit): readonly Write[] {
  const { ledger } = view;
  return (advance.superseded ?? []).flatMap((id): readonly Write[] => {
    const action = ledger.actions.find((one) => one.id === id);
    const members = ledger.records.filter(({ key }) => action?.members.includes(key));
    if (!action || members.length === 0) return [];
    const { occurredAt, judgement } = action;
    const line = verdictLine({ id, members, occurredAt, judgement });
    return [{ write: 'put', key: keys.actionKey(ledger.id, id), value: { line, superseded: 'yes' } }];
  });
}

function sessionWrites(session: LiveSession): readonly Write[] {
  const { target, from, key, accessKeyId } = session;
  const live: Write = { write: 'put', key: keys.liveKey(target, from, key), value: session };
  return accessKeyId ? [live, { write: 'put', key: keys.sessionKey(accessKeyId), value: session }] : [live];
}

function distinctChecks(writes: readonly Write[]): readonly Write[] {
  return [...new Map(writes.map((write) => [`${write.key.pk}\n${write.key.sk}`, write])).values()];
}

/** What the entries of the outbox have to tell, in their order. */
async function outboxOf(
  ledger: LedgerId,
  entries: readonly string[],
  table: LedgerTable,
): Promise<readonly VerdictMessage[]> {
  const found = await Promise.all(
    entries.map((entry) =>
      table.readPartition<readonly VerdictMessage[]>(keys.ledgerPartition(ledger), { prefix: `OUTBOX#${entry}` }),
    ),
  );
  return found.flat().flatMap(({ value }) => value);
}

/** Takes the entries off the list, then the timer that would have told them; that of older ones finds nothing to tell. */
async function told(
  ledger: LedgerId,
  entries: readonly string[],
  timer: Timer | undefined,
  table: LedgerTable,
): Promise<void> {
  await table.takeOut(keys.unsentKey(ledger), entries);
  if (timer) await table.transact([{ write: 'remove', key: keys.timerKey(timer) }]);
}
