import type { LedgerId } from '../core/access-event.ts';
import { TwoEyeError } from '../core/errors.ts';
import type { Finding } from '../core/finding.ts';
import { urgencyAt } from '../core/hours.ts';
import { advance } from '../core/ledger.ts';
import type { Advance, Ledger } from '../core/ledger-state.ts';
import type { Policy } from '../core/policy.ts';
import type { Instant } from '../core/time.ts';
import { messageOf } from './advance-ledger.ts';
import type { Unreadable } from './arrivals.ts';
import type { Commit, LedgerView, Services } from './services.ts';
import { tell } from './tell.ts';

/** Where findings about records are kept that name nobody because they cannot be read. */
export const UNREADABLE: LedgerId = 'principal:unreadable';

/** Beyond so many open ones, further ones are told with the last of them. */
const MOST_OPEN = 200;
const MOST_TRIES = 8;

/** What could not be read; `id` is the same whenever the same body comes again. */
export type Illegible = Unreadable & { readonly id: string };

/** An unreadable record is a finding for cyber: recorded, then told. Exactly once for each id. */
export async function takeUnreadable(unreadable: readonly Illegible[], services: Services): Promise<void> {
  for (let attempt = 0; attempt < MOST_TRIES; attempt += 1) {
    if (attempt > 0) await services.pause(attempt);
    const [view, { events }] = await Promise.all([
      services.readLedger(UNREADABLE),
      services.readPointers({ events: unreadable.map(({ id }) => id), pairs: [], sessions: [] }),
    ]);
    const news = unreadable.filter(({ id }) => !events.has(id));
    const commit = commitOf(view, news, services);
    if (news.length === 0 || (await services.commit(commit)) === 'committed') return tell(commit, [view], services);
  }
  throw new TwoEyeError(
    'dependency_failed',
    `Others wrote the ledger of unreadable records ${MOST_TRIES} times in a row.`,
  );
}

function commitOf(view: LedgerView, news: readonly Illegible[], { policy, now }: Services): Commit {
  const at = now();
  const judged = advance(view.ledger, [], view.facts, { policy, now: at });
  const next = news.reduce<Advance>((all, one) => withFinding(all, one, policy, at), judged);
  const messages = next.changes.map((change) => messageOf(change, policy));
  return {
    ledgers: news.length === 0 ? [] : [{ view, advance: next, messages }],
    events: news.map(({ id }) => ({ key: id, ledger: UNREADABLE, version: 0 })),
    pairs: [],
    sessions: [],
    waiting: [],
    awaited: [],
    settled: [],
    timers: news.length === 0 ? [] : next.timers,
    now: at,
  };
}

function withFinding(so: Advance, one: Illegible, policy: Policy, now: Instant): Advance {
  const finding = findingOf(one, so.ledger, policy, now);
  const open = so.ledger.findings.filter(({ state }) => state !== 'closed').length;
  const ledger = open < MOST_OPEN ? { ...so.ledger, findings: [...so.ledger.findings, finding] } : so.ledger;
  const page =
    finding.pageAt === undefined
      ? []
      : [{ what: 'page', dueAt: finding.pageAt, about: UNREADABLE, id: finding.id } as const];
  return { ...so, ledger, changes: [...so.changes, { change: 'opened', finding }], timers: [...so.timers, ...page] };
}

function findingOf(
  { id, why, account, occurredAt }: Illegible,
  ledger: Ledger,
  { cyber }: Policy,
  now: Instant,
): Finding {
  const into = ledger.findings.find(({ state, cause }) => state === 'open' && cause === 'unreadable');
  const urgency = urgencyAt(now, cyber.hours);
  return {
    id,
    ledger: UNREADABLE,
    action: id,
    cause: 'unreadable',
    actor: 'unknown',
    target: 'unreadable',
    team: 'cyber',
    account: account ?? 'unknown',
    kind: 'assume-role',
    occurredAt: occurredAt ?? now,
    openedAt: now,
    state: 'open',
    words: [],
    dedupKey: into?.dedupKey ?? `two-eye/${id}`,
    ...(into ? { foldsInto: into.foldsInto ?? into.id } : {}),
    urgency,
    wakes: ['cyber'],
    ...(urgency === 'page' ? { pagedAt: now } : { pageAt: now + cyber.pageAfterMs }),
    why,
  };
}
