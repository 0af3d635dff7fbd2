import { approversOf, inGroup, knownPerson } from '../core/eligibility.ts';
import type { PersonId, Policy } from '../core/policy.ts';
import { hasLapsed } from '../core/request.ts';
import type { SlackActor } from '../core/slack-job.ts';
import { section } from '../core/wording/blocks.ts';
import { homeView, type Mine, statusMessage } from '../core/wording/home.ts';
import { pinEndsAt } from '../core/wording/pin-message.ts';
import { ledgerOf, readPins, readRequests } from '../edge/approval-store.ts';
import { readWaiting, usedApprovals } from '../edge/asking-store.ts';
import { now } from '../edge/clock.ts';
import { readOpenFindings } from '../edge/finding-store.ts';
import { callSlack, postMessage } from '../edge/slack.ts';
import { membersIn, standing } from './requests.ts';
import { took, whisper } from './tell.ts';

/** Publishes the App Home of whoever opened it. */
export async function publishHome(by: SlackActor, policy: Policy): Promise<void> {
  const known = knownPerson(await standing(by), policy);
  const view =
    known.outcome === 'eligible'
      ? homeView(await mineOf(known.person, by.user, policy), policy)
      : { type: 'home', blocks: [section(known.why)] };
  took(await callSlack('views.publish', { user_id: by.user, view }));
}

/** Answers `/2i status`, by direct message. */
export async function sendStatus(by: SlackActor, policy: Policy): Promise<void> {
  const known = knownPerson(await standing(by), policy);
  if (known.outcome === 'refused') return whisper(by, known.why);
  const message = statusMessage(await mineOf(known.person, by.user, policy), policy);
  took(await postMessage({ channel: by.user, ...message }));
}

async function mineOf(person: PersonId, user: string, policy: Policy): Promise<Mine> {
  const at = now();
  const teams = await teamsOf(person, user, policy);
  const [requests, used, waiting, { pins }, findings] = await Promise.all([
    readRequests(ledgerOf(person)),
    usedApprovals(ledgerOf(person)),
    Promise.all(teams.map((team) => readWaiting(team, at))),
    readPins(),
    readOpenFindings(),
  ]);
  const open = requests
    .map(({ value }) => value)
    .filter((one) =>
      one.status === 'requested'
        ? !hasLapsed(one, at)
        : one.status === 'approved' && !one.lateFor && at < (one.validUntil ?? 0) && !used.has(one.id),
    );
  return {
    at,
    requests: open,
    waiting: waiting.flat().filter(({ actor }) => actor !== person),
    pins: pins.filter((pin) => at < pinEndsAt(pin)),
    findings: findings.filter(({ team }) => teams.includes(team)),
  };
}

/** The teams for which somebody may confirm, and cyber for those in it. */
async function teamsOf(person: PersonId, user: string, policy: Policy): Promise<readonly string[]> {
  const teams = [...Object.keys(policy.teams), 'cyber'];
  const mine = await Promise.all(
    teams.map(async (team) => {
      const group = approversOf(team, policy);
      return inGroup(person, user, group, await membersIn(group)) ? [team] : [];
    }),
  );
  return mine.flat();
}
