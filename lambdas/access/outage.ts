import type { LedgerRecord } from '../core/access-event.ts';
import type { Finding } from '../core/finding.ts';
import { urgencyAt } from '../core/hours.ts';
import type { VerdictMessage } from '../core/messages.ts';
import type { Policy } from '../core/policy.ts';
import { HOUR_MS, type Instant, isoOf } from '../core/time.ts';
import type { Services } from './services.ts';

/**
 * When the table cannot be read, nothing can be decided and nothing recorded; what remains is to say so: one `undecided`
 * finding a team, with the keys that wait. The records go back to the queue and are decided when the table is back; the
 * finding is closed then by whoever told it.
 */
export interface Outage {
  /** Tells of these records, unless they were told of before. Throws what `publish` throws. */
  undecided(records: readonly LedgerRecord[]): Promise<void>;
  /** The table answers again: closes what was told. */
  over(): Promise<void>;
}

/** Keeps, in this process, what was told of the outage that goes on. The id tells of the hour, so that two processes tell of one. */
export function outageOf({ policy, now, publish }: Pick<Services, 'policy' | 'now' | 'publish'>): Outage {
  const told = new Map<string, Finding>();
  return {
    async undecided(records) {
      for (const [team, theirs] of Map.groupBy(records, (record) => record.team)) {
        const before = told.get(team);
        const keys = [...new Set([...(before?.keys ?? []), ...theirs.map(({ key }) => key)])].sort();
        if (before && keys.length === before.keys?.length) continue;
        const finding = before ? { ...before, keys } : undecidedFinding(team, keys, theirs, policy, now());
        await publish(message(before ? 'changed' : 'opened', finding, policy));
        told.set(team, finding);
      }
    },
    async over() {
      for (const [team, finding] of told) {
        const closed = { ...finding, state: 'closed', closedAs: 'matched-later', closedAt: now() } as const;
        await publish(message('closed', closed, policy));
        told.delete(team);
      }
    },
  };
}

function message(change: VerdictMessage['change'], finding: Finding, policy: Policy): VerdictMessage {
  return { version: 1, change, finding, actions: [], policy: policy.hash };
}

function undecidedFinding(
  team: string,
  keys: readonly string[],
  records: readonly LedgerRecord[],
  policy: Policy,
  now: Instant,
): Finding {
  const { hours, pageAfterMs } = policy.teams[team] ?? policy.cyber;
  const id = `undecided-${team}-${isoOf(now - (now % HOUR_MS))}`;
  const urgency = urgencyAt(now, hours);
  const first = records[0];
  return {
    id,
    ledger: 'principal:undecided',
    action: id,
    cause: 'undecided',
    actor: 'unknown',
    target: first?.target ?? 'unknown',
    team: policy.teams[team] ? team : 'cyber',
    account: first?.account ?? 'unknown',
    kind: first?.kind ?? 'assume-role',
    occurredAt: first?.occurredAt ?? now,
    openedAt: now,
    state: 'open',
    words: [],
    dedupKey: `two-eye/${id}`,
    urgency,
    wakes: policy.teams[team]?.page ?? ['cyber'],
    ...(urgency === 'page' ? { pagedAt: now } : { pageAt: now + pageAfterMs }),
    keys,
    why: 'The table of approvals cannot be read, so it is not known whether these uses were approved. They are decided when it is back.',
  };
}
