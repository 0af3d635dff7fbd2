import type { LedgerRecord } from '../../lambdas/core/access-event.ts';
import {
  attribute,
  dependsOn,
  type LiveSession,
  liveSessionOf,
  liveTargetsOf,
} from '../../lambdas/core/attribution.ts';
import { ledgerIdOf, withActorOf } from '../../lambdas/core/halves.ts';
import type { Policy } from '../../lambdas/core/policy.ts';
import { HOUR_MS } from '../../lambdas/core/time.ts';

/** The longest that STS and federation give credentials for (129,600 s). */
const LONGEST_SESSION_MS = 36 * HOUR_MS;

/** A database session or a shell can hang on a record that itself hung on another. */
const MOST_ROUNDS = 4;

/**
 * Does offline what waiting does in the Lambda: halves that name nobody take the person of the other half, then databases,
 * shells and sign-ins take the person whose session opened the way. Everything is at hand, so nothing has to wait.
 */
export function joinRecords(records: readonly LedgerRecord[], policy: Policy): LedgerRecord[] {
  let joined = joinHalves(records);
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const sessions = sessionsOf(joined);
    const next = joined.map((record) => attributed(record, sessions, policy));
    const changed = next.some((record, index) => record.actor !== joined[index]?.actor);
    if (!changed) return next;
    joined = next;
  }
  return joined;
}

function joinHalves(records: readonly LedgerRecord[]): LedgerRecord[] {
  const pairs = Map.groupBy(
    records.filter(({ pairKey }) => pairKey !== undefined),
    ({ pairKey }) => pairKey,
  );
  return records.map((record) => {
    const others = record.pairKey === undefined ? undefined : pairs.get(record.pairKey);
    return (others ?? []).reduce(withActorOf, record);
  });
}

interface Sessions {
  readonly byKey: ReadonlyMap<string | undefined, readonly LiveSession[]>;
  /** In order of time. */
  readonly byTarget: ReadonlyMap<string, readonly LiveSession[]>;
}

function sessionsOf(records: readonly LedgerRecord[]): Sessions {
  const all = records
    .flatMap((record) => liveSessionOf(record, ledgerIdOf(record)) ?? [])
    .sort((one, other) => one.from - other.from);
  return {
    byKey: Map.groupBy(all, ({ accessKeyId }) => accessKeyId),
    byTarget: Map.groupBy(all, ({ target }) => target),
  };
}

function attributed(record: LedgerRecord, { byKey, byTarget }: Sessions, policy: Policy): LedgerRecord {
  switch (dependsOn(record, policy)) {
    case 'nothing':
      return record;
    case 'access-key':
      return once(record, byKey.get(record.usedKeyId) ?? []);
    case 'live-session':
      return once(
        record,
        liveTargetsOf(record, policy).flatMap((target) => near(byTarget.get(target) ?? [], record.occurredAt)),
      );
  }
}

/** Says why nobody was found only in the first round; a later one would say it again. */
function once(record: LedgerRecord, live: readonly LiveSession[]): LedgerRecord {
  const next = attribute(record, live);
  return next.actor === record.actor && record.how.includes('; ') ? record : next;
}

/** Those that can be open at the instant: opened no longer before it than a session can last. */
function near(sessions: readonly LiveSession[], at: number): LiveSession[] {
  let [low, high] = [0, sessions.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sessions[middle]?.from ?? 0) < at - LONGEST_SESSION_MS) low = middle + 1;
    else high = middle;
  }
  const found: LiveSession[] = [];
  for (let index = low; index < sessions.length; index += 1) {
    const session = sessions[index];
    if (session === undefined || session.from > at + 1_000) break;
    found.push(session);
  }
  return found;
}
