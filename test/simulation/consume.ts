import type { LedgerId, LedgerRecord } from '../../lambdas/core/access-event.ts';
import { TwoEyeError } from '../../lambdas/core/errors.ts';
import type { advance as Advancing } from '../../lambdas/core/ledger.ts';
import { emptyLedger } from '../../lambdas/core/ledger.ts';
import type { Advance, Ledger, LedgerChange, PeopleFacts, Timer } from '../../lambdas/core/ledger-state.ts';
import type { VerdictMessage } from '../../lambdas/core/messages.ts';
import type { Policy } from '../../lambdas/core/policy.ts';
import { verdictLine } from '../../lambdas/core/verdict-lines.ts';
import type { TransactionOutcome, Write } from '../../lambdas/edge/table.ts';
import {
  actionKey,
  eventKey,
  findingKey,
  ledgerKey,
  outboxKey,
  requestKey,
  timerKey,
} from '../../lambdas/edge/table-keys.ts';

export interface ConsumeServices {
  readonly policy: Policy;
  readonly now: () => number;
  readonly advance: typeof Advancing;
  /** The ledger, and which of the keys have been judged before. */
  readonly loadLedger: (ledger: LedgerId, keys: readonly string[]) => Promise<Loaded>;
  readonly loadFacts: (ledger: LedgerId) => Promise<LoadedFacts>;
  readonly transact: (writes: readonly Write[]) => Promise<TransactionOutcome>;
  readonly publish: (message: VerdictMessage) => Promise<void>;
}

export interface Loaded {
  readonly ledger: Ledger | undefined;
  readonly version: number;
  readonly known: ReadonlySet<string>;
  /** Outbox entries of earlier commits that are not told yet. */
  readonly unsent: readonly OutboxEntry[];
}

export interface LoadedFacts extends PeopleFacts {
  readonly versions: ReadonlyMap<string, number>;
}

export interface OutboxEntry {
  readonly entry: string;
  readonly messages: readonly VerdictMessage[];
  readonly sent: 'yes' | 'no';
}

const MOST_TRIES = 6;

/** Decide, record, tell: the protocol of design §5.2 over the real core, for the simulation to pull at. */
export async function consume(
  ledger: LedgerId,
  records: readonly LedgerRecord[],
  services: ConsumeServices,
): Promise<void> {
  for (let attempt = 0; attempt < MOST_TRIES; attempt += 1) {
    const loaded = await services.loadLedger(
      ledger,
      records.map(({ key }) => key),
    );
    const facts = await services.loadFacts(ledger);
    const news = records.filter(({ key }) => !loaded.known.has(key));
    const before = loaded.ledger ?? emptyLedger(ledger);
    const advanced = services.advance(before, news, facts, { now: services.now(), policy: services.policy });
    const outbox = outboxOf(advanced, loaded.version, services.policy);
    const isIdle = advanced.changes.length === 0 && advanced.timers.length === 0 && news.length === 0;
    if (!isIdle) {
      const { outcome } = await services.transact(writesOf(ledger, loaded, news, advanced, facts, outbox));
      if (outcome === 'conflict') continue;
    }
    return tell(ledger, isIdle ? loaded.unsent : [...loaded.unsent, outbox], services);
  }
  throw new TwoEyeError('dependency_failed', `the ledger ${ledger} is written too often`);
}

export async function tell(
  ledger: LedgerId,
  entries: readonly OutboxEntry[],
  { publish, transact }: Pick<ConsumeServices, 'publish' | 'transact'>,
): Promise<void> {
  for (const outbox of entries) {
    for (const message of outbox.messages) await publish(message);
    await transact([{ write: 'put', key: outboxKey(ledger, outbox.entry), value: { ...outbox, sent: 'yes' } }]);
  }
}

function outboxOf({ changes }: Advance, version: number, policy: Policy): OutboxEntry {
  return {
    entry: String(version + 1).padStart(10, '0'),
    messages: changes.map((change) => messageOf(change, policy)),
    sent: 'no',
  };
}

function messageOf({ change, action, finding }: LedgerChange, policy: Policy): VerdictMessage {
  const isOpen = finding !== undefined && finding.state !== 'closed';
  const actions = action === undefined ? [] : [verdictLine(action, isOpen ? { urgency: finding.urgency } : {})];
  return { version: 1, change, actions, policy: policy.hash, ...(finding === undefined ? {} : { finding }) };
}

function writesOf(
  id: LedgerId,
  loaded: Loaded,
  news: readonly LedgerRecord[],
  { ledger, changes, timers, superseded, leansOn }: Advance,
  { versions }: LoadedFacts,
  outbox: OutboxEntry,
): readonly Write[] {
  const actions = new Map(
    changes.flatMap(({ action }) => (action === undefined ? [] : [[action.id, action] as const])),
  );
  const put = (key: Write['key'], value: unknown): Write => ({ write: 'put', key, value });
  return [
    { write: 'put', key: ledgerKey(id), value: ledger, version: loaded.version },
    ...leansOn.approvals.map(
      (approval): Write => ({ write: 'check', key: requestKey(id, approval), version: versions.get(approval) ?? 0 }),
    ),
    ...(superseded ?? []).map((action) => put(actionKey(id, action), { superseded: 'yes' })),
    ...[...actions.values()].map((action) => put(actionKey(id, action.id), { line: verdictLine(action) })),
    ...changes.flatMap(({ finding }) => (finding === undefined ? [] : [put(findingKey(id, finding.id), finding)])),
    ...news.map(({ key }) => put(eventKey(key), { ledger: id })),
    ...timers.map((timer: Timer) => put(timerKey(timer), timer)),
    ...(changes.length === 0 ? [] : [put(outboxKey(id, outbox.entry), outbox)]),
  ];
}
