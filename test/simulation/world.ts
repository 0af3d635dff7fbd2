import { createHmac } from 'node:crypto';
import { type BatchServices, takeBatch } from '../../lambdas/access/batch.ts';
import { ledgerStoreOn } from '../../lambdas/access/ledger-store.ts';
import type { LedgerId } from '../../lambdas/core/access-event.ts';
import type { Approval } from '../../lambdas/core/approval.ts';
import type { Finding, Word } from '../../lambdas/core/finding.ts';
import type { Timer } from '../../lambdas/core/ledger-state.ts';
import type { PingWork, QueueMessage, VerdictMessage } from '../../lambdas/core/messages.ts';
import { newer } from '../../lambdas/core/telling/progress.ts';
import type { ToldInSlack } from '../../lambdas/core/telling/told.ts';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../../lambdas/core/time.ts';
import type { PagerDutyRequest, PagerDutyResult } from '../../lambdas/edge/pagerduty.ts';
import { spotsOf } from '../../lambdas/edge/slack-telling.ts';
import {
  findingKey,
  pinsKey,
  requestKey,
  SHARDS,
  sortable,
  timerPartition,
  toldKey,
  wordKey,
} from '../../lambdas/edge/table-keys.ts';
import { onPagerDuty } from '../../lambdas/on-pagerduty.ts';
import { page } from '../../lambdas/page.ts';
import { ping } from '../../lambdas/ping.ts';
import { type SweepServices, sweep } from '../../lambdas/sweep.ts';
import { minute, TEN } from '../support/ledger-records.ts';
import { randomOf } from './random.ts';
import { type Faults, type Life, scheduler } from './scheduler.ts';
import { simulatedSlack } from './slack.ts';
import { ADA, CAT, POLICY, type Story, storyOf } from './story.ts';
import { type SimulatedTable, simulatedTable, tableThrough } from './table.ts';

/** What people say. A resolve in PagerDuty is played only where it is asked for: see docs/proof.md, "Open". */
const WORDS = ['acknowledged', 'confirmed', 'not-genuine', 'it-was-me'] as const;
const ELSEWHERE = [...WORDS, 'resolved-elsewhere'] as const;
const WEBHOOK_SECRET = 'simulated';

const SHARD_NAMES = Array.from({ length: SHARDS }, (_, shard) => timerPartition(shard));

/** Findings about an outage of the table itself are not played: docs/proof.md, "What is simulated, and what is not". */
const SILENT_OUTAGE: BatchServices['outage'] = {
  undecided: async () => undefined,
  over: () => undefined,
  noted: async () => undefined,
};

const RECEIVES = 3;
const TRIES_OF_THE_SWEEP = 40;

/** What can be put in the place of the right thing, to see whether it would be noticed. */
export interface Seams {
  readonly takeBatch: typeof takeBatch;
  readonly ping: typeof ping;
  readonly page: typeof page;
  /** `ping`: the real function with all its words and turns. `showing`: what it comes to, many times as fast. */
  readonly tellsBy: 'ping' | 'showing';
  readonly services: (services: BatchServices) => BatchServices;
  /** Whether the table refuses a write whose condition does not hold. */
  readonly refuses: 'yes' | 'no';
  readonly sweeps: 'yes' | 'no';
  readonly redrives: 'yes' | 'no';
  readonly rejudges: 'yes' | 'no';
  readonly resolvesElsewhere: 'yes' | 'no';
}

export const RIGHT: Seams = {
  takeBatch,
  ping,
  page,
  tellsBy: 'showing',
  services: (right) => right,
  refuses: 'yes',
  sweeps: 'yes',
  redrives: 'yes',
  rejudges: 'yes',
  resolvesElsewhere: 'no',
};

export interface Outcome {
  readonly story: Story;
  readonly table: SimulatedTable;
  /** Every value that was ever stored of a finding, in order. */
  readonly findingHistory: readonly Finding[];
  readonly words: readonly Word[];
  /** Messages that Slack has, by their `ts`. */
  readonly slack: ReadonlyMap<string, unknown>;
  readonly incidents: ReadonlyMap<string, { readonly triggered: number; readonly state: 'open' | 'resolved' }>;
  readonly verdictsTold: ReadonlySet<string>;
  readonly dead: number;
}

type Body =
  | { readonly to: 'access'; readonly body: string }
  | { readonly to: 'ping' | 'page'; readonly body: PingWork };
interface Delivery {
  readonly what: Body;
  readonly receives: number;
}

