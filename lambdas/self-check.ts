import { createHash } from 'node:crypto';
import { type RoleDetail, unwatchedAdmins } from './core/admin-like.ts';
import { TwoEyeError } from './core/errors.ts';
import type { WatcherNews } from './core/messages.ts';
import type { Policy } from './core/policy.ts';
import { policyChanges } from './core/policy-change.ts';
import { driftOf, type LiveRule, type RulesSeen, ruleNames } from './core/rule-drift.ts';
import { HOUR_MS, type Instant } from './core/time.ts';
import { section } from './core/wording/blocks.ts';
import { escaped } from './core/wording/escape.ts';
import { now } from './edge/clock.ts';
import { compiledPolicy } from './edge/compiled-policy.ts';
import { environmentVariable } from './edge/environment.ts';
import { readOpenFindings } from './edge/finding-store.ts';
import { plainHandler } from './edge/lambda-shell.ts';
import { logError } from './edge/log.ts';
import { writeMetric } from './edge/metric.ts';
import { enqueueAccess } from './edge/queues.ts';
import { readRoles } from './edge/roles.ts';
import { secretsPutAt } from './edge/secret-ages.ts';
import { postMessage } from './edge/slack.ts';
import { readState, writeState } from './edge/told-store.ts';
import { describeRule, type Place } from './edge/watched-accounts.ts';

/** Slack takes 3,000 characters a block; the rest is in the pull request. */
const MOST_LINES = 20;
const MOST_CHARACTERS = 2_800;

export interface SelfCheckServices {
  readonly policy: Policy;
  readonly now: () => Instant;
  readonly places: readonly Place[];
  readonly readPolicy: () => Promise<{ readonly value: Policy | undefined; readonly version: number }>;
  readonly writePolicy: (policy: Policy, version: number) => Promise<'written' | 'changed'>;
  readonly describe: (place: Place, name: string) => Promise<LiveRule | undefined>;
  readonly readRoles: (place: Place) => Promise<readonly RoleDetail[]>;
  readonly openFindings: () => Promise<number>;
  /** When each secret was last put, by its name; undefined for a place that is still empty. */
  readonly secretsPutAt: () => Promise<ReadonlyMap<string, Instant | undefined>>;
  readonly enqueue: (news: WatcherNews) => Promise<void>;
  /** Throws when the message was not taken. */
  readonly tellCyber: (title: string, lines: readonly string[]) => Promise<void>;
  readonly metric: typeof writeMetric;
}

/** What to check: the running policy and the findings every five minutes, the live rules and secrets every hour, roles that nobody watches every day. */
export interface SelfCheckEvent {
  /** `look` is the doctor's: the live rules, told to nobody but the caller. */
  readonly check?: 'policy' | 'rules' | 'roles' | 'secrets' | 'look';
}

/** What AWS calls. */
export const handler = plainHandler(buildServices, (event: SelfCheckEvent, services) => selfCheck(event, services));

/** On a cold start. */
function buildServices(): SelfCheckServices {
  const policy = compiledPolicy();
  const places = environmentVariable('PLACES').split(' ');
  return {
    policy,
    now,
    places: places.map((place) => ({ account: place.split('/')[0] ?? '', region: place.split('/')[1] ?? '' })),
    readPolicy: () => readState<Policy>('policy'),
    writePolicy: (running, version) => writeState('policy', running, version),
    describe: describeRule,
    readRoles,
    openFindings: async () => (await readOpenFindings()).length,
    secretsPutAt: () => secretsPutAt(environmentVariable('SECRETS').split(' ')),
    enqueue: enqueueAccess,
    tellCyber: (title, lines) => tell(policy.cyber.channel, title, lines),
    metric: writeMetric,
  };
}

export function selfCheck(
  { check = 'policy' }: SelfCheckEvent,
  services: SelfCheckServices,
): Promise<RulesSeen | undefined | void> {
  if (check === 'look') return lookAtRules(services);
  if (check === 'rules') return checkRules(services);
  if (check === 'secrets') return checkSecrets(services);
  return check === 'roles' ? checkRoles(services) : checkPolicyAndFindings(services);
}

