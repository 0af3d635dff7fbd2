import type { LedgerId } from './core/access-event.ts';
import { TwoEyeError } from './core/errors.ts';
import type { Finding } from './core/finding.ts';
import { holidaysEndAt } from './core/hours.ts';
import type { Timer } from './core/ledger-state.ts';
import type { DueWork, PingWork, QueueMessage, VerdictMessage } from './core/messages.ts';
import type { Division, Policy } from './core/policy.ts';
import { type IncidentNews, wordOf } from './core/telling/pagerduty-webhook.ts';
import type { IncidentMember, ToldIncident, ToldInSlack } from './core/telling/told.ts';
import { HOUR_MS, type Instant, isoOf, MINUTE_MS } from './core/time.ts';
import type { VerdictLine } from './core/verdict-line.ts';
import { now } from './edge/clock.ts';
import { compiledPolicy } from './edge/compiled-policy.ts';
import { readActionLine, readFinding } from './edge/finding-store.ts';
import { publish } from './edge/findings-topic.ts';
import { incidentKey } from './edge/incident-members.ts';
import { type Invocation, plainHandler, remainingMs } from './edge/lambda-shell.ts';
import { logError, logWarning } from './edge/log.ts';
import { writeMetric } from './edge/metric.ts';
import { enqueueAccess, enqueuePing, enqueueSlack } from './edge/queues.ts';
import { spotsOf } from './edge/slack-telling.ts';
import { read, readPartition, transact } from './edge/table.ts';
import { stateKey, timerKey, toldKey } from './edge/table-keys.ts';
import { dueTimers } from './edge/timer-store.ts';
import { writeWord } from './edge/word-writing.ts';
import { checkTriggered } from './sweep/pages.ts';

export interface SweepServices {
  readonly policy: Policy;
  readonly now: () => Instant;
  readonly dueTimers: typeof dueTimers;
  readonly readFinding: (ledger: LedgerId, finding: string) => Promise<Finding | undefined>;
  readonly readActionLine: (ledger: LedgerId, action: string) => Promise<VerdictLine | undefined>;
  readonly read: typeof read;
  readonly readPartition: typeof readPartition;
  readonly transact: typeof transact;
  readonly rejudge: (message: QueueMessage) => Promise<void>;
  readonly toSlack: (work: DueWork) => Promise<void>;
  readonly toPing: (work: PingWork) => Promise<void>;
  readonly publish: (message: VerdictMessage) => Promise<void>;
  readonly metric: typeof writeMetric;
}

/** So many timers of each of the eight partitions a minute: what is left is due the next minute. */
const MOST_TIMERS = 200;
const AT_ONCE = 16;
const DAY_MS = 24 * HOUR_MS;

/** What AWS calls, every minute. */
export const handler = plainHandler(buildServices, (_event: unknown, services, invocation) =>
  sweep(services, invocation),
);

/** On a cold start. */
function buildServices(): SweepServices {
  return {
    policy: compiledPolicy(),
    now,
    dueTimers,
    readFinding,
    readActionLine,
    read,
    readPartition,
    transact,
    rejudge: enqueueAccess,
    toSlack: enqueueSlack,
    toPing: (work) => enqueuePing(work, 0),
    publish,
    metric: writeMetric,
  };
}

/**
 * Looks at every timer that is due and hands it on; only then removes it, so that a crash between the two hands it on twice and never
 * not at all. One that fails is logged and stays due; the others go on. Throws at the end when any failed, so that it is seen.
 */
export async function sweep(
  services: SweepServices,
  invocation: Invocation = {},
): Promise<{ readonly handed: number }> {
  const due = await services.dueTimers(services.now(), MOST_TIMERS);
  const outcomes: ('handed' | 'failed')[] = [];
  for (let from = 0; from < due.length && remainingMs(invocation) > 10_000; from += AT_ONCE) {
    outcomes.push(...(await Promise.all(due.slice(from, from + AT_ONCE).map((timer) => tryToHandOn(timer, services)))));
  }
  await warnOfHolidays(services);
  const failed = outcomes.filter((outcome) => outcome === 'failed').length;
  if (failed > 0) {
    throw new TwoEyeError('dependency_failed', `${failed} of ${due.length} timers could not be handed on.`);
  }
  return { handed: outcomes.length };
}

