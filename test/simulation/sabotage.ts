import type { LedgerRecord } from '../../lambdas/core/access-event.ts';
import type { Approval } from '../../lambdas/core/approval.ts';
import { advance } from '../../lambdas/core/ledger.ts';
import type { Advance, Ledger, PeopleFacts } from '../../lambdas/core/ledger-state.ts';
import { HOUR_MS, MINUTE_MS } from '../../lambdas/core/time.ts';
import type { Write } from '../../lambdas/edge/table.ts';
import { page } from '../../lambdas/page.ts';
import { type ConsumeServices, consume } from './consume.ts';
import { RIGHT, type Seams } from './world.ts';

/** Bugs made by hand, one a line, each of which has cost somebody a page or let somebody in. Every one must be caught. */
export const SABOTAGE: Readonly<Record<string, Partial<Seams>>> = {
  // --- recording -----------------------------------------------------------------------------------------------------------------
  'the ledger is written without its condition': writes((all) =>
    all.map((one) => ('version' in one && one.write === 'put' ? unconditional(one) : one)),
  ),
  'a revocation that is stored late causes no judging': { rejudges: 'no' },
  'keys of judged records are not looked up and the ledger forgets': {
    services: (right) => ({
      ...right,
      loadLedger: async (id, keys) => ({ ...(await right.loadLedger(id, keys)), ledger: undefined, known: new Set() }),
    }),
  },
  'findings are not written': writes(without('FINDING#')),
  'actions are not written': writes(without('ACTION#')),
  'the outbox is not written': writes(without('OUTBOX#')),
  'what is superseded keeps standing': writes((all) =>
    all.filter((one) => !(one.write === 'put' && isSuperseded(one.value))),
  ),
  'timers are not written': writes((all) => all.filter((one) => !one.key.pk.startsWith('TIMER#'))),
  'ledger and findings are written one after the other': {
    services: (right) => ({
      ...right,
      transact: async (all) => {
        const ledger = await right.transact(all.slice(0, 1));
        return ledger.outcome === 'committed' && all.length > 1 ? right.transact(all.slice(1)) : ledger;
      },
    }),
  },
  // --- telling -------------------------------------------------------------------------------------------------------------------
  'it tells before it records, and never after': {
    services: (right) => ({ ...right, transact: (all) => right.transact(all.map(markSent)) }),
  },
  'a failed publish is swallowed': {
    services: (right) => ({ ...right, publish: (message) => right.publish(message).catch(() => undefined) }),
  },
  'changes of a finding are not published': {
    services: (right) => ({
      ...right,
      publish: async (message) => (message.change === 'changed' ? undefined : right.publish(message)),
    }),
  },
  'closings are not published': {
    services: (right) => ({
      ...right,
      publish: async (message) => (message.change === 'closed' ? undefined : right.publish(message)),
    }),
  },
  'a failed page is swallowed': { page: (message, services) => page(message, services).catch(() => undefined) },
  'a page goes out under a new key every time': {
    page: (message, services) => {
      const send: typeof services.send = (request) =>
        services.send({ ...request, event: { ...request.event, dedup_key: `two-eye/${services.now()}` } });
      return page(message, { ...services, send });
    },
  },
  'incidents are never resolved': {
    page: (message, services) => (message.finding?.state === 'closed' ? Promise.resolve() : page(message, services)),
  },
  'there is no sweep': { sweeps: 'no' },
  'dead letters are not redriven': { redrives: 'no' },
  'any error of the consumer is an answer of 200': {
    consume: (ledger, records, services) => consume(ledger, records, services).catch(() => undefined),
  },
  'a write conflict is given up': {
    services: (right) => ({
      ...right,
      transact: async (all) => {
        await right.transact(all);
        return { outcome: 'committed' };
      },
    }),
  },
  // --- deciding ------------------------------------------------------------------------------------------------------------------
  'the time of arrival judges': core({ records: (all, now) => all.map((record) => ({ ...record, occurredAt: now })) }),
  'approvals are good for an hour longer': core({
    approvals: (all) => all.map((yes) => ({ ...yes, validUntil: (yes.validUntil ?? 0) + HOUR_MS })),
  }),
  'an approval counts from the request': core({
    approvals: (all) => all.map((yes) => (yes.approvedAt ? { ...yes, approvedAt: yes.requestedAt } : yes)),
  }),
  'a revocation is ignored': core({
    approvals: (all) =>
      all.map(({ revokedAt: _, ...yes }) => (yes.status === 'revoked' ? { ...yes, status: 'approved' as const } : yes)),
  }),
  'one may approve oneself': core({
    approvals: (all) =>
      all.map((yes) => (yes.approver === yes.actor ? { ...yes, approver: 'ben@example.gov.uk' } : yes)),
  }),
  'anybody may approve': core({ approvals: (all) => all.map((yes) => ({ ...yes, approverEligible: true })) }),
  'an approval is good for every target': core({
    approvals: (all) => all.map((yes) => ({ ...yes, slots: ['notify-prod-admin', 'notify-prod-db-write'] })),
  }),
  'an approval is good twice': core(
    { approvals: (all) => all.flatMap((yes) => [yes, { ...yes, id: `${yes.id}+` }]) },
    (advanced) => JSON.parse(JSON.stringify(advanced).replaceAll('+"', '"')),
  ),
  'older approvals are not read': core({
    approvals: (all, now) => all.filter(({ approvedAt = 0 }) => approvedAt > now - 40 * MINUTE_MS),
  }),
  'names are compared as strings': core({
    words: (all) => all.map((word) => (word.by === 'ada.lovelace' ? { ...word, by: 'ben@example.gov.uk' } : word)),
  }),
  'the actor may close': core({ words: (all) => all.map((word) => ({ ...word, by: 'ben@example.gov.uk' })) }),
  'words are not heard': core({ words: () => [] }),
  'seals are forgotten': core({
    ledger: (one) => ({
      ...one,
      findings: one.findings.map((finding) =>
        finding.closedAs === 'confirmed' ? { ...finding, closedAs: 'matched-later' as const } : finding,
      ),
    }),
  }),
  'older records are forgotten when others come': core({
    ledger: (one) => ({ ...one, records: one.records.slice(-2) }),
  }),
  'refused attempts count as uses': core({
    records: (all) => all.map((record) => ({ ...record, outcome: 'success' as const })),
  }),
  'grouping ignores the address': core({ records: (all) => all.map((record) => ({ ...record, ip: '192.0.2.1' })) }),
  'halves of a pair are two uses': core({ records: (all) => all.map(({ pairKey: _, ...record }) => record) }),
  'nothing is grouped': core({ records: (all) => all.map((record) => ({ ...record, groupingMs: 0 })) }),
  'a ping never becomes a page': core({}, (advanced) => withFindings(advanced, ({ pageAt: _, ...finding }) => finding)),
};

