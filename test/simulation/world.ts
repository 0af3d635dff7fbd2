import type { LedgerId, LedgerRecord } from '../../lambdas/core/access-event.ts';
import type { Approval } from '../../lambdas/core/approval.ts';
import type { Finding, Word } from '../../lambdas/core/finding.ts';
import { advance } from '../../lambdas/core/ledger.ts';
import type { Ledger, Timer } from '../../lambdas/core/ledger-state.ts';
import type { VerdictMessage } from '../../lambdas/core/messages.ts';
import type { Policy } from '../../lambdas/core/policy.ts';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../../lambdas/core/time.ts';
import type { PagerDutyRequest, PagerDutyResult } from '../../lambdas/edge/pagerduty.ts';
import type { Stored, Write } from '../../lambdas/edge/table.ts';
import { eventKey, type Key, ledgerKey, peoplePartition, requestKey, wordKey } from '../../lambdas/edge/table-keys.ts';
import { page } from '../../lambdas/page.ts';
import { minute, TEN } from '../support/ledger-records.ts';
import { testPolicy } from '../support/policies.ts';
import { type ConsumeServices, consume, type OutboxEntry, tell } from './consume.ts';
import { randomOf } from './random.ts';
import { type Faults, type Life, scheduler } from './scheduler.ts';
import { type Story, storyOf } from './story.ts';

export const LEDGER: LedgerId = 'person:ada@example.gov.uk';
const POLICY: Policy = testPolicy();
/** What people say. A resolve in PagerDuty is played only where it is asked for: see docs/proof.md, "Open". */
const WORDS = ['acknowledged', 'confirmed', 'not-genuine', 'it-was-me'] as const;
const ELSEWHERE = [...WORDS, 'resolved-elsewhere'] as const;

const RECEIVES = 3;
const TRIES_OF_THE_SWEEP = 40;

/** What can be put in the place of the right thing, to see whether it would be noticed. */
export interface Seams {
  readonly consume: typeof consume;
  readonly advance: ConsumeServices['advance'];
  readonly page: typeof page;
  readonly services: (services: ConsumeServices) => ConsumeServices;
  readonly sweeps: 'yes' | 'no';
  readonly redrives: 'yes' | 'no';
  readonly rejudges: 'yes' | 'no';
  readonly resolvesElsewhere: 'yes' | 'no';
}

export const RIGHT: Seams = {
  consume,
  advance,
  page,
  services: (right) => right,
  sweeps: 'yes',
  redrives: 'yes',
  rejudges: 'yes',
  resolvesElsewhere: 'no',
};

/** An item of the table as it was written, for looking at it afterwards. */
export type Items = ReadonlyMap<string, Stored<unknown>>;

export interface Outcome {
  readonly story: Story;
  readonly items: Items;
  /** Every value that was ever stored of a finding, in order. */
  readonly findingHistory: readonly Finding[];
  readonly words: readonly Word[];
  /** Findings that Slack was shown, with the last that it knows of each. */
  readonly slack: ReadonlyMap<string, Finding>;
  readonly incidents: ReadonlyMap<string, { readonly triggered: number; readonly state: 'open' | 'resolved' }>;
  readonly verdictsTold: ReadonlySet<string>;
  readonly dead: number;
}

type Queue = 'access' | 'page' | 'ping';
type Body = { readonly records: readonly LedgerRecord[] } | { readonly message: VerdictMessage };