async function tryToHandOn(timer: Timer, services: SweepServices): Promise<'handed' | 'failed'> {
  try {
    await handOn(timer, services);
    return 'handed';
  } catch (thrown) {
    logError('A timer could not be handed on and stays due.', thrown, { what: timer.what, id: timer.id });
    return 'failed';
  }
}

async function handOn(timer: Timer, services: SweepServices): Promise<void> {
  const next = await act(timer, services);
  const key = timerKey(timer);
  if (next === undefined) await services.transact([{ write: 'remove', key }]);
  else
    await services.transact([
      { write: 'remove', key },
      { write: 'put', key: timerKey(next), value: next },
    ]);
}

/** Does what a timer stands for; gives the timer that follows it, if there is more to look at later. */
async function act(timer: Timer, services: SweepServices): Promise<Timer | undefined> {
  switch (timer.what) {
    case 'remind':
    case 'lapse':
    case 'pin-over':
      await services.toSlack({ twoEye: 'due', timer });
      return undefined;
    case 'delivered':
      return checkDelivered(timer, services);
    case 'triggered':
      return checkTriggered(timer, services);
    case 'still-acknowledged':
      return checkAcknowledged(timer, services);
    case 'storm-word':
      return sayInStorm(timer, services);
    default:
      await services.rejudge({ twoEye: 'rejudge', ledger: timer.about as LedgerId, because: `timer: ${timer.what}` });
      return undefined;
  }
}

/** A finding that Slack does not show is published again: from five minutes on, then less and less often, for as long as it is not told. */
async function checkDelivered(timer: Timer, services: SweepServices): Promise<Timer | undefined> {
  const finding = await services.readFinding(timer.about as LedgerId, timer.id);
  if (finding?.cause === 'undecided') return tellOutageAgain(finding, services);
  const told = await toldOf(timer.id, finding, services);
  const isTold = told.length > 0 && told.every(isSettled);
  if (isTold) return undefined;
  // Somebody who waits for a turn that is reserved has not been forgotten.
  const waiting = told.find((each) => each?.slotAt !== undefined && each.slotAt > services.now());
  if (waiting?.slotAt !== undefined) return { ...timer, dueAt: waiting.slotAt + MINUTE_MS };
  const message = told.find((each) => each !== undefined)?.message ?? (await messageOf(timer, finding, services));
  if (!message) return undefined;
  logWarning('A finding is not told in Slack yet; it is published again.', { finding: timer.id });
  await services.publish({ ...message, change: 'changed' });
  const firstAt = told.find((each) => each !== undefined)?.firstAt ?? finding?.openedAt ?? timer.dueAt;
  const nextAt = services.now() + Math.min(HOUR_MS, Math.max(2 * MINUTE_MS, services.now() - firstAt));
  // On whole minutes: what two sweeps plan that overlap becomes one timer again.
  return { ...timer, dueAt: Math.ceil(nextAt / MINUTE_MS) * MINUTE_MS };
}

/** Nothing is noted of what was told of an outage: that it is over is told once more, after whatever was still under way. */
async function tellOutageAgain(finding: Finding, services: SweepServices): Promise<undefined> {
  await services.publish({ version: 1, change: 'changed', finding, actions: [], policy: services.policy.hash });
}

function isSettled(told: ToldInSlack | undefined): boolean {
  return told?.ts !== undefined || told?.moot === 'yes' || told?.listed === 'yes';
}

async function toldOf(
  id: string,
  finding: Finding | undefined,
  services: SweepServices,
): Promise<readonly (ToldInSlack | undefined)[]> {
  const first = (await services.read<ToldInSlack>(toldKey(id, 'slack')))?.value;
  const known = finding ?? first?.message.finding;
  if (!known) return [first];
  return Promise.all(
    spotsOf({ id, team: known.team }, services.policy).map(
      async ({ key }) => (await services.read<ToldInSlack>(key))?.value,
    ),
  );
}

