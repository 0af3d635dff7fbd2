import type { Ledger, Timer } from '../core/ledger-state.ts';
import type { VerdictMessage } from '../core/messages.ts';
import { type Instant, MINUTE_MS } from '../core/time.ts';
import type { Commit, LedgerView, Services } from './services.ts';

/** The outbox entry of a commit on a ledger of this version (as it was read). Sorts like time. */
export function entryOf(version: number): string {
  return String(version + 1).padStart(10, '0');
}

/** Sees to it that what a commit has to tell is told, should the process die before it has. */
export function unsentTimer(ledger: Ledger, now: Instant): Timer {
  return { what: 'unsent', about: ledger.id, id: `${ledger.id}#${entryOf(ledger.version)}`, dueAt: now + MINUTE_MS };
}

/** Tells what was recorded just now, after what earlier commits on the same ledgers have not told. */
export async function tell(commit: Commit, owners: readonly LedgerView[], services: Services): Promise<void> {
  const fresh = commit.ledgers.map(({ view, messages }) => ({ view, messages }));
  const { now } = commit;
  const again = owners.filter(({ ledger }) => !fresh.some(({ view }) => view.ledger.id === ledger.id));
  await Promise.all([
    ...fresh.map(({ view, messages }) => tellOne(view, messages, now, services)),
    ...again.map((view) => tellOne(view, [], now, services)),
  ]);
}

async function tellOne(
  { ledger, unsent }: LedgerView,
  fresh: readonly VerdictMessage[],
  now: Instant,
  services: Services,
): Promise<void> {
  const old = unsent.length === 0 ? [] : await services.readOutbox(ledger.id, unsent);
  const messages = [...old, ...fresh];
  await inOrder(messages, services.publish);
  if (fresh.length > 0)
    await services.markTold(ledger.id, [...unsent, entryOf(ledger.version)], unsentTimer(ledger, now));
  else if (unsent.length > 0) await services.markTold(ledger.id, unsent);
}

/** Ten at a time: a topic keeps no order anyway, and a finding's own messages say which state is the newer. */
async function inOrder(messages: readonly VerdictMessage[], publish: Services['publish']): Promise<void> {
  for (let from = 0; from < messages.length; from += 10)
    await Promise.all(messages.slice(from, from + 10).map(publish));
}
