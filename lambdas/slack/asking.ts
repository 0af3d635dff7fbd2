import { createHash } from 'node:crypto';
import type { Approval } from '../core/approval.ts';
import { askProblems, requestOf } from '../core/ask-check.ts';
import { approversOf, inGroup, knownPerson } from '../core/eligibility.ts';
import { ledgerOf } from '../core/request.ts';
import type { Ask, SlackActor } from '../core/slack-job.ts';
import { MINUTE_MS } from '../core/time.ts';
import { askedMessage } from '../core/wording/asked-message.ts';
import { membersIn, standing } from './membership.ts';
import { showRequest, stateOf, teamOf } from './request-shown.ts';
import type { SlackWorkServices } from './services.ts';
import { tellOnce } from './tell.ts';

/** The outcome for whoever asked in another way than by a click: a workflow's step is told, not whispered to. */
export type AskOutcome =
  | { readonly outcome: 'asked'; readonly request: Approval }
  | { readonly outcome: 'refused'; readonly why: string };

/** Stores what somebody asks for and asks for the yes. The id comes from the act's key, so that no delivery makes a second request. */
export async function ask(
  key: string,
  by: SlackActor,
  wanted: Ask,
  via: 'modal' | 'command' | 'step',
  services: SlackWorkServices,
): Promise<AskOutcome> {
  const known = knownPerson(await standing(by, services), services.policy);
  if (known.outcome === 'refused') return known;
  const problem = Object.values(askProblems(wanted, known.person, services.policy))[0];
  if (problem) return { outcome: 'refused', why: problem };
  const request = requestOf(idOf(key), wanted, known.person, by.at, via, services.policy);
  if (await isPickedInVain(request, services))
    return { outcome: 'refused', why: 'The person you picked may not confirm for this team now.' };
  return storeAndShow(request, services);
}

/** Whether the person who was picked is not in the group of approvers, where that lives in Slack; the policy's own groups were checked with the form. */
async function isPickedInVain(request: Approval, services: SlackWorkServices): Promise<boolean> {
  const group = approversOf(teamOf(request, services.policy), services.policy);
  if (!request.picked || group?.kind !== 'slack-user-group') return false;
  const slack = services.policy.people.find(({ id }) => id === request.picked)?.slack ?? '';
  return !inGroup(request.picked, slack, group, await membersIn(group, services));
}

/** Stores a request under its person's limits, plans its reminders and its end, and shows it. */
export async function storeAndShow(wanted: Approval, services: SlackWorkServices): Promise<AskOutcome> {
  const stored = await services.storeRequest(wanted);
  if (stored.outcome === 'refused') return stored;
  const { request } = stored;
  await planTimers(request, services);
  await services.noteWaiting(teamOf(request, services.policy), request);
  await showRequest(request, services);
  // Somebody may have answered meanwhile.
  const current = (await services.readRequest(request.actor, request.id))?.value ?? request;
  await tellOnce(
    request.id,
    'asked',
    request.actor,
    askedMessage(current, await stateOf(current, services), services.policy),
    services,
  );
  return { outcome: 'asked', request };
}

/** A short id that is the same for every delivery of one act. */
export function idOf(key: string): string {
  return `r${createHash('sha256').update(key).digest('hex').slice(0, 16)}`;
}

async function planTimers(request: Approval, services: SlackWorkServices): Promise<void> {
  const timer = { about: ledgerOf(request), id: request.id };
  await Promise.all([
    services.putTimer({ ...timer, what: 'remind', dueAt: request.requestedAt + 5 * MINUTE_MS }),
    services.putTimer({ ...timer, what: 'remind', dueAt: request.requestedAt + 15 * MINUTE_MS }),
    ...(request.lapsesAt ? [services.putTimer({ ...timer, what: 'lapse', dueAt: request.lapsesAt })] : []),
  ]);
}