async function messageOf(
  timer: Timer,
  finding: Finding | undefined,
  services: SweepServices,
): Promise<VerdictMessage | undefined> {
  if (!finding) return undefined;
  const line = await services.readActionLine(timer.about as LedgerId, finding.action);
  return { version: 1, change: 'changed', finding, actions: line ? [line] : [], policy: services.policy.hash };
}

/** In hand for a day and not closed: said again, every day. */
async function checkAcknowledged(timer: Timer, services: SweepServices): Promise<Timer | undefined> {
  const finding = await services.readFinding(timer.about as LedgerId, timer.id);
  const message = await messageOf(timer, finding, services);
  if (!finding || !message || finding.state !== 'acknowledged') return undefined;
  const since = finding.words.find(({ kind }) => kind === 'acknowledged')?.at ?? finding.openedAt;
  const days = Math.max(1, Math.floor((services.now() - since) / DAY_MS));
  await services.publish({ ...message, reminder: { days } });
  return { ...timer, dueAt: since + (days + 1) * DAY_MS };
}

const MEMBERS_A_SWEEP = 100;

/** Says a word on the findings of a storm's incident, so many a minute, until every one that is open has it. */
async function sayInStorm(timer: Timer, services: SweepServices): Promise<Timer | undefined> {
  const { news, incident, after } = JSON.parse(timer.about) as { news: IncidentNews; incident: string; after?: string };
  const told = (await services.read<ToldIncident>(incidentKey(incident)))?.value;
  if (!told) return undefined;
  const all = await services.readPartition<IncidentMember>(toldKey(incident, '').pk, { prefix: 'member#' });
  const rest = all.filter(({ key }) => after === undefined || key.sk > after);
  const now = rest.slice(0, MEMBERS_A_SWEEP);
  for (const { value: member } of now) {
    const word = member.state === 'open' ? wordOf(news, told, member.finding) : undefined;
    if (!word) continue;
    await writeWord(member.ledger, word, news.incidentKey, services);
    await services.rejudge({ twoEye: 'rejudge', ledger: member.ledger, because: `${word.kind} in PagerDuty` });
  }
  const last = now.at(-1);
  if (rest.length <= now.length || !last) return undefined;
  return {
    ...timer,
    about: JSON.stringify({ news, incident, after: last.key.sk }),
    id: `${news.id}#${last.key.sk}`,
  };
}

const HOLIDAYS_WARNING_MS = 60 * DAY_MS;

/**
 * Past the end of the known bank holidays every day is out of hours: cyber is told once a week from sixty days before, and a metric lets an
 * alarm say so too.
 */
async function warnOfHolidays(services: SweepServices): Promise<void> {
  const { policy } = services;
  const all = [policy.cyber, ...Object.values(policy.teams)].flatMap(({ hours }) => hours.holidays ?? []);
  for (const division of new Set<Division>(all)) {
    const endAt = holidaysEndAt(division);
    const daysLeft = Math.max(0, Math.floor((endAt - services.now()) / DAY_MS));
    services.metric('BankHolidaysKnownDays', daysLeft, 'Count', { Division: division }, services.now());
    if (endAt - services.now() > HOLIDAYS_WARNING_MS) continue;
    const id = `holidays-${division}-${Math.floor(services.now() / (7 * DAY_MS))}`;
    const said = await services.transact([
      { write: 'put', key: stateKey(`sweep#${id}`), value: { at: services.now() }, version: 0 },
    ]);
    if (said.outcome === 'conflict') continue;
    const text = `The bank holidays of ${division} are known until ${isoOf(endAt).slice(0, 10)}; from then on every day counts as out of hours, and pages. Run "npm run holidays:update" and deploy.`;
    logWarning(text, { holidays: division });
    await services.toPing({ twoEye: 'notice', channel: policy.cyber.channel, id, text });
  }
}
