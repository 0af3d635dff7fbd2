import type { Approval } from '../core/approval.ts';
import { TwoEyeError } from '../core/errors.ts';
import type { PersonId, Policy } from '../core/policy.ts';
import { approvalLife } from '../core/wording/approval-life.ts';
import { type ApprovalState, type ApprovalUse, approvalMessage } from '../core/wording/approval-message.ts';
import { askedMessage, askedWhere } from '../core/wording/asked-message.ts';
import type { SlackWorkServices } from './services.ts';
import { show, showAgain } from './tell.ts';

/**
 * Shows a request as it is: in the team's channel, to the person who was picked, and, once they were told that it stands, to the person
 * who asked. Looked at once more afterwards: another run may have changed it and shown that in between, and the last to show must show
 * what is true.
 */
export async function showRequest(
  { actor, id }: Pick<Approval, 'actor' | 'id'>,
  services: SlackWorkServices,
): Promise<void> {
  let shown: number | undefined;
  for (let attempt = 0; attempt < 5; attempt++) {
    const stored = await services.readRequest(actor, id);
    if (!stored || stored.version === shown) return;
    await showAs(stored.value, services);
    shown = stored.version;
  }
  throw new TwoEyeError('dependency_failed', 'A request was changed by others each time it had been shown.');
}

async function showAs(request: Approval, services: SlackWorkServices): Promise<void> {
  const { id } = request;
  const state = await stateOf(request, services);
  const message = approvalMessage(request, state, services.policy);
  const slackOf = (id: PersonId | undefined) => services.policy.people.find((person) => person.id === id)?.slack;
  const [picked, asker] = [slackOf(request.picked), slackOf(request.actor)];
  // A channel that does not take it must not keep the question from the person who was picked.
  const shown = await Promise.allSettled([
    show(id, 'slack', channelOf(request, services.policy), message, services),
    ...(picked ? [show(id, `slack-dm#${picked}`, picked, message, services)] : []),
    ...(asker ? [showAgain(id, askedWhere(asker), askedMessage(request, state, services.policy), services)] : []),
  ]);
  const failed = shown.find(({ status }) => status === 'rejected');
  if (failed?.status === 'rejected') throw failed.reason;
}

export async function stateOf(request: Approval, services: SlackWorkServices): Promise<ApprovalState> {
  const { value } = await services.readTold<{ byAction: Readonly<Record<string, ApprovalUse>> }>(request.id, 'uses');
  const uses = Object.values(value?.byAction ?? {}).toSorted((one, other) => one.usedAt - other.usedAt);
  return { at: services.now(), uses };
}

export async function lifeOf(request: Approval, services: SlackWorkServices): Promise<string> {
  return approvalLife(request, await stateOf(request, services), services.policy).mrkdwn;
}

/** The team that owns what is asked for; `cyber` when no target names one any more. */
export function teamOf(request: Pick<Approval, 'target'>, policy: Policy): string {
  return policy.targets.find(({ id }) => id === request.target)?.team ?? 'cyber';
}

export function channelOf(request: Approval, policy: Policy): string {
  return policy.teams[teamOf(request, policy)]?.channel ?? policy.cyber.channel;
}
