import { takeBatch } from '../../lambdas/access/batch.ts';
import type { Commit, LedgerCommit, LedgerView } from '../../lambdas/access/services.ts';
import type { Approval } from '../../lambdas/core/approval.ts';
import type { Finding } from '../../lambdas/core/finding.ts';
import type { Ledger, PeopleFacts } from '../../lambdas/core/ledger-state.ts';
import type { VerdictMessage } from '../../lambdas/core/messages.ts';
import { HOUR_MS, isoOf, MINUTE_MS } from '../../lambdas/core/time.ts';
import { page } from '../../lambdas/page.ts';
import { ASKING_SABOTAGE } from './asking/sabotage.ts';
import { RIGHT, type Seams } from './seams.ts';

/** Bugs made by hand, one a line, each of which has cost somebody a page or let somebody in. Every one must be caught. */
export const SABOTAGE: Readonly<Record<string, Partial<Seams>>> = {
  ...ASKING_SABOTAGE,
  // --- recording -----------------------------------------------------------------------------------------------------------------
  'the ledger is written over whatever is there': { refuses: 'no' },
  'what was said causes no judging': { rejudges: 'no' },
  'keys of judged records are not looked up and the ledger forgets': {
    services: (right) => ({
      ...right,
      readLedger: async (id) => emptied(await right.readLedger(id)),
      readPointers: async (wanted) => ({ ...(await right.readPointers(wanted)), events: new Map() }),
    }),
  },
  'findings are not written': ledgers((one) => ({
    ...one,
    messages: one.messages.map(({ finding: _, ...rest }) => rest),
  })),
  'actions are not written': ledgers((one) => ({
    ...one,
    messages: one.messages.map((message) => ({ ...message, actions: [] })),
  })),
  'the outbox is not written': ledgers((one) => ({ ...one, messages: [] })),
  'what is superseded keeps standing': ledgers((one) => ({ ...one, advance: { ...one.advance, superseded: [] } })),
  'timers are not written': commits((commit) => ({ ...commit, timers: [] })),
  'the other half of a call is not looked for': {
    services: (right) => ({
      ...right,
      readPointers: async (wanted) => ({ ...(await right.readPointers(wanted)), pairs: new Map() }),
    }),
  },
  'a half that moves stays where it was too': commits((commit) => ({
    ...commit,
    ledgers: commit.ledgers.filter(({ view }) => view.ledger.id.startsWith('person:') || view.ledger.version === 0),
  })),
  'sessions are not kept': commits((commit) => ({ ...commit, sessions: [] })),
  'what waits for a session is forgotten': commits((commit) => ({ ...commit, waiting: [] })),
  // --- telling -------------------------------------------------------------------------------------------------------------------
  'it marks as told what it has not told yet': {
    services: (right) => ({
      ...right,
      publish: async (message) => void right.publish(message).catch(() => undefined),
    }),
  },
  'a failed publish is swallowed': {
    services: (right) => ({ ...right, publish: (message) => right.publish(message).catch(() => undefined) }),
  },
  'changes of a finding are not published': unpublished('changed'),
  'closings are not published': unpublished('closed'),
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
  'an event that an archive brings again counts as another': bodies((body) =>
    body.includes('"replay-name"') ? body.replace(/"eventID":"([^"]+)"/, '"eventID":"$1-again"') : body,
  ),
  'any error of on-access is an answer of 200': {
    takeBatch: async (bodies, services) => {
      await takeBatch(bodies, services);
      return new Map();
    },
  },
  'a write conflict is given up': {
    services: (right) => ({
      ...right,
      commit: async (commit) => {
        await right.commit(commit);
        return 'committed';
      },
    }),
  },
  'a body that is not JSON is dropped': bodies((body) => (body.startsWith('{"detail": ') ? '[]' : body)),
  // --- an outage of the table ----------------------------------------------------------------------------------------------------
  'an outage is not told': {
    outage: (right) => ({
      ...right,
      publish: async (message) => (isOver(message) ? right.publish(message) : undefined),
    }),
  },
  'an outage is told without a note of it': { outage: (right) => ({ ...right, note: async () => undefined }) },
  'the note of an outage is gone when it finds the table away': {
    takeBatch: async (all, services) => {
      const failed = await takeBatch(all, services);
      const notes = new Set(
        all.filter(({ body }) => body.includes('"twoEye":"outage"')).map(({ messageId }) => messageId),
      );
      return new Map([...failed].filter(([id]) => !notes.has(id)));
    },
  },
  // One of them does, for the other is there in case what was told while the table was away comes late.
  'that an outage is over is not told, neither at once nor once more': {
    services: (right) => ({ ...right, publish: unlessAnOutageIsOver(right.publish) }),
    sweep: (right) => ({ ...right, publish: unlessAnOutageIsOver(right.publish) }),
  },
  'an outage is over whatever is still to be decided': {
    services: (right) => ({
      ...right,
      readPointers: async (wanted) => {
        const found = await right.readPointers(wanted);
        const anywhere = { value: { ledger: 'principal:anywhere' }, version: 1 } as const;
        const asksOfOutage = wanted.events.length > 0 && wanted.pairs.length + wanted.sessions.length === 0;
        return asksOfOutage ? { ...found, events: new Map(wanted.events.map((key) => [key, anywhere])) } : found;
      },
    }),
  },
  // --- deciding ------------------------------------------------------------------------------------------------------------------
  'the time of arrival judges': {
    takeBatch: (all, services) =>
      takeBatch(
        all.map((one) => ({ ...one, body: inRecord(one.body, { eventTime: isoOf(services.now()) }) })),
        services,
      ),
  },
  'approvals are good for an hour longer': facts({
    approvals: (all) => all.map((yes) => ({ ...yes, validUntil: (yes.validUntil ?? 0) + HOUR_MS })),
  }),
  'an approval counts from the request': facts({
    approvals: (all) => all.map((yes) => (yes.approvedAt ? { ...yes, approvedAt: yes.requestedAt } : yes)),
  }),
  'a revocation is ignored': facts({
    approvals: (all) =>
      all.map(({ revokedAt: _, ...yes }) => (yes.status === 'revoked' ? { ...yes, status: 'approved' as const } : yes)),
  }),
  'one may approve oneself': facts({
    approvals: (all) =>
      all.map((yes) => (yes.approver === yes.actor ? { ...yes, approver: 'ben@example.gov.uk' } : yes)),
  }),
  'anybody may approve': facts({ approvals: (all) => all.map((yes) => ({ ...yes, approverEligible: true })) }),
  'an approval is good for every target': facts({
    approvals: (all) =>
      all.map((yes) => ({ ...yes, slots: ['notify-prod-admin', 'notify-deploy-admin', 'notify-prod-shell'] })),
  }),
  'older approvals are not read': facts({
    approvals: (all, now) => all.filter(({ approvedAt = 0 }) => approvedAt > now - 40 * MINUTE_MS),
  }),
  'pins are not read': facts({ pins: () => [] }),
  'a pin covers everybody': facts({
    pins: (all) => all.map((pin) => ({ ...pin, people: ['ada@example.gov.uk', 'cat@example.gov.uk'] })),
  }),
  'names are compared as strings': facts({
    words: (all) => all.map((word) => (word.by === 'ada.lovelace' ? { ...word, by: 'ben@example.gov.uk' } : word)),
  }),
  'the actor may close': facts({ words: (all) => all.map((word) => ({ ...word, by: 'ben@example.gov.uk' })) }),
  'words are not heard': facts({ words: () => [] }),
  'older records are forgotten when others come': {
    services: (right) => ({
      ...right,
      readLedger: async (id) => {
        const view = await right.readLedger(id);
        return { ...view, ledger: { ...view.ledger, records: view.ledger.records.slice(-1) } };
      },
    }),
  },
  'refused attempts count as uses': bodies((body) => inRecord(body, { errorCode: undefined, errorMessage: undefined })),
  'grouping ignores the address': bodies((body) => inRecord(body, { sourceIPAddress: '192.0.2.1' })),
  'halves of a pair are two uses': bodies((body) => inRecord(body, { sharedEventID: undefined })),
  'a ping never becomes a page': ledgers((one) => ({
    ...one,
    messages: one.messages.map(neverPaging),
    advance: { ...one.advance, ledger: withFindings(one.advance.ledger, ({ pageAt: _, ...finding }) => finding) },
  })),
};

