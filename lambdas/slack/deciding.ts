import type { Approval } from '../core/approval.ts';
import { approversOf, knownPerson, mayConfirm } from '../core/eligibility.ts';
import type { PersonId, Policy } from '../core/policy.ts';
import { ledgerOf, type RequestEvent, transition } from '../core/request.ts';
import type { RequestVerb, SlackActor, SlackJob } from '../core/slack-job.ts';
import type { Instant } from '../core/time.ts';
import { isCyber, membersIn, standing } from './membership.ts';
import { afterDecision } from './request-follow-up.ts';
import { lifeOf, teamOf } from './request-shown.ts';
import type { SlackWorkServices } from './services.ts';
import { whisper } from './tell.ts';

/** A click on a request: allowed? still possible? written? and only then shown. Of two at once one wins, and the other is told who. */
export async function decide(job: SlackJob & { twoEye: 'request' }, services: SlackWorkServices): Promise<void> {
  const { by, verb } = job;
  for (let attempt = 0; attempt < 5; attempt++) {
    const stored = await services.readRequest(job.ledger.replace(/^person:/, ''), job.request);
    if (!stored) return whisper(by, 'This request is not known. The message may be from another deployment.', services);
    const request = stored.value;
    if (isWritten(job, request, services.policy)) return afterDecision(request, services);
    const allowed = await mayDo(verb, request, by, services);
    if (allowed.outcome === 'refused') return whisper(by, allowed.why, services);
    const changed = transition(request, eventOf(verb, allowed.person, job, services.policy));
    if (changed.outcome === 'refused') {
      await afterDecision(request, services);
      return whisper(
        by,
        `${changed.why === 'already-so' ? 'You had already done that' : 'Your click changed nothing'}: ${await lifeOf(request, services)}`,
        services,
      );
    }
    if ((await services.updateRequest(changed.request, stored.version)).outcome === 'replaced')
      return afterDecision(changed.request, services);
  }
  return whisper(by, 'Others were changing this request at the same time. Look at it again.', services);
}

/**
 * Whether the request has this very click, from a run that wrote it and died. Who may do it now does not matter then: somebody who left the
 * team since, or an approval that is used by now, must not keep the others from hearing of it.
 */
function isWritten({ verb, by }: SlackJob & { twoEye: 'request' }, request: Approval, policy: Policy): boolean {
  const { actor, approver, approvedAt, declinedBy, declinedAt, revokedBy, revokedAt, cancelledAt } = request;
  const cancelled = [actor, cancelledAt] as const;
  const clicks: Readonly<Record<RequestVerb, readonly (readonly [PersonId | undefined, Instant | undefined])[]>> = {
    approve: [[approver, approvedAt]],
    decline: [[declinedBy, declinedAt]],
    revoke: [[revokedBy, revokedAt]],
    cancel: [cancelled],
    disown: [cancelled, [revokedBy, revokedAt]],
  };
  const person = policy.people.find(({ slack }) => slack === by.user)?.id;
  return clicks[verb].some(([who, at]) => who === person && at === by.at);
}

function eventOf(
  verb: RequestVerb,
  person: PersonId,
  job: SlackJob & { twoEye: 'request' },
  policy: Policy,
): RequestEvent {
  const { at } = job.by;
  switch (verb) {
    case 'approve':
      return { event: verb, by: person, at, validForMs: policy.approvals.validForMs };
    case 'decline':
      return { event: verb, by: person, at, ...(job.words && { words: job.words }) };
    case 'revoke':
      return { event: verb, by: person, at };
    default:
      return { event: verb, at };
  }
}

/** Who may do what is asked at the click, not at the ask. */
async function mayDo(verb: RequestVerb, request: Approval, by: SlackActor, services: SlackWorkServices) {
  const user = await standing(by, services);
  const group = approversOf(teamOf(request, services.policy), services.policy);
  if (verb === 'approve' || verb === 'decline')
    return mayConfirm(user, request.actor, group, await membersIn(group, services), services.policy);
  const known = knownPerson(user, services.policy);
  if (known.outcome === 'refused') return known;
  if (verb === 'cancel' || verb === 'disown') {
    return known.person === request.actor
      ? known
      : refuse('Only the person in whose name it stands can do this. You can decline it.');
  }
  if (known.person !== request.approver && !(await isCyber(known.person, by.user, services))) {
    return refuse('Only the person who confirmed it, or cyber, can revoke it.');
  }
  const used = await services.usedApprovals(ledgerOf(request));
  return used.has(request.id)
    ? refuse('It was already used, and cannot be revoked. If that use was wrong, say so on its finding.')
    : known;
}

function refuse(why: string) {
  return { outcome: 'refused' as const, why };
}