async function checkPolicyAndFindings(services: SelfCheckServices): Promise<void> {
  await checkPolicy(services);
  services.metric('OpenFindings', await services.openFindings(), 'Count', {}, services.now());
}

/** The age of the oldest secret, in days: an alarm says when it is time to rotate. An empty place has no age; the doctor finds it. */
async function checkSecrets({ now, metric, secretsPutAt }: SelfCheckServices): Promise<void> {
  const at = now();
  const ages = [...(await secretsPutAt()).values()].flatMap((putAt) => (putAt === undefined ? [] : [at - putAt]));
  metric('OldestSecretDays', Math.floor(Math.max(0, ...ages) / (24 * HOUR_MS)), 'Count', {}, at);
}

/** Told first, noted after: a crash between the two tells twice and never not at all. */
async function checkPolicy(services: SelfCheckServices): Promise<void> {
  const { policy, readPolicy, writePolicy, tellCyber } = services;
  const noted = await readPolicy().catch((error: unknown) => {
    // Text that is no JSON is somebody's doing; a table that is away is not, and fails the check.
    if (!(error instanceof SyntaxError)) throw error;
    return undefined;
  });
  if (noted === undefined) return sayItIsIllegible(services);
  const { value: before, version } = noted;
  if (before?.hash === policy.hash) return;
  if (before === undefined)
    await tellCyber('two-eye runs under its first policy.', [`policy ${policy.hash.slice(0, 12)}`]);
  else {
    const changes = changesSince(before, policy);
    if (changes === undefined) return sayItIsIllegible(services, version);
    const title = `The policy of two-eye changed: ${before.hash.slice(0, 12)} → ${policy.hash.slice(0, 12)}.`;
    await tellCyber(
      title,
      changes.length > 0 ? changes : ['nothing of people, approvers, hours, targets or suppressions'],
    );
  }
  await writePolicy(policy, version);
}

/** Undefined when what was noted is no policy: whoever wrote that there may hide a change. */
function changesSince(before: Policy, policy: Policy): readonly string[] | undefined {
  if (typeof before.hash !== 'string') return undefined;
  try {
    return policyChanges(before, policy);
  } catch (error) {
    logError('The policy that ran before cannot be read.', error, { hash: before.hash });
    return undefined;
  }
}

/** A finding of cyber's, once a day or for what stands there; where its version is known, the running policy is noted in its place. */
async function sayItIsIllegible(services: SelfCheckServices, version?: number): Promise<void> {
  const { policy, now, enqueue, writePolicy } = services;
  const what = 'The noted policy cannot be read';
  const why =
    'STATE#policy of the table is no policy: what changed in people, approvers, hours and suppressions is unknown';
  const place = { account: policy.home.account, region: policy.home.region };
  await enqueue(newsOf({ what, why, sameAs: [version === undefined ? dayOf(now()) : String(version)] }, place, now()));
  if (version !== undefined) await writePolicy(policy, version);
}

/** Drift is a finding of cyber's, a new one every day until it is mended. */
async function checkRules(services: SelfCheckServices): Promise<void> {
  const drift = await everywhere('rules', services.places, services, driftIn);
  services.metric('RuleDrift', drift.found, 'Count', {}, services.now());
  drift.throwIfBlind();
}

/** The same look for whoever asks, with no finding and no metric. */
async function lookAtRules(services: SelfCheckServices): Promise<RulesSeen> {
  const seen = await Promise.all(
    services.places.map(async (place): Promise<RulesSeen> => {
      const name = `${place.account}/${place.region}`;
      try {
        const news = await driftIn(place, services);
        return { drift: news.map(({ sameAs: [line] }) => `${line} in ${name}`), blind: [] };
      } catch (error) {
        logError('The rules of a place could not be looked at.', error, { ...place });
        return { drift: [], blind: [name] };
      }
    }),
  );
  return { drift: seen.flatMap(({ drift }) => drift), blind: seen.flatMap(({ blind }) => blind) };
}

