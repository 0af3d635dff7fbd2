import type { LedgerRecord } from '../core/access-event.ts';
import type { Finding } from '../core/finding.ts';
import { urgencyAt } from '../core/hours.ts';
import type { VerdictMessage } from '../core/messages.ts';
import type { Policy } from '../core/policy.ts';
import { isSame } from '../core/same.ts';
import { HOUR_MS, type Instant, isoOf } from '../core/time.ts';
import type { Services } from './services.ts';
import { UNDECIDED } from './undecided.ts';

/**
 * When the table cannot be read, nothing can be decided and nothing recorded; what remains is to say so: one `undecided`
 * finding a team, with the keys that wait. The records go back to the queue and are decided when the table is back. A note
 * of the finding goes to the queue with them, is delivered again for as long as they are, and enters the finding into the
 * table as soon as that answers (`undecided.ts`): so it closes even if the process that told it is gone.
 */
export interface Outage {
  /**
   * Tells of these records, unless they were told of before; `since` is when the first of them was received. Throws what
   * `note` or `publish` throws: what cannot be noted is not told, for it could not be closed.
   */
  undecided(records: readonly LedgerRecord[], since: Instant): Promise<void>;
  /** The table answers again: what fails later is another outage. */
  over(): void;
  /** A note came round and the table is still away: tells what this process has not told, and pages when it is time. */
  stillAway(finding: Finding): Promise<void>;
}

export interface OutageServices extends Pick<Services, 'policy' | 'now' | 'publish'> {
  /** Sends a note to the access queue, that first comes back in about a minute. */
  readonly note: (finding: Finding) => Promise<void>;
}

/** The finding in a message lists no more keys than this, for a message is bounded; the notes have every one. */
const MOST_KEYS = 500;

/**
 * Remembers, in this process, the outage that goes on. The id tells of the hour in which it began, so that processes that
 * cannot know of each other tell of one finding; of two that did not agree the older one stays, once their notes meet.
 */
export function outageOf(services: OutageServices): Outage {
  const { policy, now, publish } = services;
  const told = new Map<string, Finding>();
  const tell = (change: VerdictMessage['change'], finding: Finding) =>
    publish({ version: 1, change, finding, actions: [], policy: policy.hash });
  const tellTeam = async (team: string, records: readonly LedgerRecord[], since: Instant) => {
    const before = told.get(team);
    const fresh = keysOf(records).filter((key) => before?.keys?.includes(key) !== true);
    if (before && (fresh.length === 0 || before.keys?.length === MOST_KEYS)) return;
    const finding = before ?? undecidedFinding(team, records, { policy, since, at: now() });
    await services.note({ ...finding, keys: fresh });
    const next = withKeys(finding, fresh);
    await tell(before ? 'changed' : 'opened', next);
    told.set(team, next);
  };
  return {
    async undecided(records, since) {
      const teams = [...Map.groupBy(records, (record) => record.team)];
      await Promise.all(teams.map(([team, theirs]) => tellTeam(team, theirs, since)));
    },
    over: () => told.clear(),
    async stillAway(note) {
      const known = told.get(note.team);
      const [stays, goes] = known && isOlder(known, note) ? [known, note] : [note, known];
      const isKnown = known?.id === stays.id;
      const next = escalated(withKeys(isKnown ? known : stays, [...(note.keys ?? []), ...(known?.keys ?? [])]), now());
      if (!isKnown || !isSame(known, next)) await tell(isKnown ? 'changed' : 'opened', next);
      told.set(note.team, next);
      if (goes && goes.id !== stays.id)
        await tell('closed', { ...goes, state: 'closed', closedAs: 'duplicate', closedAt: now() });
    },
  };
}

function keysOf(records: readonly LedgerRecord[]): readonly string[] {
  return [...new Set(records.map(({ key }) => key))];
}

function withKeys(finding: Finding, more: readonly string[]): Finding {
  const keys = [...new Set([...(finding.keys ?? []), ...more])].slice(0, MOST_KEYS);
  return { ...finding, keys: keys.sort() };
}

/** Nobody else pages for it when its time has come: it is in no ledger yet. */
function escalated(finding: Finding, now: Instant): Finding {
  const { pageAt, ...rest } = finding;
  return pageAt === undefined || pageAt > now ? finding : { ...rest, urgency: 'page', pagedAt: now };
}

/** Which of two findings of one outage stays. */
export function isOlder(one: Finding, other: Finding): boolean {
  return (
    one.id !== other.id && (one.openedAt < other.openedAt || (one.openedAt === other.openedAt && one.id < other.id))
  );
}

/** A record that fails again may have waited for something else before: it says of the last hour alone when this began. */
function beginOf(since: Instant, at: Instant): Instant {
  const begin = Math.min(at, Math.max(since, at - HOUR_MS));
  return begin - (begin % HOUR_MS);
}

function undecidedFinding(
  team: string,
  records: readonly LedgerRecord[],
  { policy, since, at }: { readonly policy: Policy; readonly since: Instant; readonly at: Instant },
): Finding {
  const { hours, pageAfterMs } = policy.teams[team] ?? policy.cyber;
  const id = `undecided-${team}-${isoOf(beginOf(since, at))}`;
  const urgency = urgencyAt(at, hours);
  const first = records[0];
  return {
    id,
    ledger: UNDECIDED,
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
    keys: [],
    why: 'The table of approvals cannot be read, so it is not known whether these uses were approved. They are decided when it is back.',
  };
}
