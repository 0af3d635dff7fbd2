import { TwoEyeError } from './core/errors.ts';
import type { Finding } from './core/finding.ts';
import type { PingWork, VerdictMessage } from './core/messages.ts';
import { incidentOf } from './core/telling/told.ts';
import { SECOND_MS } from './core/time.ts';
import { type Message, section } from './core/wording/blocks.ts';
import { escaped } from './core/wording/escape.ts';
import { closingMessage } from './core/wording/finding-message.ts';
import { tellApprovals } from './edge/approval-telling.ts';
import { now } from './edge/clock.ts';
import { compiledPolicy } from './edge/compiled-policy.ts';
import { publish } from './edge/findings-topic.ts';
import { sqsHandler } from './edge/lambda-shell.ts';
import { writeMetric } from './edge/metric.ts';
import { newestOf, type OutageSlackServices, showOutage } from './edge/outage-telling.ts';
import { enqueuePing } from './edge/queues.ts';
import { findMessage, postMessage, updateMessage } from './edge/slack.ts';
import {
  type Spot,
  sayOnce,
  spotsOf,
  type TellingServices,
  tellFinding,
  tellInThread,
  tellSummary,
} from './edge/slack-telling.ts';
import { whenSlackFails } from './edge/slack-trouble.ts';
import { read, transact } from './edge/table.ts';
import { stateKey, toldKey } from './edge/table-keys.ts';
import { topicMessage } from './edge/topic-message.ts';

export type PingServices = TellingServices & Pick<OutageSlackServices, 'shownOutages'>;

/** What AWS calls: messages of the verdicts topic, and what `ping` sent back to itself until its turn. */
export const handler = sqsHandler(buildServices, async ({ body }, services) =>
  ping(topicMessage<PingWork>(body), services),
);

/** On a cold start. */
function buildServices(): PingServices {
  return {
    policy: compiledPolicy(),
    now,
    read,
    transact,
    post: postMessage,
    update: updateMessage,
    find: findMessage,
    later: enqueuePing,
    metric: writeMetric,
    trouble: (message, why) => publish({ ...message, change: 'changed', trouble: { channel: 'slack', why } }),
  };
}

/**
 * For every message: brings Slack up to what it says. Saying it twice is saying it once. Throws `dependency_failed` when Slack fails,
 * so that the queue delivers it again.
 */
export async function ping(work: PingWork, services: PingServices): Promise<void> {
  if ('twoEye' in work) return settled([await own(work, services)]);
  if (work.trouble?.channel === 'slack') return;
  if (work.finding?.cause === 'undecided') return showOutage(await newestOf(work.finding, services), services);
  // A request's message that cannot be changed must not keep the finding from being told: it fails at the end.
  const uses = await Promise.allSettled(
    work.actions
      .slice(0, 1)
      .filter(isShown)
      .map((line) => tellApprovals(line, services)),
  );
  const { finding } = work;
  if (finding && !(await waitsForPage(work, finding, services))) await tellSpots(work, finding, services);
  const failed = uses.find(({ status }) => status === 'rejected');
  if (failed?.status === 'rejected') throw failed.reason;
}

const isShown = ({ verdict }: VerdictMessage['actions'][number]): boolean => verdict !== 'suppressed';

/**
 * Both channels in turn. However many of them wait, the message comes back once, at the first turn: were it once for each, every round
 * would double it. After a failure the queue brings it back anyway.
 */
async function tellSpots(message: VerdictMessage, finding: Finding, services: PingServices): Promise<void> {
  const waits: number[] = [];
  const later: PingServices['later'] = async (work, delayMs) => {
    if (!('twoEye' in work) && work.finding?.id === finding.id) waits.push(delayMs);
    else await services.later(work, delayMs);
  };
  const outcomes: Told[] = [];
  for (const spot of spotsOf(finding, services.policy)) {
    outcomes.push(await tellSpot(spot, message, finding, { ...services, later }));
  }
  if (outcomes.includes('failed')) await whenSlackFails(message, finding, services);
  settled(outcomes);
  if (waits.length > 0) await services.later(message, Math.min(...waits));
}

type Told = 'done' | 'later' | 'failed';

/** Everything else was tried before this throws: one channel that is archived must not keep the other from being told. */
function settled(outcomes: readonly Told[]): void {
  if (outcomes.includes('failed'))
    throw new TwoEyeError('dependency_failed', 'Slack did not take a message; it will be sent again.');
}

function own(work: Extract<PingWork, { twoEye: string }>, services: PingServices): Promise<Told> {
  if (work.twoEye === 'summary') return tellSummary(work.channel, work.storm, services);
  const { channel, id, text } = work;
  return sayOnce(stateKey(`notice#${id}`), { channel, ...plainMessage(escaped(text, 2_000)) }, work, services);
}

async function tellSpot(spot: Spot, message: VerdictMessage, finding: Finding, services: PingServices): Promise<Told> {
  const outcome = await tellFinding(spot, message, finding, services);
  if (outcome !== 'done') return outcome;
  for (const { name, words, broadcast } of inThread(message, finding, services)) {
    const said = await tellInThread(spot, name, words, message, services, broadcast);
    if (said !== 'done') return said;
  }
  return 'done';
}

interface Line {
  readonly name: string;
  readonly words: Message;
  readonly broadcast?: 'yes';
}

function inThread(message: VerdictMessage, finding: Finding, { policy }: PingServices): readonly Line[] {
  const closing: readonly Line[] =
    finding.state === 'closed' ? [{ name: 'closed', words: closingMessage(finding, policy) }] : [];
  return [...closing, ...troubleLine(message, finding), ...reminderLine(message, finding)];
}

/** A page that failed is shown in the channel too: whoever reads it must call somebody. */
function troubleLine({ trouble }: VerdictMessage, finding: Finding): readonly Line[] {
  if (trouble?.channel !== 'pagerduty') return [];
  const words = plainMessage(
    `:rotating_light: *The page could not be sent*: ${escaped(trouble.why, 300)}. Nobody may have been woken: call them.`,
  );
  return [{ name: `trouble-${incidentOf(finding.dedupKey)}`, words, broadcast: 'yes' }];
}

function reminderLine({ reminder }: VerdictMessage, finding: Finding): readonly Line[] {
  if (!reminder || finding.state !== 'acknowledged') return [];
  const since = reminder.days === 1 ? 'a day' : `${reminder.days} days`;
  const words = plainMessage(
    `In hand for ${since} and still not closed. A second eligible person confirms it, or says that it is not genuine.`,
  );
  return [{ name: `reminder-${reminder.days}`, words, broadcast: 'yes' }];
}

function plainMessage(text: string): Message {
  return { text, blocks: [section(text)] };
}

const PAGE_FIRST_MS = 10 * SECOND_MS;

/** Out of hours the page goes first and Slack says that it went; it waits for that a few seconds, no longer. */
async function waitsForPage(message: VerdictMessage, finding: Finding, services: PingServices): Promise<boolean> {
  if (finding.urgency !== 'page' || finding.state !== 'open' || message.trouble || finding.foldsInto) return false;
  if (services.now() - (finding.pagedAt ?? finding.openedAt) >= PAGE_FIRST_MS) return false;
  const told = await services.read(toldKey(incidentOf(finding.dedupKey), 'pagerduty'));
  const pointer = told ?? (await services.read(toldKey(finding.id, 'page')));
  if (pointer) return false;
  await services.later(message, 2 * SECOND_MS);
  return true;
}
