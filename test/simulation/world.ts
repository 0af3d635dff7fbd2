import type { BatchServices } from '../../lambdas/access/batch.ts';
import { ledgerStoreOn } from '../../lambdas/access/ledger-store.ts';
import { type Outage, outageOf } from '../../lambdas/access/outage.ts';
import type { LedgerId } from '../../lambdas/core/access-event.ts';
import type { Approval } from '../../lambdas/core/approval.ts';
import type { Finding } from '../../lambdas/core/finding.ts';
import type { Timer } from '../../lambdas/core/ledger-state.ts';
import type { DueWork, PingWork, QueueMessage, VerdictMessage } from '../../lambdas/core/messages.ts';
import type { SlackJob } from '../../lambdas/core/slack-job.ts';
import { newer } from '../../lambdas/core/telling/progress.ts';
import type { ToldInSlack } from '../../lambdas/core/telling/told.ts';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../../lambdas/core/time.ts';
import { actions } from '../../lambdas/core/wording/blocks.ts';
import { findingButtons } from '../../lambdas/core/wording/finding-message.ts';
import type { ShownOutages } from '../../lambdas/edge/outage-telling.ts';
import { slackPeopleOn } from '../../lambdas/edge/slack-people.ts';
import { spotsOf } from '../../lambdas/edge/slack-telling.ts';
import { eventKey, findingKey, SHARDS, sortable, timerPartition } from '../../lambdas/edge/table-keys.ts';
import { slackWorkServices } from '../../lambdas/slack/services.ts';
import { type SweepServices, sweep } from '../../lambdas/sweep.ts';
import { minute, TEN } from '../support/ledger-records.ts';
import { simulatedAskers } from './asking/askers.ts';
import { simulatedClient } from './asking/client.ts';
import { storeTable } from './asking/store-table.ts';
import type { Outcome } from './outcome.ts';
import { simulatedPagerDuty } from './pagerduty.ts';
import { isShownIn, type People, simulatedPeople } from './people.ts';
import { type Random, randomOf } from './random.ts';
import { type Faults, type Life, scheduler, type Trace } from './scheduler.ts';
import { RIGHT, type Seams } from './seams.ts';
import { simulatedSlack } from './slack.ts';
import { POLICY, type Story, storyOf } from './story.ts';
import { type SimulatedTable, simulatedTable, tableThrough } from './table.ts';
import type { ActionItem } from './whole-story.ts';

const SHARD_NAMES = Array.from({ length: SHARDS }, (_, shard) => timerPartition(shard));

/** So many times a message is received before it is dead: ten, as deployed, of what people did; of the others fewer, that more of them die. */
const RECEIVES: Readonly<Record<Body['to'], number>> = { access: 3, ping: 3, page: 3, slack: 10 };
/** Faults end here: from then on everything must come right. */
const HEALS_AT = minute(121);
/** So long it has for that, with nothing that takes as long. */
const HEALING_MS = 4 * HOUR_MS;
/** The scheduler runs every minute; every third is as good a story. */
const SWEEP_MS = 3 * MINUTE_MS;

/** In one seed of so many a neighbour is away for a while, and outages of the table are told; in one of so many people act in Slack. */
const OUTAGES_EVERY = 8;
const ASKS_EVERY = 10;
/** One seed of forty tells by the real `ping`; in half of them people act in Slack too. */
const PINGS_OF = 80;
const PINGS: ReadonlySet<number> = new Set([0, 43]);

export interface Play {
  readonly seed: number;
  /** Probability that a call to a neighbour goes wrong. */
  readonly rate: number;
  readonly seams?: Seams;
  /** The seed's own unless it is being shrunk. */
  readonly story?: Story;
  readonly trace?: Trace;
}

type Body =
  | { readonly to: 'access'; readonly body: string }
  | { readonly to: 'slack'; readonly body: SlackJob | DueWork }
  | { readonly to: 'ping' | 'page'; readonly body: PingWork };
interface Delivery {
  readonly what: Body;
  readonly receives: number;
}