interface Lies {
  readonly records?: (records: readonly LedgerRecord[], now: number) => readonly LedgerRecord[];
  readonly approvals?: (approvals: readonly Approval[], now: number) => readonly Approval[];
  readonly words?: (words: PeopleFacts['words']) => PeopleFacts['words'];
  readonly ledger?: (ledger: Ledger) => Ledger;
}

type Same<T> = (value: T) => T;

/** The core, lied to about what it judges. */
function core(lies: Lies, after: Same<Advance> = (advanced) => advanced): Partial<Seams> {
  const { records = (all) => all, approvals = (all) => all, words = (all) => all, ledger = (one) => one } = lies;
  return {
    advance: (before, arriving, facts, context) =>
      after(
        advance(
          ledger(before),
          records(arriving, context.now),
          { ...facts, approvals: approvals(facts.approvals, context.now), words: words(facts.words) },
          context,
        ),
      ),
  };
}

/** The table, given other writes than it should get. */
function writes(change: (all: readonly Write[]) => readonly Write[]): Partial<Seams> {
  return { services: (right: ConsumeServices) => ({ ...right, transact: (all) => right.transact(change(all)) }) };
}

function without(prefix: string): (all: readonly Write[]) => readonly Write[] {
  return (all) => all.filter(({ key }) => !key.sk.startsWith(prefix));
}

function unconditional({ key, ...write }: Extract<Write, { write: 'put' }>): Write {
  return { write: 'put', key, value: write.value };
}

function isSuperseded(value: unknown): boolean {
  return (value as { readonly superseded?: string }).superseded !== undefined;
}

function markSent(write: Write): Write {
  const isOutbox = write.write === 'put' && write.key.sk.startsWith('OUTBOX#');
  return isOutbox ? { ...write, value: { ...(write.value as object), sent: 'yes' } } : write;
}

function withFindings(advanced: Advance, change: Same<Ledger['findings'][number]>): Advance {
  return { ...advanced, ledger: { ...advanced.ledger, findings: advanced.ledger.findings.map(change) } };
}

/** The right seams with one thing wrong. */
export function sabotaged(wrong: Partial<Seams>): Seams {
  return { ...RIGHT, ...wrong };
}
