import type { LedgerId } from '../core/access-event.ts';
import { TwoEyeError } from '../core/errors.ts';
import type { Finding } from '../core/finding.ts';
import { advance } from '../core/ledger.ts';
import type { Advance, LedgerChange, Timer } from '../core/ledger-state.ts';
import { closed, dedupKeyOf, nextFindingId } from '../core/ledger-words.ts';
import { isSame } from '../core/same.ts';
import { HOUR_MS, type Instant, MINUTE_MS, type Milliseconds } from '../core/time.ts';
import { messageOf } from './advance-ledger.ts';
import type { Commit, LedgerView, Services } from './services.ts';
import { tell } from './tell.ts';

/** Where findings about an outage of the table are kept, once it is over. */
export const UNDECIDED: LedgerId = 'principal:undecided';

const MOST_TRIES = 8;
/**
 * What was told while the table was away may still be on its way when the finding closes; its closing is told once more after this,
 * counted from when it was last tried to tell: the topic may have been away too.
 */
const TOLD_AGAIN_MS = 10 * MINUTE_MS;

/**
 * The table answers: enters what was told while it was away, each note as often as it comes, and closes every finding of
 * which all records are decided. What is still open is looked at again by a timer. Of several findings of a team's outage
 * the first that is entered stays and the others close as `duplicate`. Throws `dependency_failed` while the table is away.
 */
export async function takeUndecided(notes: readonly Finding[], services: Services): Promise<void> {
  for (let attempt = 0; attempt < MOST_TRIES; attempt += 1) {
    if (attempt > 0) await services.pause(attempt);
    const view = await services.readLedger(UNDECIDED);
    const open = view.ledger.findings.filter(({ state }) => state !== 'closed');
    const keys = [...new Set([...open, ...notes].flatMap((finding) => finding.keys ?? []))];
    const { events } = await services.readPointers({ events: keys, pairs: [], sessions: [] });
    const commit = commitOf(view, notes, events, services);
    const isNothing = commit.ledgers.length + commit.timers.length === 0;
    if (isNothing || (await services.commit(commit)) === 'committed') return tell(commit, [view], services);
  }
  throw new TwoEyeError('dependency_failed', `Others wrote the ledger of an outage ${MOST_TRIES} times in a row.`);
}

/** Keys of records that are in their ledgers. */
type Decided = Pick<ReadonlyMap<string, unknown>, 'has'>;

function commitOf(view: LedgerView, notes: readonly Finding[], decided: Decided, { policy, now }: Services): Commit {
  const at = now();
  const judged = advance(view.ledger, [], view.facts, { policy, now: at });
  const noted = notes.reduce<readonly Finding[]>(
    (all, note) => withNote(all, note, decided, at),
    judged.ledger.findings,
  );
  const findings = noted.map((finding) => settled(finding, decided, at));
  const next: Advance = {
    ...judged,
    ledger: { ...judged.ledger, findings },
    changes: changesOf(view, findings, notes),
  };
  const messages = next.changes.map((change) => messageOf(change, policy));
  return {
    ledgers: isSame(view.ledger, next.ledger) && messages.length === 0 ? [] : [{ view, advance: next, messages }],
    events: [],
    pairs: [],
    sessions: [],
    waiting: [],
    awaited: [],
    settled: [],
    timers: findings.flatMap((finding) => lookAgain(finding, isBeingTold(finding, view, next.changes), at)),
    now: at,
  };
}

function withNote(all: readonly Finding[], note: Finding, decided: Decided, now: Instant): readonly Finding[] {
  const known = all.find(({ id }) => id === note.id);
  const open = all.find(({ team, state }) => team === note.team && state !== 'closed');
  if (open) {
    const merged = all.map((one) => (one === open ? withKeys(open, note) : one));
    return known ? merged : [...merged, closed(note, 'duplicate', now)];
  }
  if (known === undefined) return [...all, pagedIfDue(note, now)];
  if (isDecided(note, decided)) return all.map((one) => (one === known ? withKeys(known, note) : one));
  // Another outage within the hour, after that one was over.
  const id = nextFindingId(note.action, all, note.id);
  return [...all, pagedIfDue({ ...note, id, dedupKey: dedupKeyOf(id) }, now)];
}

/** Beyond these no more are listed, for an item and a message are bounded; every record is decided all the same. */
const MOST_KEYS = 500;

function withKeys(finding: Finding, { keys = [] }: Finding): Finding {
  return { ...finding, keys: [...new Set([...(finding.keys ?? []), ...keys])].slice(0, MOST_KEYS).sort() };
}

function pagedIfDue(finding: Finding, now: Instant): Finding {
  const { pageAt, ...rest } = finding;
  return pageAt === undefined || pageAt > now ? finding : { ...rest, urgency: 'page', pagedAt: now };
}

function settled(finding: Finding, decided: Decided, now: Instant): Finding {
  return finding.state !== 'closed' && isDecided(finding, decided) ? closed(finding, 'matched-later', now) : finding;
}

function isDecided({ keys = [] }: Finding, decided: Decided): boolean {
  return keys.every((key) => decided.has(key));
}

/** Each finding as it is now; one that is closed and of which a late note came is told once more, for it may have been told as open. */
function changesOf({ ledger }: LedgerView, findings: readonly Finding[], notes: readonly Finding[]): LedgerChange[] {
  const before = new Map(ledger.findings.map((finding) => [finding.id, finding]));
  return findings.flatMap((finding): readonly LedgerChange[] => {
    const known = before.get(finding.id);
    if (isSame(known, finding)) {
      const isLate = finding.state === 'closed' && notes.some(({ id }) => id === finding.id);
      return isLate ? [{ change: 'changed', finding }] : [];
    }
    const justClosed = finding.state === 'closed' && known?.state !== 'closed';
    return [{ change: justClosed ? 'closed' : known === undefined ? 'opened' : 'changed', finding }];
  });
}

/** Now, or by an earlier commit that could not tell and is told with this one. */
function isBeingTold({ id }: Finding, { unsent }: LedgerView, changes: readonly LedgerChange[]): boolean {
  return unsent.length > 0 || changes.some((change) => change.finding?.id === id);
}

/** On whole minutes, so that however many plan it, it is one timer; the longer a finding is open, the less often. */
function lookAgain(finding: Finding, isTold: boolean, now: Instant): readonly Timer[] {
  const { id, state, openedAt, pageAt } = finding;
  const timer = (what: Timer['what'], dueAt: Instant): Timer => ({ what, dueAt, about: UNDECIDED, id });
  if (state === 'closed') return isTold ? [timer('delivered', nextFull(now, TOLD_AGAIN_MS) + TOLD_AGAIN_MS)] : [];
  const age = now - openedAt;
  const every = age < HOUR_MS ? MINUTE_MS : age < 24 * HOUR_MS ? 10 * MINUTE_MS : HOUR_MS;
  const again = timer('decide', nextFull(now, every) + MINUTE_MS);
  return pageAt === undefined || pageAt <= now ? [again] : [again, timer('page', pageAt)];
}

function nextFull(now: Instant, every: Milliseconds): Instant {
  return (Math.floor(now / every) + 1) * every;
}