/** Plays one seed from beginning to end: a story, faults, then healing without faults until nothing is left to do. */
export async function play({ seed, rate, seams = RIGHT, trace, ...over }: Play): Promise<Outcome> {
  // A thrown error is a value here, and its stack the dearest part of it.
  Error.stackTraceLimit = 0;
  const story = over.story ?? storyOf(seed);
  const random = randomOf(seed ^ 0x5eed);
  const hasOutages = seed % OUTAGES_EVERY === 1;
  const faults: Faults = hasOutages ? { rate, isAway: awayOf(randomOf(seed ^ 0xa3a7)) } : { rate };
  const clock = scheduler(random, faults, TEN, trace);
  const actsBySlack = seams.actBy === 'either' ? seed % ASKS_EVERY === 3 : seams.actBy === 'asking';
  const tellsByPing = seams.tellsBy === 'either' ? PINGS.has(seed % PINGS_OF) : seams.tellsBy === 'ping';
  const findingHistory: Finding[] = [];
  const requestHistory: Approval[] = [];
  const seen = new Set<string>();
  const verdictsTold = new Set<string>();
  const toldUnrecorded: string[] = [];
  const undecided = { untold: new Set<string>(), told: new Set<string>(), notYet: new Set<string>() };
  const dead: Body[] = [];
  const access: Delivery[] = [];
  const spentTwice = new Set<string>();
  const table = simulatedTable(
    (key, value) => {
      if (key.sk.startsWith('FINDING#')) see(value as Finding);
      if (key.sk.startsWith('REQUEST#')) requestHistory.push(value as Approval);
      if (key.pk.startsWith('TIMER#')) sweepAt((value as Timer).dueAt);
    },
    (writes) => {
      const judged = new Set(writes.flatMap(({ key }) => (key.sk.startsWith('ACTION#') ? [key.pk] : [])));
      for (const ledger of judged) for (const one of doubleSpends(ledger, table)) spentTwice.add(one);
    },
    seams.refuses,
  );
  const slack = simulatedSlack(clock, random, faults);
  const through = (life: Life) => tableThrough(table, (effect, what) => clock.call(life, effect, 'The table', what));

  // --- queues and topic: late, twice, out of order, in batches, redelivered, dead ------------------------------------------------
  const soon = (within: number) => clock.now() + random.below(Math.max(1, within));
  const send = (what: Body, delayMs: number) => {
    const copies = random.chance(faults.rate) ? 2 : 1;
    for (let copy = 0; copy < copies; copy += 1) arrive(soon(delayMs), what);
  };
  const arrive = (at: number, what: Body) => clock.plan(at, () => receive({ what, receives: 1 }));
  const receive = (delivery: Delivery) => {
    if (delivery.what.to === 'access') {
      access.push(delivery);
      clock.plan(soon(5 * SECOND_MS), poll);
      return;
    }
    const { what } = delivery;
    clock.start(
      what.to,
      (life) => {
        if (what.to === 'slack') return onSlackWork(what.body, life);
        return what.to === 'page' ? onPage(what.body, life) : onPing(what.body, life);
      },
      (outcome) => (outcome === 'done' ? undefined : again(delivery)),
    );
  };
  const again = ({ what, receives }: Delivery) => {
    const isDead = receives >= RECEIVES[what.to] && faults.rate > 0;
    clock.note(() => `  ${inShort(what)} ${isDead ? 'is dead' : 'comes again'}`);
    if (isDead) dead.push(what);
    else clock.plan(soon(MINUTE_MS), () => receive({ what, receives: receives + 1 }));
  };
  const poll = () => {
    const batch = access.splice(0, 1 + random.below(3));
    if (batch.length === 0) return;
    let failed: ReadonlyMap<string, unknown> = new Map();
    const process = (random.chance(0.9) ? idle.pop() : undefined) ?? newProcess();
    clock.start(
      'on-access',
      async (life) => {
        process.life = life;
        clock.note(() => `  ${life.name} has ${batch.map(({ what }) => inShort(what)).join(', ')}`);
        failed = await seams.takeBatch(
          batch.map(({ what }, index) => ({ messageId: String(index), body: what.body as string })),
          seams.services(accessServices(life, process)),
        );
      },
      (outcome) => {
        if (outcome !== 'died') idle.push(process);
        batch.forEach((one, index) => {
          if (outcome !== 'done' || failed.has(String(index))) again(one);
        });
      },
    );
  };
  /** What lives on between two runs of `on-access` on one machine. */
  interface Process {
    readonly outage: Outage;
    life?: Life;
  }
  const idle: Process[] = [];
  const newProcess = (): Process => {
    const services = () => base(process.life as Life);
    const outage = outageOf(
      seams.outage({
        policy: POLICY,
        now: clock.now,
        publish: (message) => services().publish(message),
        note: (finding) => services().toAccess({ twoEye: 'outage', finding }),
      }),
    );
    const process: Process = { outage: { ...outage, undecided: claiming(outage) } };
    return process;
  };
  const claiming =
    (outage: Outage): Outage['undecided'] =>
    async (records, since) => {
      if (!hasOutages) return;
      await outage.undecided(records, since);
      for (const { key } of records) if (!undecided.told.has(key)) undecided.untold.add(key);
    };
  const publish = (message: VerdictMessage) => {
    for (const line of message.actions) verdictsTold.add(`${line.action} ${line.verdict}`);
    const { finding } = message;
    if (finding && finding.cause !== 'undecided' && !table.at(findingKey(finding.ledger, finding.id)))
      toldUnrecorded.push(finding.id);
    if (tellsByPing) send({ to: 'ping', body: message }, 20 * SECOND_MS);
    if (message.finding === undefined) return;
    if (message.finding.cause === 'undecided') for (const key of message.finding.keys ?? []) undecided.told.add(key);
    send({ to: 'page', body: message }, 20 * SECOND_MS);
    if (!tellsByPing) send({ to: 'ping', body: message }, 20 * SECOND_MS);
  };
  const toAccess = (message: QueueMessage) => send({ to: 'access', body: JSON.stringify(message) }, 10 * SECOND_MS);
  const rejudge = (ledger: LedgerId) => {
    if (seams.rejudges === 'yes') toAccess({ twoEye: 'rejudge', ledger, because: 'somebody said something' });
  };

  // --- functions -----------------------------------------------------------------------------------------------------------------
  const base = (life: Life) => ({
    policy: POLICY,
    now: clock.now,
    ...through(life),
    publish: (message: VerdictMessage) =>
      clock.call(
        life,
        () => publish(message),
        'The topic',
        () => `publishes ${messageInWords(message)}`,
      ),
    toPing: (body: PingWork) => clock.call(life, () => send({ to: 'ping', body }, SECOND_MS), 'The queue'),
    toAccess: (message: QueueMessage) =>
      clock.call(
        life,
        () => toAccess(message),
        'The queue',
        () => `enqueues ${JSON.stringify(message)}`,
      ),
    metric: () => undefined,
  });
  const trouble = (channel: 'slack' | 'pagerduty', life: Life) => (message: VerdictMessage, why: string) =>
    base(life).publish({ ...message, change: 'changed', trouble: { channel, why } });
  const accessServices = (life: Life, { outage }: Process): BatchServices => ({
    policy: POLICY,
    now: clock.now,
    publish: base(life).publish,
    pause: async () => undefined,
    ...ledgerStoreOn(through(life)),
    outage,
    count: () => undefined,
  });
  const onPing = (work: PingWork, life: Life) =>
    tellsByPing || ('finding' in work && work.finding?.cause === 'undecided')
      ? realPing(work, life)
      : clock.call(
          life,
          () => show(work),
          'Slack',
          () => `shows ${'change' in work ? messageInWords(work) : work.twoEye}`,
        );
  /** What Slack would show, without the words: for speed. */
  const show = (work: PingWork) => {
    if (!('change' in work) || !work.finding) return;
    for (const { key, channel } of spotsOf(work.finding, POLICY)) {
      const before = (table.at(key)?.value as ToldInSlack | undefined)?.message;
      const message = before ? newer(before, work) : work;
      const ts = `${key.pk} ${key.sk}`;
      if (message !== before) table.put(key, { ts, message });
      if (message !== before)
        slack.place(ts, channel, actsBySlack ? actions(...findingButtons(message.finding ?? work.finding)) : []);
    }
  };
  const shownOutages: ShownOutages = new Map();
  const realPing = (work: PingWork, life: Life) =>
    seams.ping(work, {
      ...base(life),
      ...slack.through(life),
      later: (body, delayMs) => clock.call(life, () => laterPing(body, delayMs), 'The queue'),
      trouble: trouble('slack', life),
      shownOutages,
    });
  const laterPing = (body: PingWork, delayMs: number) => arrive(clock.now() + delayMs, { to: 'ping', body });
  const onPage = (message: PingWork, life: Life) => {
    const { toPing, ...services } = base(life);
    return seams.page(message as VerdictMessage, {
      ...services,
      send: (request) =>
        clock.call(
          life,
          () => pagerDuty.send(request),
          'PagerDuty',
          () => `sends ${request.service} ${request.event.event_action} ${request.event.dedup_key}`,
        ),
      trouble: trouble('pagerduty', life),
      showAgain: toPing,
    });
  };
  const onSlackWork = (work: SlackJob | DueWork, life: Life): Promise<void> => {
    const { post, update, find, call } = slack.through(life);
    const { toAccess: enqueueAccess } = base(life);
    // Kept for a minute in a process, which is here as long as a run.
    const { standingOf, membersOf } = slackPeopleOn(call, clock.now);
    const ofSlack = { callSlack: call, postMessage: post, updateMessage: update, findMessage: find };
    const neighbours = { policy: POLICY, now: clock.now, ...ofSlack, standingOf, membersOf, enqueueAccess };
    return seams.slackWork(work, slackWorkServices(neighbours, storeTable(through(life))));
  };
  const onSweep = async (life: Life): Promise<void> => {
    const { toAccess: rejudges, ...services } = base(life);
    const right: SweepServices = {
      ...services,
      dueTimers: (at) =>
        clock.call(
          life,
          () => dueAt(at),
          'The table',
          () => 'reads the timers that are due',
        ),
      readFinding: async (ledger, id) => (await services.read<Finding>(findingKey(ledger, id)))?.value,
      readActionLine: async () => undefined,
      rejudge: rejudges,
      toSlack: (work) =>
        clock.call(
          life,
          () => send({ to: 'slack', body: work }, SECOND_MS),
          'The queue',
          () => `enqueues ${JSON.stringify(work)}`,
        ),
    };
    await sweep(seams.sweep(right));
  };
  const dueAt = (at: number): readonly Timer[] => {
    const range = { upTo: `${sortable(at)}#\uffff` };
    return SHARD_NAMES.flatMap((pk) => table.partition(pk, range)).map(({ value }) => value as Timer);
  };

  // --- neighbours and people -----------------------------------------------------------------------------------------------------
  const pagerDuty = simulatedPagerDuty(clock, random, faults, (life) => {
    const { toAccess: enqueue, toPing: showAgain, ...services } = base(life);
    return { ...services, enqueue, showAgain };
  });
  const { resolveByHand } = pagerDuty;
  const jobs: SlackJob[] = [];
  const client = simulatedClient(clock, random, {
    workspace: slack.workspace,
    onSlack: seams.onSlack,
    services: (life) => ({ policy: POLICY, now: clock.now, slack: slack.through(life).light }),
    enqueue: (job, life) =>
      clock.call(
        life,
        () => {
          jobs.push(job);
          send({ to: 'slack', body: job }, SECOND_MS);
        },
        'The queue',
        () => `enqueues ${JSON.stringify(job)}`,
      ),
  });
  const people: People = actsBySlack
    ? simulatedAskers(clock, random, story, { table, client, jobs, resolveByHand })
    : simulatedPeople(clock, random, story, {
        table,
        rejudge,
        resolveByHand,
        isShown: (finding) => isShownIn(table, finding),
      });
  const see = (finding: Finding) => {
    findingHistory.push(finding);
    if (finding.cause === 'undecided' && finding.closedAs === 'matched-later')
      for (const key of finding.keys ?? []) if (!table.at(eventKey(key))) undecided.notYet.add(key);
    if (seen.has(finding.id)) return;
    seen.add(finding.id);
    people.lookAt(finding);
  };

  // --- sweep: it runs when something is due, for a sweep that finds nothing does nothing -------------------------------------------
  const sweeps = new Set<number>();
  const sweepAt = (at: number) => {
    const next = Math.ceil(Math.max(at, clock.now() + 1) / SWEEP_MS) * SWEEP_MS;
    if (seams.sweeps === 'no' || sweeps.has(next)) return;
    sweeps.add(next);
    clock.plan(next, () => {
      if (dueAt(clock.now()).length > 0) clock.start('sweep', onSweep, sweepIfDue);
    });
  };
  const sweepIfDue = () => {
    if (dueAt(clock.now()).length > 0) sweepAt(clock.now());
  };

  // --- everything in its time ----------------------------------------------------------------------------------------------------
  people.begin();
  for (const [index, { body, late, record, within: most }] of story.events.entries()) {
    // What the bus never brings is found by reconciliation; and now and then what it did bring, too.
    const isMissed = late !== undefined && random.chance(0.03);
    const copies = isMissed ? 0 : 1 + (random.chance(faults.rate) ? 1 : 0) + (random.chance(faults.rate) ? 1 : 0);
    for (let copy = 0; copy < copies; copy += 1) {
      const within = most ?? (random.chance(0.2) ? HOUR_MS : 10 * MINUTE_MS);
      const at = (record?.occurredAt ?? minute(index)) + 5 * SECOND_MS + random.below(within);
      arrive(at, { to: 'access', body });
    }
    if (late !== undefined && (isMissed || random.chance(0.1)))
      arrive(minute(index) + HOUR_MS + random.below(HOUR_MS / 4), { to: 'access', body: late });
  }
  // An archive that is played again brings everything that the bus brought, in any order.
  if (random.chance(0.05))
    for (const { body, late } of story.events)
      if (late !== undefined) {
        const again = JSON.stringify({ ...JSON.parse(body), 'replay-name': 'the-simulation' });
        arrive(minute(90) + random.below(10 * MINUTE_MS), { to: 'access', body: again });
      }
  await clock.runUntil(HEALS_AT);

  // --- healing -------------------------------------------------------------------------------------------------------------------
  clock.note(() => 'from here on nothing goes wrong');
  faults.rate = 0;
  // A redrive has a rate; all at once would be a storm of pages, which is told in another way.
  if (seams.redrives === 'yes')
    for (const [index, what] of dead.splice(0).entries()) arrive(clock.now() + index * 20 * SECOND_MS, what);
  await clock.runUntil(HEALS_AT + HEALING_MS);
  return {
    story,
    table,
    findingHistory,
    words: people.words(),
    approvals: people.approvals(),
    pins: people.pins(),
    requestHistory,
    jobs: people.jobs,
    wrongClicks: client.wrongs,
    workspace: slack.workspace,
    slack: slack.messages,
    tellsByPing,
    actsBySlack,
    incidents: pagerDuty.incidents,
    verdictsTold,
    spentTwice,
    toldUnrecorded,
    undecided,
    dead: dead.length,
    endedAt: clock.now(),
  };
}

