import { type LedgerRecord, UNKNOWN } from './access-event.ts';
import type { JudgedAction } from './action.ts';
import { groupRecords } from './group.ts';
import { distinct } from './judge.ts';
import type { HeldRecord, Ledger } from './ledger-state.ts';
import { type Instant, MINUTE_MS } from './time.ts';

/** How long a half that names nobody waits for the other, from its arrival. */
const HOLD_MS = 5 * MINUTE_MS;

/** So many wait at most, for they lie in the ledger's item too; further ones are judged, loudly, as they come. */
const MOST_HELD = 50;

/** Five refused attempts in ten minutes open a finding; more than these are told, but need not be kept to know that. */
const REFUSED_KEPT = 10;
const REFUSED_WITHIN_MS = 10 * MINUTE_MS;

/**
 * A ledger is one item of 400 KB at most (DynamoDB's limit); beyond the first limit it takes no further actions, beyond the second nothing.
 * Of the whole, what judging and people add later needs room too: near misses of requests that are declined afterwards, and words.
 */
const FULL = { records: 100_000, whole: 200_000 };
const BURST = { records: 250_000, whole: 280_000 };

/** What an action and its finding take when they are new. */
const JUDGED_BYTES = 2_000;

/** What becomes of records that arrive. */
export interface Admission {
  readonly records: readonly LedgerRecord[];
  readonly held: readonly HeldRecord[];
  /** Records that are told one by one and never enter the ledger. */
  readonly aside: readonly LedgerRecord[];
  /** Successes for which a full ledger has no room: loud, whatever would have covered them. */
  readonly overflow: readonly LedgerRecord[];
  readonly refusedNotKept: number;
}

/**
 * Sorts arrivals: what the ledger has already, what is silenced, what waits for its other half, what a flood has made
 * too much, and the rest, which enters. Held records whose time has come enter too.
 */
export function admit(ledger: Ledger, arriving: readonly LedgerRecord[], now: Instant): Admission {
  const known = new Set(ledger.records.map(({ key }) => key));
  const waiting = new Set(ledger.held.map(({ record }) => record.key));
  const news = distinct(arriving).filter(({ key }) => !known.has(key) && !waiting.has(key));
  const [silenced, watched] = [news.filter(isSilenced), news.filter((record) => !isSilenced(record))];
  const { held, entering } = holdHalves(ledger, watched, now);
  const { kept, surplus } = capRefused(ledger.records, entering);
  const { records, overflow } = fill(ledger, kept);
  const uncounted = [...surplus, ...overflow.filter(isRefused)];
  return {
    records,
    held,
    aside: [...silenced, ...uncounted],
    overflow: overflow.filter((record) => !isRefused(record)),
    refusedNotKept: uncounted.length,
  };
}

/** A record that is told but not kept is an action by itself. */
export function actionOfOne(record: LedgerRecord, judgement: JudgedAction['judgement']): JudgedAction {
  return { id: record.key, members: [record], occurredAt: record.occurredAt, judgement };
}

function isSilenced(record: LedgerRecord): boolean {
  return record.suppression !== undefined;
}

function isRefused(record: LedgerRecord): boolean {
  return record.outcome === 'refused';
}

function holdHalves(ledger: Ledger, news: readonly LedgerRecord[], now: Instant) {
  const all = [
    ...ledger.held,
    ...news.map((record) => ({ record, decideAt: isNamelessHalf(record) ? now + HOLD_MS : now })),
  ];
  const pairs = [...ledger.records, ...all.map(({ record }) => record)].map(({ pairKey }) => pairKey);
  const isAlone = ({ pairKey }: LedgerRecord) => pairs.indexOf(pairKey) === pairs.lastIndexOf(pairKey);
  const waits = ({ record, decideAt }: HeldRecord) => decideAt > now && isAlone(record);
  const held = all.filter(waits).slice(0, MOST_HELD);
  const waiting = new Set(held);
  return { held, entering: all.filter((one) => !waiting.has(one)).map(({ record }) => record) };
}

function isNamelessHalf(record: LedgerRecord): boolean {
  return record.actor === UNKNOWN && record.pairKey !== undefined && record.half !== 'whole';
}

function capRefused(present: readonly LedgerRecord[], entering: readonly LedgerRecord[]) {
  const refused = present.filter(isRefused);
  const kept: LedgerRecord[] = [];
  const surplus: LedgerRecord[] = [];
  for (const record of entering) {
    const isSurplus = isRefused(record) && refused.filter((one) => isSameAttempt(one, record)).length >= REFUSED_KEPT;
    (isSurplus ? surplus : kept).push(record);
    if (isRefused(record)) refused.push(record);
  }
  return { kept, surplus };
}

function isSameAttempt(one: LedgerRecord, other: LedgerRecord): boolean {
  return one.target === other.target && Math.abs(one.occurredAt - other.occurredAt) <= REFUSED_WITHIN_MS;
}

function fill(ledger: Ledger, entering: readonly LedgerRecord[]) {
  if (entering.length === 0) return { records: ledger.records, overflow: [] };
  const { actions, findings, spends, held } = ledger;
  let bytes = sizeOf(ledger.records);
  let beside = sizeOf([actions, findings, spends, held]);
  let records = ledger.records;
  const overflow: LedgerRecord[] = [];
  for (const record of entering) {
    const after = bytes + sizeOf(record);
    const fits = (most: typeof FULL) => after <= most.records && after + beside <= most.whole;
    if (!fits(FULL) && !(fits(BURST) && joins(records, record))) {
      overflow.push(record);
      continue;
    }
    records = [...records, record];
    bytes = after;
    beside += JUDGED_BYTES;
  }
  return { records, overflow };
}

/** Further records of an action are no further action. */
function joins(records: readonly LedgerRecord[], record: LedgerRecord): boolean {
  const home = groupRecords(distinct([...records, record])).find(({ members }) => members.includes(record));
  return home !== undefined && home.members.length > 1;
}

const UTF8 = new TextEncoder();

/** Bytes as JSON, to which DynamoDB's own count is close: names and texts in UTF-8. */
function sizeOf(value: unknown): number {
  return UTF8.encode(JSON.stringify(value)).length;
}