/** Plays one seed from beginning to end: a story, faults, then healing without faults until nothing is left to do. */
export async function play(
  seed: number,
  faultRate: number,
  seams: Seams = RIGHT,
  story = storyOf(randomOf(seed)),
): Promise<Outcome> {
  const random = randomOf(seed ^ 0x5eed);
  const faults: Faults = { rate: faultRate };
  const clock = scheduler(random, faults, TEN);
  const items = new Map<string, Stored<unknown>>();
  const findingHistory: Finding[] = [];
  const words: Word[] = [];
  const slack = new Map<string, Finding>();
  const incidents = new Map<string, { triggered: number; state: 'open' | 'resolved' }>();
  const verdictsTold = new Set<string>();
  const dead: { queue: Queue; body: Body }[] = [];

  // --- the table -----------------------------------------------------------------------------------------------------------------
  const nameOf = ({ pk, sk }: Key) => `${pk}\n${sk}`;
  const at = <T>(key: Key) => items.get(nameOf(key)) as Stored<T> | undefined;
  const partition = <T>(pk: string, prefix: string) =>
    [...items.values()].filter(({ key }) => key.pk === pk && key.sk.startsWith(prefix)) as Stored<T>[];
  const put = (key: Key, value: unknown) => {
    if (key.sk.startsWith('FINDING#')) findingHistory.push(value as Finding);
    items.set(nameOf(key), { key, value, version: (at(key)?.version ?? 0) + 1 });
  };
  const commit = (writes: readonly Write[]) => {
    const failed = writes.flatMap((write, index) => {
      const version = write.write === 'put' || write.write === 'check' ? write.version : undefined;
      return version === undefined || (at(write.key)?.version ?? 0) === version ? [] : [index];
    });
    if (failed.length > 0) return { outcome: 'conflict', failed } as const;
    for (const write of writes) if (write.write === 'put') put(write.key, write.value);
    return { outcome: 'committed' } as const;
  };
  const unsent = () =>
    partition<OutboxEntry>(`LEDGER#${LEDGER}`, 'OUTBOX#')
      .filter(({ value }) => value.sent === 'no')
      .map(({ value }) => value);

  // --- queues and topic: late, twice, out of order, redelivered, dead ------------------------------------------------------------
  const soon = (within: number) => clock.now() + random.below(within);
  const send = (queue: Queue, body: Body, delayMs: number) => {
    const copies = random.chance(faults.rate) ? 2 : 1;
    for (let copy = 0; copy < copies; copy += 1) clock.plan(soon(Math.max(1, delayMs)), () => receive(queue, body, 1));
  };
  const receive = (queue: Queue, body: Body, receives: number) => {
    clock.start(
      (life) => functionOf(queue)(body, life),
      (outcome) => {
        if (outcome === 'done') return;
        if (receives < RECEIVES || faults.rate === 0)
          clock.plan(soon(MINUTE_MS), () => receive(queue, body, receives + 1));
        else dead.push({ queue, body });
      },
    );
  };
  const functionOf = (queue: Queue) => (queue === 'access' ? onAccess : queue === 'page' ? onPage : onPing);
  const rejudge = () => send('access', { records: [] }, 10 * SECOND_MS);

  // --- functions -----------------------------------------------------------------------------------------------------------------
  const consumeServices = (life: Life): ConsumeServices => ({
    policy: POLICY,
    now: clock.now,
    advance: seams.advance,
    loadLedger: (ledger, keys) =>
      clock.call(life, () => {
        const stored = at<Ledger>(ledgerKey(ledger));
        const known = new Set(keys.filter((key) => at(eventKey(key)) !== undefined));
        return { ledger: stored?.value, version: stored?.version ?? 0, known, unsent: unsent() };
      }),
    loadFacts: (ledger) =>
      clock.call(life, () => {
        const requests = partition<Approval>(peoplePartition(ledger), 'REQUEST#');
        const said = partition<Word>(peoplePartition(ledger), 'WORD#').map(({ value }) => value);
        const versions = new Map(requests.map(({ value, version }) => [value.id, version]));
        return { approvals: requests.map(({ value }) => value), pins: [], words: said, versions };
      }),
    transact: (writes) => clock.call(life, () => commit(writes)),
    publish: (message) =>
      clock.call(life, () => {
        for (const line of message.actions) verdictsTold.add(`${line.action} ${line.verdict}`);
        if (message.finding === undefined) return;
        send('page', { message }, 20 * SECOND_MS);
        send('ping', { message }, 20 * SECOND_MS);
      }),
  });
  const onAccess = async (body: Body, life: Life) =>
    seams.consume(LEDGER, 'records' in body ? body.records : [], seams.services(consumeServices(life)));

  const onPing = (body: Body, life: Life) =>
    clock.call(life, () => {
      const finding = 'message' in body ? body.message.finding : undefined;
      if (finding === undefined) return;
      const known = slack.get(finding.id);
      if (known?.state !== 'closed') slack.set(finding.id, finding);
      if (known === undefined) peopleLookAt(finding);
    });

  const onPage = async (body: Body, life: Life) => {
    if (!('message' in body)) return;
    await seams.page(body.message, {
      policy: POLICY,
      now: clock.now,
      read: (key: Key) => clock.call(life, () => at(key)),
      transact: (writes: readonly Write[]) => clock.call(life, () => commit(writes)),
      send: (request: PagerDutyRequest) => clock.call(life, () => pagerDuty(request)),
      trouble: async () => undefined,
      showAgain: async () => undefined,
    } as Parameters<typeof page>[1]);
  };

  const pagerDuty = ({ service, event }: PagerDutyRequest): PagerDutyResult => {
    const name = `${service} ${event.dedup_key}`;
    const incident = incidents.get(name) ?? { triggered: 0, state: 'resolved' as const };
    if (event.event_action === 'trigger' && incident.state === 'resolved')
      incidents.set(name, { triggered: incident.triggered + 1, state: 'open' });
    if (event.event_action === 'resolve' && incidents.has(name))
      incidents.set(name, { ...incident, state: 'resolved' });
    return random.chance(faults.rate)
      ? { outcome: 'unreachable', why: 'the answer was lost by the simulation' }
      : { outcome: 'accepted' };
  };

  // --- people --------------------------------------------------------------------------------------------------------------------
  const peopleLookAt = (finding: Finding) => {
    if (!story.hasPeople || finding.state === 'closed' || !random.chance(0.7)) return;
    const kind = random.pick<Word['kind']>(seams.resolvesElsewhere === 'yes' ? ELSEWHERE : WORDS);
    const by = random.pick(['ben@example.gov.uk', 'ada.lovelace', 'ada@example.gov.uk', 'unknown']);
    const via = kind === 'resolved-elsewhere' ? 'pagerduty' : 'slack';
    clock.plan(soon(20 * MINUTE_MS), () => {
      const word: Word = { id: `w-${finding.id}-${kind}`, finding: finding.id, kind, by, via, at: clock.now() };
      if (at(wordKey(LEDGER, word)) !== undefined) return;
      put(wordKey(LEDGER, word), word);
      words.push(word);
      if (kind === 'resolved-elsewhere') resolveInPagerDuty(finding.id);
      rejudge();
    });
  };
  /** Somebody resolves there what is open under the finding's key, in every service. */
  const resolveInPagerDuty = (id: string) => {
    const key = findingHistory.findLast((finding) => finding.id === id)?.dedupKey;
    for (const [name, incident] of incidents)
      if (name.endsWith(` ${key}`)) incidents.set(name, { ...incident, state: 'resolved' });
  };
  const decide = (approval: Approval) => {
    const { revokedAt, approvedAt = approval.requestedAt } = approval;
    const first: Approval = revokedAt === undefined ? approval : withoutRevocation(approval);
    const store = (value: Approval) => () => {
      put(requestKey(LEDGER, value.id), value);
      if (seams.rejudges === 'yes') rejudge();
    };
    clock.plan(approvedAt + random.below(MINUTE_MS), store(first));
    if (revokedAt !== undefined)
      clock.plan(Math.max(revokedAt, approvedAt + MINUTE_MS) + random.below(10 * MINUTE_MS), store(approval));
  };

  // --- sweep, and everything in its time -----------------------------------------------------------------------------------------
  const sweep = () => {
    if (seams.sweeps === 'no') return;
    const due = [...items.values()].filter(({ key }) => key.pk.startsWith('TIMER#')) as Stored<Timer>[];
    const now = clock.now();
    for (const timer of due.filter(({ value }) => value.dueAt <= now)) {
      if (timer.value.what === 'page' || timer.value.what === 'decide') rejudge();
      items.delete(nameOf(timer.key));
    }
    clock.start(
      (life) => tell(LEDGER, unsent(), consumeServices(life)),
      () => undefined,
    );
  };
  for (const approval of story.approvals) decide(approval);
  for (const record of story.records) {
    const copies = 1 + (random.chance(faults.rate) ? 1 : 0) + (random.chance(faults.rate) ? 1 : 0);
    for (let copy = 0; copy < copies; copy += 1) {
      const late = random.chance(0.2) ? HOUR_MS : 10 * MINUTE_MS;
      clock.plan(record.occurredAt + 5 * SECOND_MS + random.below(late), () =>
        receive('access', { records: [record] }, 1),
      );
    }
  }
  for (let minutes = 5; minutes <= 120; minutes += 5) clock.plan(minute(minutes), sweep);
  await clock.runUntil(minute(121));

  // --- healing -------------------------------------------------------------------------------------------------------------------
  faults.rate = 0;
  for (let tries = 0; tries < TRIES_OF_THE_SWEEP; tries += 1) {
    // A redrive has a rate; all at once would be a storm of pages, which is told in another way.
    if (seams.redrives === 'yes')
      for (const [index, { queue, body }] of dead.splice(0).entries())
        clock.plan(clock.now() + index * 20 * SECOND_MS, () => receive(queue, body, 1));
    clock.plan(clock.now() + 5 * MINUTE_MS, sweep);
    await clock.runUntil(clock.now() + 11 * MINUTE_MS);
    if (tries >= 5 && dead.length === 0 && unsent().length === 0) break;
  }
  return { story, items, findingHistory, words, slack, incidents, verdictsTold, dead: dead.length };
}

function withoutRevocation(approval: Approval): Approval {
  const { revokedAt: _, ...rest } = approval;
  return { ...rest, status: 'approved' };
}