/** Plays one seed from beginning to end: a story, faults, then healing without faults until nothing is left to do. */
export async function play(
  seed: number,
  faultRate: number,
  seams: Seams = RIGHT,
  story = storyOf(randomOf(seed)),
): Promise<Outcome> {
  // A thrown error is a value here, and its stack the dearest part of it.
  Error.stackTraceLimit = 0;
  const random = randomOf(seed ^ 0x5eed);
  const faults: Faults = { rate: faultRate };
  const clock = scheduler(random, faults, TEN);
  const findingHistory: Finding[] = [];
  const words: Word[] = [];
  const incidents = new Map<string, { triggered: number; state: 'open' | 'resolved' }>();
  const verdictsTold = new Set<string>();
  const dead: Body[] = [];
  const access: Delivery[] = [];
  const table = simulatedTable((key, value) => {
    if (key.sk.startsWith('FINDING#')) see(value as Finding);
  }, seams.refuses);
  const slack = simulatedSlack(clock, random, faults);
  const through = (life: Life) => tableThrough(table, (effect) => clock.call(life, effect));

  // --- queues and topic: late, twice, out of order, in batches, redelivered, dead ------------------------------------------------
  const soon = (within: number) => clock.now() + random.below(Math.max(1, within));
  const send = (what: Body, delayMs: number) => {
    const copies = random.chance(faults.rate) ? 2 : 1;
    for (let copy = 0; copy < copies; copy += 1) clock.plan(soon(delayMs), () => receive({ what, receives: 1 }));
  };
  const receive = (delivery: Delivery) => {
    if (delivery.what.to === 'access') {
      access.push(delivery);
      clock.plan(soon(5 * SECOND_MS), poll);
    } else {
      const run = delivery.what.to === 'page' ? onPage : onPing;
      const { body } = delivery.what;
      clock.start(
        (life) => run(body, life),
        (outcome) => (outcome === 'done' ? undefined : again(delivery)),
      );
    }
  };
  const again = ({ what, receives }: Delivery) => {
    if (receives < RECEIVES || faults.rate === 0)
      clock.plan(soon(MINUTE_MS), () => receive({ what, receives: receives + 1 }));
    else dead.push(what);
  };
  const poll = () => {
    const batch = access.splice(0, 1 + random.below(3));
    if (batch.length === 0) return;
    let failed: ReadonlyMap<string, unknown> = new Map();
    clock.start(
      async (life) => {
        failed = await seams.takeBatch(
          batch.map(({ what }, index) => ({ messageId: String(index), body: what.body as string })),
          seams.services(accessServices(life)),
        );
      },
      (outcome) =>
        batch.forEach((one, index) => {
          if (outcome !== 'done' || failed.has(String(index))) again(one);
        }),
    );
  };
  const publish = (message: VerdictMessage) => {
    for (const line of message.actions) verdictsTold.add(`${line.action} ${line.verdict}`);
    if (message.finding === undefined) return;
    send({ to: 'page', body: message }, 20 * SECOND_MS);
    send({ to: 'ping', body: message }, 20 * SECOND_MS);
  };
  const toAccess = (message: QueueMessage) => send({ to: 'access', body: JSON.stringify(message) }, 10 * SECOND_MS);
  const rejudge = (ledger: LedgerId) => {
    if (seams.rejudges === 'yes') toAccess({ twoEye: 'rejudge', ledger, because: 'somebody said something' });
  };
  const trouble = (channel: 'slack' | 'pagerduty', life: Life) => (message: VerdictMessage, why: string) =>
    clock.call(life, () => publish({ ...message, change: 'changed', trouble: { channel, why } }), 'The topic');

  // --- functions -----------------------------------------------------------------------------------------------------------------
  const accessServices = (life: Life): BatchServices => {
    const services = {
      policy: POLICY,
      now: clock.now,
      publish: (message: VerdictMessage) => clock.call(life, () => publish(message), 'The topic'),
      pause: async () => undefined,
      ...ledgerStoreOn(through(life)),
    };
    return { ...services, outage: SILENT_OUTAGE, count: () => undefined };
  };
  const onPing = (work: PingWork, life: Life) =>
    seams.tellsBy === 'ping' ? realPing(work, life) : clock.call(life, () => show(work), 'Slack');
  /** What Slack would show, without the words: for speed. */
  const show = (work: PingWork) => {
    if (!('change' in work) || !work.finding) return;
    for (const { key, channel } of spotsOf(work.finding, POLICY)) {
      const before = (table.at(key)?.value as ToldInSlack | undefined)?.message;
      const message = before ? newer(before, work) : work;
      const ts = `${key.pk} ${key.sk}`;
      if (message !== before) table.put(key, { ts, message });
      slack.messages.set(ts, { channel, text: '' });
    }
  };
  const realPing = (work: PingWork, life: Life) =>
    seams.ping(work, {
      policy: POLICY,
      now: clock.now,
      ...through(life),
      ...slack.through(life),
      later: (body, delayMs) => clock.call(life, () => laterPing(body, delayMs), 'The queue'),
      metric: () => undefined,
      trouble: trouble('slack', life),
    });
  const laterPing = (body: PingWork, delayMs: number) =>
    clock.plan(clock.now() + delayMs, () => receive({ what: { to: 'ping', body }, receives: 1 }));
  const onPage = (message: PingWork, life: Life) =>
    seams.page(message as VerdictMessage, {
      policy: POLICY,
      now: clock.now,
      ...through(life),
      send: (request) => clock.call(life, () => pagerDuty(request), 'PagerDuty'),
      trouble: trouble('pagerduty', life),
      showAgain: (body) => clock.call(life, () => send({ to: 'ping', body }, SECOND_MS), 'The queue'),
    });
  const onSweep = (life: Life) => {
    const own = through(life);
    const services: SweepServices = {
      policy: POLICY,
      now: clock.now,
      ...own,
      dueTimers: (at) =>
        clock.call(life, () =>
          SHARD_NAMES.flatMap((pk) => table.partition(pk, { upTo: `${sortable(at)}#\uffff` })).map(
            ({ value }) => value as Timer,
          ),
        ),
      readFinding: async (ledger, id) => (await own.read<Finding>(findingKey(ledger, id)))?.value,
      readActionLine: async () => undefined,
      rejudge: (message) => clock.call(life, () => toAccess(message), 'The queue'),
      toSlack: async () => undefined,
      toPing: (body) => clock.call(life, () => send({ to: 'ping', body }, SECOND_MS), 'The queue'),
      publish: (message) => clock.call(life, () => publish(message), 'The topic'),
      metric: () => undefined,
    };
    return sweep(services);
  };

  // --- PagerDuty -----------------------------------------------------------------------------------------------------------------
  const pagerDuty = ({ service, event }: PagerDutyRequest): PagerDutyResult => {
    const name = `${service} ${event.dedup_key}`;
    const incident = incidents.get(name) ?? { triggered: 0, state: 'resolved' as const };
    if (event.event_action === 'trigger' && incident.state === 'resolved') {
      incidents.set(name, { triggered: incident.triggered + 1, state: 'open' });
      clock.plan(soon(MINUTE_MS), () => webhook(service, event.dedup_key));
    }
    if (event.event_action === 'resolve' && incidents.has(name))
      incidents.set(name, { ...incident, state: 'resolved' });
    return random.chance(faults.rate)
      ? { outcome: 'unreachable', why: 'the answer was lost by the simulation' }
      : { outcome: 'accepted' };
  };
  const webhook = (service: string, incidentKey: string, tries = 0): void => {
    const occurredAt = new Date(clock.now()).toISOString();
    const data = { incident_key: incidentKey, service: { summary: service } };
    const event = { id: `${service}-${incidentKey}`, event_type: 'incident.triggered', occurred_at: occurredAt, data };
    const body = JSON.stringify({ event });
    const signature = `v1=${createHmac('sha256', WEBHOOK_SECRET).update(body).digest('hex')}`;
    clock.start(
      async (life) => {
        await onPagerDuty(
          { headers: { 'x-pagerduty-signature': signature }, body, isBase64Encoded: false },
          {
            policy: POLICY,
            now: clock.now,
            secrets: async () => [WEBHOOK_SECRET],
            ...through(life),
            enqueue: (message) => clock.call(life, () => toAccess(message), 'The queue'),
            showAgain: (shown) => clock.call(life, () => send({ to: 'ping', body: shown }, SECOND_MS), 'The queue'),
          },
        );
      },
      (outcome) => {
        if (outcome !== 'done' && tries < 10)
          clock.plan(soon(MINUTE_MS), () => webhook(service, incidentKey, tries + 1));
      },
    );
  };

  // --- people --------------------------------------------------------------------------------------------------------------------
  const see = (finding: Finding) => {
    if (!findingHistory.some(({ id }) => id === finding.id)) peopleLookAt(finding);
    findingHistory.push(finding);
  };
  const peopleLookAt = (finding: Finding) => {
    if (!story.hasPeople || finding.state === 'closed' || !random.chance(0.7)) return;
    const kind = random.pick<Word['kind']>(seams.resolvesElsewhere === 'yes' ? ELSEWHERE : WORDS);
    const by = random.pick(['ben@example.gov.uk', 'ada.lovelace', ADA, 'unknown']);
    const via = kind === 'resolved-elsewhere' ? 'pagerduty' : 'slack';
    clock.plan(clock.now() + MINUTE_MS + random.below(20 * MINUTE_MS), () => {
      const isShown = (table.at(toldKey(finding.id, 'slack'))?.value as { ts?: string } | undefined)?.ts !== undefined;
      const word: Word = { id: `w-${finding.id}-${kind}`, finding: finding.id, kind, by, via, at: clock.now() };
      if (!isShown || table.at(wordKey(finding.ledger, word)) !== undefined) return;
      table.put(wordKey(finding.ledger, word), word);
      words.push(word);
      if (kind === 'resolved-elsewhere') resolveInPagerDuty(finding.id);
      rejudge(finding.ledger);
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
    const ledger: LedgerId = `person:${approval.actor}`;
    const first: Approval = revokedAt === undefined ? approval : withoutRevocation(approval);
    const store = (value: Approval) => () => {
      table.put(requestKey(ledger, value.id), value);
      rejudge(ledger);
    };
    clock.plan(approvedAt + random.below(MINUTE_MS), store(first));
    if (revokedAt !== undefined)
      clock.plan(Math.max(revokedAt, approvedAt + MINUTE_MS) + random.below(10 * MINUTE_MS), store(approval));
  };
  const pinDown = () => {
    table.put(pinsKey, story.pins);
    for (const person of [ADA, CAT]) rejudge(`person:${person}`);
  };

  // --- sweep, and everything in its time -----------------------------------------------------------------------------------------
  const sweepOnce = () => {
    if (seams.sweeps === 'yes' && hasTimers(table, clock.now()))
      clock.start(
        async (life) => void (await onSweep(life)),
        () => undefined,
      );
  };
  for (const approval of story.approvals) decide(approval);
  for (const { from } of story.pins) clock.plan(from, pinDown);
  for (const [index, { body, record }] of story.events.entries()) {
    const copies = 1 + (random.chance(faults.rate) ? 1 : 0) + (random.chance(faults.rate) ? 1 : 0);
    for (let copy = 0; copy < copies; copy += 1) {
      const late = random.chance(0.2) ? HOUR_MS : 10 * MINUTE_MS;
      const at = (record?.occurredAt ?? minute(index)) + 5 * SECOND_MS + random.below(late);
      clock.plan(at, () => receive({ what: { to: 'access', body }, receives: 1 }));
    }
  }
  for (let minutes = 3; minutes <= 120; minutes += 3) clock.plan(minute(minutes), sweepOnce);
  await clock.runUntil(minute(121));

  // --- healing -------------------------------------------------------------------------------------------------------------------
  faults.rate = 0;
  for (let tries = 0; tries < TRIES_OF_THE_SWEEP; tries += 1) {
    // A redrive has a rate; all at once would be a storm of pages, which is told in another way.
    if (seams.redrives === 'yes')
      for (const [index, what] of dead.splice(0).entries())
        clock.plan(clock.now() + index * 20 * SECOND_MS, () => receive({ what, receives: 1 }));
    for (const minutes of [1, 5, 9]) clock.plan(clock.now() + minutes * MINUTE_MS, sweepOnce);
    await clock.runUntil(clock.now() + 11 * MINUTE_MS);
    if (tries >= 5 && dead.length === 0 && isQuiet(table, clock.now())) break;
  }
  const { messages } = slack;
  return { story, table, findingHistory, words, slack: messages, incidents, verdictsTold, dead: dead.length };
}

function hasTimers(table: SimulatedTable, now: number): boolean {
  return SHARD_NAMES.some((pk) => table.some(pk, (value) => (value as Timer).dueAt <= now));
}

/** Nothing is left to be told, and no timer is long due. */
function isQuiet(table: SimulatedTable, now: number): boolean {
  const unsent = table.items().some(({ key, members }) => key.sk === 'LEDGER#UNSENT' && members.length > 0);
  const due = table
    .items()
    .some(({ key, value }) => key.pk.startsWith('TIMER#') && (value as Timer).dueAt < now - 20 * MINUTE_MS);
  return !unsent && !due;
}

function withoutRevocation(approval: Approval): Approval {
  const { revokedAt: _, ...rest } = approval;
  return { ...rest, status: 'approved' };
}
