import type { Policy, Target } from '../core/policy.ts';
import { findingValue, requestValue } from '../core/request-value.ts';
import type { SlackActor } from '../core/slack-job.ts';
import { askModal, type Modal, type PinStart, pinModal, wordsModal } from '../core/wording/approval-modal.ts';
import { confirmersOf, type FormServices } from './confirmers.ts';

/** Buttons that need words, a person or a choice first. */
export async function formOf(
  id: string,
  value: string | undefined,
  by: SlackActor,
  services: FormServices,
): Promise<Modal | undefined> {
  const carried = { ...(requestValue(value) ?? findingValue(value)), ...(by.channel && { channel: by.channel }) };
  switch (id) {
    case 'request.decline':
      return wordsModal(id, 'Decline', 'Why not?', carried);
    case 'request.pin':
    case 'home.pin':
      return pinModal(services.policy.targets, services.policy, pinStart(value, by, services.policy));
    case 'finding.it-was-me':
      return wordsModal(id, 'It was me', 'What happened?', carried, { pick: 'a person' });
    case 'finding.confirm':
      return wordsModal(id, 'I confirm', 'How do you know that it was genuine?', carried);
    case 'finding.ask':
    case 'home.ask':
      return askForm(by.user, services);
    default:
      return undefined;
  }
}

/** What a pin's form starts with: the request's person and target; never oneself, whom nobody can pin. */
function pinStart(value: string | undefined, by: SlackActor, policy: Policy): PinStart {
  const request = requestValue(value);
  const person = policy.people.find(({ id }) => request?.ledger === `person:${id}`)?.slack;
  return { target: request?.target, person: person === by.user ? undefined : person };
}

/** The form with the targets of the person's teams; all of them for somebody in no team, since asking grants nothing. */
export async function askForm(user: string, services: FormServices): Promise<Modal> {
  const { policy } = services;
  const teams = await Promise.all(
    Object.keys(policy.teams).map(async (team) => {
      const people = await confirmersOf(team, services);
      return people === 'unknown' || people.some(({ slack }) => slack === user) ? team : undefined;
    }),
  );
  const mine: readonly Target[] = policy.targets.filter(({ team }) => teams.includes(team));
  return askModal(mine.length > 0 ? mine : policy.targets, policy);
}
