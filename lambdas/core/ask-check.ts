import type { Approval, EmergencyWhy } from './approval.ts';
import type { PersonId, Policy } from './policy.ts';
import type { Ask } from './slack-job.ts';
import type { Instant } from './time.ts';
import { personOf, personOfSlack } from './wording/names.ts';

export const SHORTEST_REASON = 10;
export const LONGEST_REASON = 500;
const LONGEST_TICKET = 100;

/** Problems of what was asked, by field, in words; from the policy alone, so that they can be shown beside the fields at once. */
export function askProblems(
  ask: Ask,
  actor: PersonId | undefined,
  policy: Policy,
): Readonly<Partial<Record<keyof Ask, string>>> {
  const reason = ask.reason.trim().length;
  const target = policy.targets.find(({ id }) => id === ask.target);
  const group = target && policy.groups[policy.teams[target.team]?.approvers ?? policy.cyber.group];
  const picked = ask.picked === undefined ? undefined : pickedPerson(ask.picked, policy);
  return {
    ...(!target && { target: `There is no target "${ask.target}" in the policy.` }),
    ...((reason < SHORTEST_REASON || reason > LONGEST_REASON) && {
      reason: `Say in ${SHORTEST_REASON} to ${LONGEST_REASON} characters why.`,
    }),
    ...(ask.emergency !== undefined && !isWhy(ask.emergency) && { emergency: 'That is no kind of emergency.' }),
    ...((ask.ticket?.length ?? 0) > LONGEST_TICKET && { ticket: `At most ${LONGEST_TICKET} characters.` }),
    ...(ask.emergency && ask.picked === undefined && { picked: 'Say who you would have asked.' }),
    ...(ask.picked !== undefined && !picked && { picked: 'two-eye does not know this person.' }),
    ...(picked !== undefined && picked === actor && { picked: 'You cannot confirm your own; pick somebody else.' }),
    ...(picked !== undefined &&
      picked !== actor &&
      group?.kind === 'people' &&
      !group.people.includes(picked) && {
        picked: 'This person may not confirm for this team.',
      }),
  };
}

const WHYS: Readonly<Record<EmergencyWhy, true>> = {
  'planned-change': true,
  'live-incident': true,
  'nobody-around': true,
};

/** A workflow's step gives any text where a form gives one of three. */
function isWhy(why: string): boolean {
  return Object.hasOwn(WHYS, why);
}

/** The person who was picked, by id, alias or Slack user id. */
export function pickedPerson(name: string, policy: Policy): PersonId | undefined {
  return (personOfSlack(policy, name) ?? personOf(policy, name))?.id;
}

/** The request that an ask becomes. Whoever is asked has until `lapsesAt`; an emergency stays open longer. */
export function requestOf(
  id: string,
  ask: Ask,
  actor: PersonId,
  at: Instant,
  via: NonNullable<Approval['via']>,
  policy: Policy,
): Approval {
  const target = policy.targets.find((each) => each.id === ask.target);
  const picked = ask.picked === undefined ? undefined : pickedPerson(ask.picked, policy);
  const lapses = ask.emergency ? policy.approvals.emergencyLapsesMs : policy.approvals.requestLapsesMs;
  return {
    id,
    actor,
    target: ask.target,
    slots: [ask.target, ...(target?.includes ?? [])],
    reason: ask.reason.trim(),
    requestedAt: at,
    status: 'requested',
    lapsesAt: at + lapses,
    via,
    ...(picked && { picked }),
    ...(ask.ticket && { ticket: ask.ticket }),
    ...(ask.emergency && { emergency: { why: ask.emergency, ...(ask.ticket && { incident: ask.ticket }) } }),
  };
}
