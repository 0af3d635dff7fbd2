import type { Approval } from '../core/approval.ts';
import { transition } from '../core/request.ts';
import { MINUTE_MS } from '../core/time.ts';
import { escaped } from '../core/wording/escape.ts';
import { mention, targetTitle } from '../core/wording/names.ts';
import { afterDecision, bindEmergency, sayLate } from './request-follow-up.ts';
import { channelOf, showRequest, stateOf } from './request-shown.ts';
import type { SlackWorkServices } from './services.ts';
import { isTold, show, tellOnce, words } from './tell.ts';
import { tellUnfollowed } from './unfollowed.ts';

/** A reminder, a lapse, or an approval's end came due. */
export async function requestDue(
  what: 'remind' | 'lapse',
  ledger: string,
  id: string,
  dueAt: number,
  services: SlackWorkServices,
): Promise<void> {
  const actor = ledger.replace(/^person:/, '');
  const stored = await services.readRequest(actor, id);
  if (!stored) return;
  const request = stored.value;
  if (request.status === 'approved' && request.emergency && !request.lateFor) await bindEmergency(request, services);
  // A run that bound it to a finding and died may have left the word on that unsaid, or unheard.
  if (request.status === 'approved' && request.lateFor) await sayLate(request, request.lateFor, services);
  if (what === 'lapse' && request.status === 'approved' && !request.lateFor)
    await tellUnfollowed(request, (await stateOf(request, services)).uses, services);
  // A run that wrote the lapse and died has told nobody.
  if (request.status === 'lapsed') return afterDecision(request, services);
  if (request.status !== 'requested') return showRequest(request, services);
  if (what === 'remind') return remind(request, dueAt, services);
  const lapsed = transition(request, { event: 'lapse', at: services.now() });
  if (lapsed.outcome === 'refused') return;
  if ((await services.updateRequest(lapsed.request, stored.version)).outcome === 'replaced')
    await afterDecision(lapsed.request, services);
}

async function remind(request: Approval, dueAt: number, services: SlackWorkServices): Promise<void> {
  const { value } = await services.readTold<{ ts?: string }>(request.id, 'slack');
  const minutes = Math.round((dueAt - request.requestedAt) / MINUTE_MS);
  const who = request.picked ? mention(services.policy, request.picked) : 'somebody who may confirm';
  const reminder = words(
    `Waiting for ${who} since ${minutes} minutes: ${mention(services.policy, request.actor)} asks for ${escaped(targetTitle(services.policy, request.target), 120)}.`,
  );
  const where = `slack-reminder#${minutes}`;
  if (!(await isTold(request.id, where, services)))
    await show(request.id, where, channelOf(request, services.policy), reminder, services, value?.ts);
  if (request.picked) await tellOnce(request.id, `reminder-${minutes}`, request.picked, reminder, services);
}
