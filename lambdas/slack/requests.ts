import { createHash } from 'node:crypto';
import type { Approval } from '../core/approval.ts';
import { askProblems, requestOf } from '../core/ask-check.ts';
import { approversOf, inGroup, knownPerson, mayConfirm } from '../core/eligibility.ts';
import { TwoEyeError } from '../core/errors.ts';
import type { Group, PersonId, Policy } from '../core/policy.ts';
import { ledgerOf, type RequestEvent, transition } from '../core/request.ts';
import type { Ask, RequestVerb, SlackActor, SlackJob } from '../core/slack-job.ts';
import { type Instant, MINUTE_MS } from '../core/time.ts';
import { approvalLife } from '../core/wording/approval-life.ts';
import { type ApprovalState, type ApprovalUse, approvalMessage } from '../core/wording/approval-message.ts';
import { askedMessage, askedWhere } from '../core/wording/asked-message.ts';
import { code, escaped } from '../core/wording/escape.ts';
import { mention, targetTitle } from '../core/wording/names.ts';
import { clockTime, zoneOf } from '../core/wording/times.ts';
import type { SlackWorkServices } from './services.ts';
import { isTold, show, showAgain, tellOnce, whisper, words } from './tell.ts';
import { tellUnfollowed } from './unfollowed.ts';

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

async function stateOf(request: Approval, services: SlackWorkServices): Promise<ApprovalState> {
  const { value } = await services.readTold<{ byAction: Readonly<Record<string, ApprovalUse>> }>(request.id, 'uses');
  const uses = Object.values(value?.byAction ?? {}).toSorted((one, other) => one.usedAt - other.usedAt);
  return { at: services.now(), uses };
}

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

async function lifeOf(request: Approval, services: SlackWorkServices): Promise<string> {
  return approvalLife(request, await stateOf(request, services), services.policy).mrkdwn;
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

/** Whether somebody belongs to cyber now. */
export async function isCyber(person: PersonId, user: string, services: SlackWorkServices): Promise<boolean> {
  const group = services.policy.groups[services.policy.cyber.group];
  return inGroup(person, user, group, await membersIn(group, services));
}

/** Slack user ids of a group that lives in Slack. */
export async function membersIn(
  group: Group | undefined,
  services: SlackWorkServices,
): Promise<readonly string[] | undefined> {
  return group?.kind === 'slack-user-group' ? services.membersOf(group.slackUserGroup) : undefined;
}

/** What Slack says of whoever acted; the workspace is that which Slack signed, and must be that of their account too. */
export async function standing(by: SlackActor, services: SlackWorkServices) {
  const said = await services.standingOf(by.user);
  return by.workspace === said.workspace ? said : { ...said, workspace: by.workspace };
}

function refuse(why: string) {
  return { outcome: 'refused' as const, why };
}

/** Everything that follows a written decision; done again for a delivery that comes again, each part once. */
async function afterDecision(request: Approval, services: SlackWorkServices): Promise<void> {
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
async function sayLate(request: Approval, finding: string, services: SlackWorkServices): Promise<void> {
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

/** The team that owns what is asked for; `cyber` when no target names one any more. */
export function teamOf(request: Pick<Approval, 'target'>, policy: Policy): string {
  return policy.targets.find(({ id }) => id === request.target)?.team ?? 'cyber';
}

function channelOf(request: Approval, policy: Policy): string {
  return policy.teams[teamOf(request, policy)]?.channel ?? policy.cyber.channel;
}
