import type { Approval } from '../core/approval.ts';
import type { Policy } from '../core/policy.ts';
import { ledgerOf } from '../core/request.ts';
import { MINUTE_MS } from '../core/time.ts';
import { code, escaped } from '../core/wording/escape.ts';
import { mention, targetTitle } from '../core/wording/names.ts';
import { clockTime, zoneOf } from '../core/wording/times.ts';
import { lifeOf, showRequest } from './request-shown.ts';
import type { SlackWorkServices } from './services.ts';
import { show, tellOnce, words } from './tell.ts';

/** Everything that follows a written decision; done again for a delivery that comes again, each part once. */
export async function afterDecision(request: Approval, services: SlackWorkServices): Promise<void> {
  if (request.status === 'approved') await afterYes(request, services);
  if (request.status === 'declined' || request.status === 'revoked') await rejudge(request, request.status, services);
  await showRequest(request, services);
  if (request.status !== 'requested')
    await tellOnce(request.id, request.status, request.actor, await outcomeMessage(request, services), services);
  if (request.disowned)
    await show(
      request.id,
      'slack-disowned',
      services.policy.cyber.channel,
      disownedMessage(request, services.policy),
      services,
    );
}

async function afterYes(request: Approval, services: SlackWorkServices): Promise<void> {
  if (request.lateFor) return sayLate(request, request.lateFor, services);
  // The record of the use may have been judged before the click was worked on.
  await rejudge(request, request.status, services);
  if (request.validUntil)
    await services.putTimer({ what: 'lapse', about: ledgerOf(request), id: request.id, dueAt: request.validUntil });
  if (!request.emergency) return;
  await bindEmergency(request, services);
  const timer = { what: 'remind', about: ledgerOf(request), id: request.id } as const;
  const at = request.approvedAt ?? services.now();
  await Promise.all([5, 15].map((minutes) => services.putTimer({ ...timer, dueAt: at + minutes * MINUTE_MS })));
}

/** A late yes closes its one finding, through a word that on-access takes into account. */
export async function sayLate(request: Approval, finding: string, services: SlackWorkServices): Promise<void> {
  const ledger = request.lateForLedger ?? ledgerOf(request);
  const by = request.approver ?? 'unknown';
  const at = request.approvedAt ?? services.now();
  const id = `${finding}/${request.id}`;
  await services.copyLateApproval(request, ledger);
  await services.putWord(ledger, {
    id,
    finding,
    kind: 'approved-late',
    by,
    via: 'slack',
    at,
    text: request.reason,
    approval: request.id,
  });
  await rejudge(request, 'a late yes', services);
}

/**
 * The yes to an emergency that was already acted upon closes that finding as approved late, and is then good for nothing else. Looked
 * at with the yes and again a while later, since the record of a use takes minutes to come.
 */
export async function bindEmergency(request: Approval, services: SlackWorkServices): Promise<void> {
  const ledger = ledgerOf(request);
  const findings = await services.readFindings(ledger);
  const before = findings
    .filter(({ state, cause, target }) => state !== 'closed' && cause === 'unapproved' && target === request.target)
    .filter(({ occurredAt }) => occurredAt >= request.requestedAt && occurredAt < (request.approvedAt ?? 0))
    .toSorted((one, other) => one.occurredAt - other.occurredAt)[0];
  if (!before || (await services.usedApprovals(ledger)).has(request.id)) return;
  const stored = await services.readRequest(request.actor, request.id);
  if (stored?.value.status !== 'approved' || stored.value.lateFor) return;
  const bound: Approval = { ...stored.value, lateFor: before.id, lateForLedger: ledger };
  if ((await services.updateRequest(bound, stored.version)).outcome !== 'replaced') return;
  await sayLate(bound, before.id, services);
  await showRequest(bound, services);
}

async function rejudge(request: Approval, because: string, services: SlackWorkServices): Promise<void> {
  const ledger = request.lateForLedger ?? ledgerOf(request);
  await services.enqueueAccess({ twoEye: 'rejudge', ledger, because: `request ${request.id}: ${because}` });
}

async function outcomeMessage(request: Approval, services: SlackWorkServices) {
  if (request.status !== 'approved' || request.lateFor)
    return words(`${escaped(targetTitle(services.policy, request.target), 120)}: ${await lifeOf(request, services)}`);
  const before = clockTime(request.validUntil ?? 0, zoneOf(services.policy, request.target));
  return words(
    `Confirmed by ${mention(services.policy, request.approver ?? 'unknown')}: use ${code(request.target, 80)} before ${before}.`,
  );
}

function disownedMessage(request: Approval, policy: Policy) {
  return words(
    `${mention(policy, request.actor)} says that a workflow asked in their name for ${code(request.target, 80)} and that they did not. Find out who edited that workflow.`,
  );
}