/** A role that is as good as an administrator and that no target watches is a finding, once until it changes. */
async function checkRoles(services: SelfCheckServices): Promise<void> {
  const isWatched = ({ account }: Place) => account in services.policy.accounts;
  // Who administers the home account is trusted with it, and no target's door.
  const accounts = [...new Map(services.places.filter(isWatched).map((place) => [place.account, place])).values()];
  const admins = await everywhere('roles', accounts, services, adminsIn);
  services.metric('UnwatchedAdmins', admins.found, 'Count', {}, services.now());
  admins.throwIfBlind();
}

type News = Pick<WatcherNews, 'what' | 'why'> & { readonly sameAs: readonly string[] };

/** Every place is looked at even when one fails, and what fails is a finding too: who blinds the watcher is not missed. */
async function everywhere(
  what: string,
  places: readonly Place[],
  services: SelfCheckServices,
  look: (place: Place, services: SelfCheckServices) => Promise<readonly News[]>,
) {
  const at = services.now();
  const outcomes = await Promise.allSettled(places.map((place) => look(place, services)));
  const blind: string[] = [];
  let found = 0;
  for (const [index, outcome] of outcomes.entries()) {
    const place = places[index];
    if (place === undefined) continue;
    if (outcome.status === 'rejected') {
      blind.push(`${place.account}/${place.region}`);
      logError(`The ${what} of a place could not be looked at.`, outcome.reason, { ...place });
    } else found += outcome.value.length;
    const news = outcome.status === 'fulfilled' ? outcome.value : [blindNews(what, at)];
    for (const one of news) await services.enqueue(newsOf(one, place, at));
  }
  return {
    found,
    throwIfBlind: () => {
      if (blind.length === 0) return;
      throw new TwoEyeError('dependency_failed', `Nobody looked at the ${what} of ${blind.join(', ')}.`);
    },
  };
}

function newsOf({ sameAs, what, why }: News, { account, region }: Place, occurredAt: Instant): WatcherNews {
  const parts = JSON.stringify([account, region, what, ...sameAs]);
  const id = `watcher-${createHash('sha256').update(parts).digest('hex').slice(0, 32)}`;
  return { twoEye: 'watcher', id, occurredAt, account, region, what, why: why.slice(0, 1_000) };
}

function blindNews(what: string, at: Instant): News {
  const why = `two-eye could not look at the ${what} of this place: is its role two-eye-reconcile still there?`;
  return { what: `The ${what} cannot be seen`, why, sameAs: [dayOf(at)] };
}

async function driftIn(place: Place, { policy, describe, now }: SelfCheckServices): Promise<readonly News[]> {
  const live = new Map<string, LiveRule | undefined>();
  for (const name of ruleNames(policy, place)) live.set(name, await describe(place, name));
  return driftOf(policy, place, live).map((line) => ({
    what: 'A rule is not as it was built',
    why: `rule ${line} in ${place.region}: deploy the tap again`,
    sameAs: [line, dayOf(now())],
  }));
}

async function adminsIn(place: Place, services: SelfCheckServices): Promise<readonly News[]> {
  const roles = unwatchedAdmins(await services.readRoles(place), services.policy);
  return roles.map(({ arn, id, trust, attached, documents }) => ({
    what: 'An admin role is not watched',
    why: `${arn} can do everything and no target of the policy watches it`,
    sameAs: [arn, id, trust, ...attached.toSorted(), ...documents.toSorted()],
  }));
}

function dayOf(at: Instant): string {
  return String(Math.floor(at / (24 * HOUR_MS)));
}

async function tell(channel: string, title: string, lines: readonly string[]): Promise<void> {
  const shown = lines.slice(0, MOST_LINES).map((line) => `• ${escaped(line, 400)}`);
  if (lines.length > MOST_LINES) shown.push(`… and ${lines.length - MOST_LINES} more`);
  const text = shown.join('\n').slice(0, MOST_CHARACTERS);
  const result = await postMessage({ channel, text: title, blocks: [section(`*${title}*\n${text}`)] });
  if (result.outcome === 'ok') return;
  throw new TwoEyeError('dependency_failed', `Cyber's channel did not take a message (${result.outcome}).`);
}
