import { type LedgerId, type LedgerRecord, UNKNOWN } from '../core/access-event.ts';
import type { Dependence, LiveSession } from '../core/attribution.ts';
import { attribute, dependsOn, liveTargetsOf, settleMsOf } from '../core/attribution.ts';
import { ledgerIdOf, withActorOf } from '../core/halves.ts';
import type { Policy } from '../core/policy.ts';
import type { Instant } from '../core/time.ts';
import type { Commit, Half, Pointers, WaitingRecord } from './services.ts';

/** A record that turned out to be somebody else's. */
export interface Move {
  readonly from: LedgerId;
  readonly to: LedgerId;
  readonly record: LedgerRecord;
}

/** Where everything that arrived belongs. */
export interface Placement {
  /** By ledger, what enters it. */
  readonly arriving: ReadonlyMap<LedgerId, readonly LedgerRecord[]>;
  readonly moves: readonly Move[];
  readonly waiting: readonly WaitingRecord[];
  readonly pairs: Commit['pairs'];
  /** Ledgers that own a record that came again: what they have not told yet is told. */
  readonly owners: readonly LedgerId[];
}

export interface PlaceContext {
  readonly policy: Policy;
  readonly now: Instant;
  /** Records that have waited as long as they are to wait. */
  readonly isSettled: (record: LedgerRecord) => boolean;
  readonly live: (target: string) => readonly LiveSession[];
}

/** Finds for every record the ledger that it belongs to, by the halves and sessions that are known. Pure. */
export function place(records: readonly LedgerRecord[], pointers: Pointers, context: PlaceContext): Placement {
  const owners: LedgerId[] = [];
  const arriving: LedgerRecord[] = [];
  const waiting: WaitingRecord[] = [];
  for (const record of records) {
    const owner = pointers.events.get(record.key)?.value.ledger;
    if (owner) owners.push(owner);
    else settle(record, pointers, context, arriving, waiting);
  }
  const halves = pairUp(arriving, pointers);
  return {
    arriving: Map.groupBy(halves.records, ledgerIdOf),
    moves: halves.moves,
    waiting,
    pairs: halves.pairs,
    owners,
  };
}

function settle(
  record: LedgerRecord,
  pointers: Pointers,
  { policy, now, isSettled, live }: PlaceContext,
  arriving: LedgerRecord[],
  waiting: WaitingRecord[],
): void {
  const dependence = dependsOn(record, policy);
  if (dependence === 'nothing') {
    arriving.push(record);
    return;
  }
  const session = pointers.sessions.get(record.usedKeyId ?? '')?.value;
  const decideAt = record.occurredAt + settleMsOf(record, policy);
  if (dependence === 'access-key' && session && session.actor !== UNKNOWN) arriving.push(attribute(record, [session]));
  else if (decideAt > now && !isSettled(record)) waiting.push({ on: waitsOn(record, dependence), record, decideAt });
  else
    arriving.push(
      attribute(
        record,
        dependence === 'access-key' ? (session ? [session] : []) : liveTargetsOf(record, policy).flatMap(live),
      ),
    );
}

/** A record that an access key tells of is released by that key's session; others wait by their target. */
function waitsOn({ usedKeyId, target }: LedgerRecord, dependence: Dependence): string {
  return dependence === 'access-key' && usedKeyId ? usedKeyId : target;
}

/** Gives each half that names nobody the actor of the other, whichever came first; what was kept elsewhere moves. */
function pairUp(arriving: readonly LedgerRecord[], pointers: Pointers) {
  const known = new Map([...pointers.pairs].map(([pairKey, { value }]) => [pairKey, value]));
  const records: LedgerRecord[] = [];
  const moves: Move[] = [];
  for (const record of arriving.toSorted(namedFirst)) {
    const { pairKey } = record;
    if (pairKey === undefined || record.half === 'whole') {
      records.push(record);
      continue;
    }
    const others = known.get(pairKey) ?? [];
    const named = others.reduce((one, { record: other }) => withActorOf(one, other), record);
    const halves = others.map((half) => claimed(half, named, moves));
    known.set(pairKey, [...halves, { ledger: ledgerIdOf(named), record: named }]);
    records.push(named);
  }
  const touched = new Set(arriving.flatMap(({ pairKey, half }) => (pairKey && half !== 'whole' ? [pairKey] : [])));
  const pairs = [...touched].map((pairKey) => ({
    pairKey,
    halves: known.get(pairKey) ?? [],
    version: pointers.pairs.get(pairKey)?.version ?? 0,
  }));
  return { records, moves, pairs };
}

function claimed(half: Half, by: LedgerRecord, moves: Move[]): Half {
  const record = withActorOf(half.record, by);
  const ledger = ledgerIdOf(record);
  if (ledger !== half.ledger) moves.push({ from: half.ledger, to: ledger, record });
  return { ledger, record };
}

function namedFirst(one: LedgerRecord, other: LedgerRecord): number {
  return Number(one.actor === UNKNOWN) - Number(other.actor === UNKNOWN);
}
