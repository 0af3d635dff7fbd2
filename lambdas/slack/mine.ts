import { approversOf, inGroup, knownPerson } from '../core/eligibility.ts';
import type { PersonId } from '../core/policy.ts';
import { hasLapsed } from '../core/request.ts';
import type { SlackActor } from '../core/slack-job.ts';
import { section } from '../core/wording/blocks.ts';
import { homeView, type Mine, statusMessage } from '../core/wording/home.ts';
import { pinEndsAt } from '../core/wording/pin-message.ts';
import { ledgerOf } from '../edge/approval-store.ts';
import { membersIn, standing } from './membership.ts';
import type { SlackWorkServices } from './services.ts';
import { took, whisper } from './tell.ts';

/** Publishes the App Home of whoever opened it. */
export async function publishHome(by: SlackActor, services: SlackWorkServices): Promise<void> {
  const known = knownPerson(await standing(by, services), services.policy);
  const view =
    known.outcome === 'eligible'
      ? homeView(await mineOf(known.person, by.user, services), services.policy)
      : { type: 'home', blocks: [section(known.why)] };
  took(await services.callSlack('views.publish', { user_id: by.user, view }));
}

/** Answers `/2i status`, by direct message. */
export async function sendStatus(by: SlackActor, services: SlackWorkServices): Promise<void> {
  const known = knownPerson(await standing(by, services), services.policy);
  if (known.outcome === 'refused') return whisper(by, known.why, services);
  const message = statusMessage(await mineOf(known.person, by.user, services), services.policy);
  took(await services.postMessage({ channel: by.user, ...message }));
}

async function mineOf(person: PersonId, user: string, services: SlackWorkServices): Promise<Mine> {
  const at = services.now();
  const teams = await teamsOf(person, user, services);
  const [requests, used, waiting, { pins }, findings] = await Promise.all([
    services.readRequests(ledgerOf(person)),
    services.usedApprovals(ledgerOf(person)),
    Promise.all(teams.map((team) => services.readWaiting(team, at))),
    services.readPins(),
    services.readOpenFindings(),
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
async function teamsOf(person: PersonId, user: string, services: SlackWorkServices): Promise<readonly string[]> {
  const teams = [...Object.keys(services.policy.teams), 'cyber'];
  const mine = await Promise.all(
    teams.map(async (team) => {
      const group = approversOf(team, services.policy);
      return inGroup(person, user, group, await membersIn(group, services)) ? [team] : [];
    }),
  );
  return mine.flat();
}
