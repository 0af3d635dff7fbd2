import type { LedgerRecord } from '../core/access-event.ts';
import type { Finding } from '../core/finding.ts';
import { urgencyAt } from '../core/hours.ts';
import type { VerdictMessage } from '../core/messages.ts';
import type { Policy } from '../core/policy.ts';
import { HOUR_MS, type Instant, isoOf } from '../core/time.ts';
import type { Services } from './services.ts';

/**
 * When the table cannot be read, nothing can be decided and nothing recorded; what remains is to say so: one `undecided`
 * finding a team, with the keys that wait. The records go back to the queue and are decided when the table is back. So
 * that this is closed even if the process that told it is gone, a note of it goes round on the access queue.
 */
export interface Outage {
  /**
   * Tells of these records, unless they were told of before; `since` is when the first of them was received. Throws what
   * `publish` throws.
   */
  undecided(records: readonly LedgerRecord[], since: Instant): Promise<void>;
  /** The table answers again: what fails later is another outage. */
  over(): void;
  /** A note came round: closes the finding if all its records are decided, and sends the note on its way again if not. */
  noted(finding: Finding): Promise<void>;
}

export interface OutageServices extends Pick<Services, 'policy' | 'now' | 'publish'> {
  /** Sends a note that comes back in about a minute. */
  readonly note: (finding: Finding) => Promise<void>;
  /** Whether every record is in its ledger. Throws while the table is away. */
  readonly areDecided: (keys: readonly string[]) => Promise<boolean>;
}

/**
 * Remembers, in this process, the outage that goes on. The id tells of the hour in which it began, so that processes that
 * cannot know of each other tell of one finding; of two that did not agree the older one stays, once their notes meet.
 */
export function outageOf(services: OutageServices): Outage {
  const { policy, now, publish } = services;
  const told = new Map<string, Finding>();
  const tell = (change: VerdictMessage['change'], finding: Finding) => publish(message(change, finding, policy));
  const close = (finding: Finding, closedAs: 'matched-later' | 'duplicate') =>
    tell('closed', { ...finding, state: 'closed', closedAs, closedAt: now() });
  return {
    async undecided(records, since) {
      for (const [team, theirs] of Map.groupBy(records, (record) => record.team)) {
        const before = told.get(team);
        const keys = [...new Set([...(before?.keys ?? []), ...theirs.map(({ key }) => key)])].sort();
        if (before && keys.length === before.keys?.length) continue;
        const finding = before
          ? { ...before, keys }
          : undecidedFinding(team, keys, theirs, { policy, since, at: now() });
        const noted = await services.note(finding).catch(() => 'not noted' as const);
        await tell(before ? 'changed' : 'opened', finding);
        if (noted !== 'not noted') told.set(team, finding);
      }
    },
    over: () => told.clear(),
    async noted(finding) {
      const decided = await services.areDecided(finding.keys ?? []).catch(() => 'away' as const);
      if (decided === true) return close(finding, 'matched-later');
      const known = told.get(finding.team);
      if (decided === 'away' && known && isOlder(known, finding)) return close(finding, 'duplicate');
      const next = escalated(finding, now());
      if (decided === 'away') told.set(finding.team, next);
      if (next !== finding) await tell('changed', next);
      await services.note(next);
    },
  };
}

/** Nobody else pages for it when its time has come: it is in no ledger. */
function escalated(finding: Finding, now: Instant): Finding {
  const { pageAt, ...rest } = finding;
  return pageAt === undefined || pageAt > now ? finding : { ...rest, urgency: 'page', pagedAt: now };
}

function isOlder(one: Finding, other: Finding): boolean {
  return (
    one.id !== other.id && (one.openedAt < other.openedAt || (one.openedAt === other.openedAt && one.id < other.id))
  );
}

function message(change: VerdictMessage['change'], finding: Finding, policy: Policy): VerdictMessage {
  return { version: 1, change, finding, actions: [], policy: policy.hash };
}

/** A record that fails again may have waited for something else before: it says of the last hour alone when this began. */
function beginOf(since: Instant, at: Instant): Instant {
  const begin = Math.min(at, Math.max(since, at - HOUR_MS));
  return begin - (begin % HOUR_MS);
}

function undecidedFinding(
  team: string,
  keys: readonly string[],
  records: readonly LedgerRecord[],
  { policy, since, at }: { readonly policy: Policy; readonly since: Instant; readonly at: Instant },
): Finding {
  const { hours, pageAfterMs } = policy.teams[team] ?? policy.cyber;
  const id = `undecided-${team}-${isoOf(beginOf(since, at))}`;
  const urgency = urgencyAt(at, hours);
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
    occurredAt: first?.occurredAt ?? at,
    openedAt: at,
    state: 'open',
    words: [],
    dedupKey: `two-eye/${id}`,
    urgency,
    wakes: policy.teams[team]?.page ?? ['cyber'],
    ...(urgency === 'page' ? { pagedAt: at } : { pageAt: at + pageAfterMs }),
    keys,
    why: 'The table of approvals cannot be read, so it is not known whether these uses were approved. They are decided when it is back.',
  };
}
