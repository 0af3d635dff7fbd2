import { TwoEyeError } from './core/errors.ts';
import type { Policy } from './core/policy.ts';
import { policyChanges } from './core/policy-change.ts';
import { driftOf, type LiveRule, ruleNames } from './core/rule-drift.ts';
import type { Instant } from './core/time.ts';
import { section } from './core/wording/blocks.ts';
import { escaped } from './core/wording/escape.ts';
import { now } from './edge/clock.ts';
import { compiledPolicy } from './edge/compiled-policy.ts';
import { environmentVariable } from './edge/environment.ts';
import { plainHandler } from './edge/lambda-shell.ts';
import { logError } from './edge/log.ts';
import { writeMetric } from './edge/metric.ts';
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
  /** Throws when the message was not taken. */
  readonly tellCyber: (title: string, lines: readonly string[]) => Promise<void>;
  readonly metric: typeof writeMetric;
}

/** What to check: the running policy every five minutes, the live rules every hour. */
export interface SelfCheckEvent {
  readonly check?: 'policy' | 'rules';
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
    tellCyber: (title, lines) => tell(policy.cyber.channel, title, lines),
    metric: writeMetric,
  };
}

export function selfCheck({ check = 'policy' }: SelfCheckEvent, services: SelfCheckServices): Promise<void> {
  return check === 'rules' ? checkRules(services) : checkPolicy(services);
}

/** Told first, noted after: a crash between the two tells twice and never not at all. */
async function checkPolicy({ policy, readPolicy, writePolicy, tellCyber }: SelfCheckServices): Promise<void> {
  const { value: before, version } = await readPolicy();
  if (before?.hash === policy.hash) return;
  if (before === undefined)
    await tellCyber('two-eye runs under its first policy.', [`policy ${policy.hash.slice(0, 12)}`]);
  else {
    const changes = policyChanges(before, policy);
    const title = `The policy of two-eye changed: ${before.hash.slice(0, 12)} → ${policy.hash.slice(0, 12)}.`;
    await tellCyber(
      title,
      changes.length > 0 ? changes : ['nothing of people, approvers, hours, targets or suppressions'],
    );
  }
  await writePolicy(policy, version);
}

/** Every place is looked at even when one fails. Drift is told to cyber every hour until it is mended. */
async function checkRules(services: SelfCheckServices): Promise<void> {
  const outcomes = await Promise.allSettled(services.places.map((place) => driftIn(place, services)));
  const drift = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? outcome.value : []));
  const failed = outcomes.flatMap((outcome, index) =>
    outcome.status === 'rejected' ? [{ outcome, place: services.places[index] }] : [],
  );
  services.metric('RuleDrift', drift.length, 'Count', {}, services.now());
  if (drift.length > 0)
    await services.tellCyber(
      'Rules of two-eye are not as they were built: uses may go unseen. Deploy the taps again, and ask who changed them.',
      drift,
    );
  for (const { outcome, place } of failed) logError('Rules could not be looked at.', outcome.reason, { ...place });
  if (failed.length === 0) return;
  const where = failed.map(({ place }) => `${place?.account}/${place?.region}`).join(', ');
  throw new TwoEyeError('dependency_failed', `Nobody looked at the rules of ${where}.`);
}

async function driftIn(place: Place, { policy, describe }: SelfCheckServices): Promise<readonly string[]> {
  const live = new Map<string, LiveRule | undefined>();
  for (const name of ruleNames(policy, place)) live.set(name, await describe(place, name));
  return driftOf(policy, place, live).map(
    (line) => `${policy.accounts[place.account] ?? place.account}, ${place.region}: ${line}`,
  );
}

async function tell(channel: string, title: string, lines: readonly string[]): Promise<void> {
  const shown = lines.slice(0, MOST_LINES).map((line) => `• ${escaped(line, 400)}`);
  if (lines.length > MOST_LINES) shown.push(`… and ${lines.length - MOST_LINES} more`);
  const text = shown.join('\n').slice(0, MOST_CHARACTERS);
  const result = await postMessage({ channel, text: title, blocks: [section(`*${title}*\n${text}`)] });
  if (result.outcome === 'ok') return;
  throw new TwoEyeError('dependency_failed', `Cyber's channel did not take a message (${result.outcome}).`);
}