interface Lies {
  readonly approvals?: (approvals: readonly Approval[], now: number) => readonly Approval[];
  readonly pins?: (pins: PeopleFacts['pins']) => PeopleFacts['pins'];
  readonly words?: (words: PeopleFacts['words']) => PeopleFacts['words'];
}

/** The core, lied to about what people decided. */
function facts({ approvals = (all) => all, pins = (all) => all, words = (all) => all }: Lies): Partial<Seams> {
  return {
    services: (right) => ({
      ...right,
      readLedger: async (id) => {
        const view = await right.readLedger(id);
        const told = view.facts;
        const lied = {
          approvals: approvals(told.approvals, right.now()),
          pins: pins(told.pins),
          words: words(told.words),
        };
        return { ...view, facts: { ...told, ...lied } };
      },
    }),
  };
}

/** What arrives, made into something else. */
function bodies(change: (body: string) => string): Partial<Seams> {
  return {
    takeBatch: (all, services) =>
      takeBatch(
        all.map((one) => ({ ...one, body: change(one.body) })),
        services,
      ),
  };
}

function inRecord(body: string, fields: Readonly<Record<string, unknown>>): string {
  if (!body.includes('"detail":{')) return body;
  const envelope = JSON.parse(body) as { readonly detail: object };
  return JSON.stringify({ ...envelope, detail: { ...envelope.detail, ...fields } });
}

/** What is recorded, made into something else. */
function commits(change: (commit: Commit) => Commit): Partial<Seams> {
  return { services: (right) => ({ ...right, commit: (commit) => right.commit(change(commit)) }) };
}

function ledgers(change: (one: LedgerCommit) => LedgerCommit): Partial<Seams> {
  return commits((commit) => ({ ...commit, ledgers: commit.ledgers.map(change) }));
}

function unpublished(what: VerdictMessage['change']): Partial<Seams> {
  return {
    services: (right) => ({
      ...right,
      publish: async (message) => (message.change === what ? undefined : right.publish(message)),
    }),
  };
}

function emptied(view: LedgerView): LedgerView {
  return { ...view, ledger: { ...view.ledger, records: [], actions: [], findings: [] } };
}

function neverPaging(message: VerdictMessage): VerdictMessage {
  if (message.finding === undefined) return message;
  const { pageAt: _, ...finding } = message.finding;
  return { ...message, finding };
}

function withFindings(ledger: Ledger, change: (finding: Finding) => Finding): Ledger {
  return { ...ledger, findings: ledger.findings.map(change) };
}

function isOver({ finding }: VerdictMessage): boolean {
  return finding?.state === 'closed';
}

function unlessAnOutageIsOver(publish: (message: VerdictMessage) => Promise<void>) {
  return async (message: VerdictMessage) =>
    message.finding?.cause === 'undecided' && isOver(message) ? undefined : publish(message);
}

/** The right seams with one thing wrong. */
export function sabotaged(wrong: Partial<Seams>): Seams {
  return { ...RIGHT, ...wrong };
}
