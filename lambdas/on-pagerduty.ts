import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { QueueMessage, VerdictMessage } from './core/messages.ts';
import type { Policy } from './core/policy.ts';
import { isOver, serviceOf } from './core/telling/incident-plan.ts';
import { afterNews, type IncidentNews, incidentNews, wordOf } from './core/telling/pagerduty-webhook.ts';
import { type IncidentMember, incidentOf, type ToldIncident } from './core/telling/told.ts';
import type { Instant } from './core/time.ts';
import { now } from './edge/clock.ts';
import { compiledPolicy } from './edge/compiled-policy.ts';
import { incidentKey } from './edge/incident-members.ts';
import { plainHandler } from './edge/lambda-shell.ts';
import { logWarning } from './edge/log.ts';
import { enqueueAccess, enqueuePing } from './edge/queues.ts';
import { secret } from './edge/secrets.ts';
import { changeItem } from './edge/slack-turn.ts';
import { read, readPartition, transact, type Write } from './edge/table.ts';
import { timerKey, toldKey } from './edge/table-keys.ts';
import { isGenuineWebhook } from './edge/webhook-signature.ts';
import { writeWord } from './edge/word-writing.ts';

export interface OnPagerDutyServices {
  readonly policy: Policy;
  readonly now: () => Instant;
  readonly secrets: (freshness: 'cached' | 'anew') => Promise<readonly string[]>;
  readonly read: typeof read;
  readonly readPartition: typeof readPartition;
  readonly transact: typeof transact;
  readonly enqueue: (message: QueueMessage) => Promise<void>;
  readonly showAgain: (message: VerdictMessage) => Promise<void>;
}

type Request = Pick<APIGatewayProxyEventV2, 'headers' | 'body' | 'isBase64Encoded'>;

/** What AWS calls. PagerDuty wants an answer within five seconds and gives up on a subscription that answers 4xx. */
export const handler = plainHandler(buildServices, (event: Request, services) => onPagerDuty(event, services));

/** On a cold start. */
function buildServices(): OnPagerDutyServices {
  return {
    policy: compiledPolicy(),
    now,
    secrets: webhookSecrets,
    read,
    readPartition,
    transact,
    enqueue: enqueueAccess,
    showAgain: (message) => enqueuePing(message, 0),
  };
}

async function webhookSecrets(freshness: 'cached' | 'anew'): Promise<readonly string[]> {
  const { secrets } = await secret('two-eye/pagerduty-webhook', freshness);
  return Array.isArray(secrets) ? secrets.filter((each): each is string => typeof each === 'string') : [];
}

/** For every webhook. A replayed or late one does nothing: each word is written once, and older news never undoes newer. */
export async function onPagerDuty(
  request: Request,
  services: OnPagerDutyServices,
): Promise<APIGatewayProxyStructuredResultV2> {
  const body = Buffer.from(request.body ?? '', request.isBase64Encoded ? 'base64' : 'utf8');
  if (!(await isGenuine(body, request, services))) {
    logWarning('A webhook whose signature does not hold was refused.');
    return { statusCode: 401, body: '' };
  }
  const news = incidentNews(jsonOf(body), services.policy);
  if (news) await take(news, services);
  return { statusCode: 200, body: '' };
}

/** A signature that does not hold may be of a secret that was rotated in: looked at anew at most once a minute, whoever knocks. */
async function isGenuine(body: Buffer, { headers }: Request, services: OnPagerDutyServices): Promise<boolean> {
  const header = Object.entries(headers ?? {}).find(([name]) => name.toLowerCase() === 'x-pagerduty-signature')?.[1];
  if (isGenuineWebhook(body, header, await services.secrets('cached'))) return true;
  if (header === undefined || services.now() - lookedAnewAt < 60_000) return false;
  lookedAnewAt = services.now();
  return isGenuineWebhook(body, header, await services.secrets('anew'));
}

let lookedAnewAt = Number.NEGATIVE_INFINITY;

function jsonOf(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}

async function take(news: IncidentNews, services: OnPagerDutyServices): Promise<void> {
  const incident = incidentOf(news.incidentKey);
  const told = await changeItem<ToldIncident>(
    incidentKey(incident),
    (there) => there && changed(there, news, services),
    services,
    (after) => (news.what === 'triggered' && isOver(after) ? [lookedAtAgain(after, services)] : []),
  );
  if (!told) return;
  const member = await services.read<IncidentMember>(toldKey(incident, `member#${told.value.finding}`));
  if (member) await services.showAgain(member.value.message);
  await say(news, told.value, incident, services);
}

/** `sweep` sees to it that what is over is resolved there. */
function lookedAtAgain({ ledger, dedupKey }: ToldIncident, { now }: OnPagerDutyServices): Write {
  const timer = { dueAt: now(), what: 'triggered', about: ledger, id: incidentOf(dedupKey) } as const;
  return { write: 'put', key: timerKey(timer), value: timer };
}

function changed(
  incident: ToldIncident,
  news: IncidentNews,
  { policy }: OnPagerDutyServices,
): ToldIncident | undefined {
  const team = incident.team ?? 'cyber';
  const names = { team: serviceOf('team', { team }, policy), cyber: serviceOf('cyber', { team }, policy) };
  const next = afterNews(incident, news, names);
  return JSON.stringify(next) === JSON.stringify(incident) ? undefined : next;
}

const MOST_MEMBERS = 25;

/**
 * Writes the word for the findings under the incident. One stands for all of a ledger that share the key; a storm's incident stands for
 * many ledgers, of which `sweep` takes those that do not fit into the five seconds.
 */
async function say(
  news: IncidentNews,
  incident: ToldIncident,
  id: string,
  services: OnPagerDutyServices,
): Promise<void> {
  if (!wordOf(news, incident, incident.finding)) return;
  const members = await services.readPartition<IncidentMember>(toldKey(id, '').pk, {
    prefix: 'member#',
    limit: incident.storm ? MOST_MEMBERS + 1 : 200,
  });
  const open = members.map(({ value }) => value).filter(({ state }) => state === 'open');
  const meant = incident.storm ? open.slice(0, MOST_MEMBERS) : open.slice(0, 1);
  for (const member of meant) await sayOn(member, news, incident, services);
  if (incident.storm && members.length > MOST_MEMBERS) await leaveRest(news, id, services);
}

async function sayOn(
  member: IncidentMember,
  news: IncidentNews,
  incident: ToldIncident,
  services: OnPagerDutyServices,
): Promise<void> {
  const word = wordOf(news, incident, member.finding);
  if (!word) return;
  await writeWord(member.ledger, word, news.incidentKey, services);
  await services.enqueue({ twoEye: 'rejudge', ledger: member.ledger, because: `${word.kind} in PagerDuty` });
}

async function leaveRest(news: IncidentNews, incident: string, services: OnPagerDutyServices): Promise<void> {
  const timer = {
    dueAt: services.now(),
    what: 'storm-word',
    about: JSON.stringify({ news, incident }),
    id: news.id,
  } as const;
  await services.transact([{ write: 'put', key: timerKey(timer), value: timer }]);
}