const TROUBLES = ['The table', 'The table', 'The topic', 'Slack', 'PagerDuty', 'PagerDuty, in maintenance'] as const;

/** For some minutes all calls to one neighbour fail, or PagerDuty takes triggers and opens nothing. */
function awayOf(random: Random): NonNullable<Faults['isAway']> {
  const away = random.pick(TROUBLES);
  const from = minute(random.below(40));
  const until = from + (1 + random.below(40)) * MINUTE_MS;
  return (neighbour, at) => neighbour === away && at >= from && at < until;
}

function doubleSpends(ledger: string, table: SimulatedTable): readonly string[] {
  const actions = table.partition(ledger, { prefix: 'ACTION#' }).map(({ value }) => value as ActionItem);
  const spent = actions.flatMap(({ line, superseded }) =>
    line.approval !== undefined && superseded === undefined ? [`${line.approval} on ${line.target}`] : [],
  );
  return spent.filter((one, index) => spent.indexOf(one) !== index);
}

function messageInWords({ change, finding, actions }: VerdictMessage): string {
  const about = finding && `${finding.id} ${finding.state} ${finding.urgency}`;
  return [change, about, ...actions.map(({ action, verdict }) => `${action} ${verdict}`)].filter(Boolean).join(', ');
}

function inShort({ to, body }: Body): string {
  if (to === 'slack') return JSON.stringify(body);
  if (to !== 'access') return `${to}: ${'change' in body ? messageInWords(body) : body.twoEye}`;
  return /"eventID":"([^"]+)"/.exec(body)?.[1] ?? body;
}
