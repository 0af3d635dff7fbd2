import type { Approval } from '../../../lambdas/core/approval.ts';
import { type ApprovalUse, approvalMessage } from '../../../lambdas/core/wording/approval-message.ts';
import { toldKey } from '../../../lambdas/edge/table-keys.ts';
import { idOf } from '../../../lambdas/slack/requests.ts';
import { POLICY } from '../story.ts';
import type { Outcome } from '../world.ts';

const TEAM = ['ada@example.gov.uk', 'ben@example.gov.uk', 'cat@example.gov.uk'];

/** What is broken of what people are promised who ask and answer in Slack; nothing when all is well. */
export function brokenPromises(outcome: Outcome): readonly string[] {
  if (!outcome.actsBySlack) return [];
  return outcome.approvals
    .flatMap((request) => [
      ...wronglyAnswered(request, outcome),
      ...untold(request, outcome),
      ...shownWrongly(request, outcome),
    ])
    .concat(unanswered(outcome), silent(outcome), unsaid(outcome));
}

/** A yes is a second person's, who may say it, in the time in which it could be said, and from when they clicked. */
function wronglyAnswered(
  { id, actor, status, approver, approvedAt = 0, lapsesAt = 0, requestedAt }: Approval,
  { jobs }: Outcome,
): readonly string[] {
  if (status !== 'approved' && status !== 'revoked') return [];
  const isClick = jobs.some(
    (job) =>
      job.twoEye === 'request' &&
      job.request === id &&
      job.verb === 'approve' &&
      job.by.at === approvedAt &&
      job.by.user === slackOf(approver),
  );
  const isGood = approver !== undefined && TEAM.includes(approver) && approver !== actor;
  const isInTime = approvedAt >= requestedAt && approvedAt < lapsesAt;
  return isGood && isInTime && isClick
    ? []
    : [`${id} of ${actor} was approved by ${approver} and should not have been`];
}

/** What was said of a request is never unsaid: only a yes can be taken back. */
function unsaid({ requestHistory }: Outcome): readonly string[] {
  const last = new Map<string, Approval>();
  return requestHistory.flatMap((request) => {
    const before = last.get(request.id)?.status ?? 'requested';
    last.set(request.id, request);
    const isAllowed =
      before === request.status || before === 'requested' || (before === 'approved' && request.status === 'revoked');
    return isAllowed ? [] : [`${request.id} was ${before} and became ${request.status}`];
  });
}

/** The team, who was picked, and who asked were told; who asked also of what became of it. */
function untold({ id, actor, picked, status, via }: Approval, { slack }: Outcome): readonly string[] {
  const [asker, other] = [slackOf(actor), slackOf(picked)];
  const outcome = status === 'requested' ? [] : [`${id}/slack-dm#${asker}#${status}`];
  const wanted = [
    `${id}/slack`,
    `${id}/slack-dm#${asker}#asked`,
    ...(other ? [`${id}/slack-dm#${other}`] : []),
    ...outcome,
  ];
  const posted = new Set([...slack.values()].map((message) => message.id));
  return wanted
    .filter((message) => !posted.has(message))
    .map((message) => `${message} was never posted (asked by ${via})`);
}

/** The message that is noted shows how the request is, to the team and to whoever was picked. */
function shownWrongly(request: Approval, { slack, table, endedAt }: Outcome): readonly string[] {
  const uses = (table.at(toldKey(request.id, 'uses'))?.value as { byAction?: Record<string, ApprovalUse> } | undefined)
    ?.byAction;
  const state = { at: endedAt, uses: Object.values(uses ?? {}).toSorted((one, other) => one.usedAt - other.usedAt) };
  const expected = JSON.stringify(approvalMessage(request, state, POLICY).blocks);
  const picked = slackOf(request.picked);
  return ['slack', ...(picked ? [`slack-dm#${picked}`] : [])].flatMap((where) => {
    const told = table.at(toldKey(request.id, where))?.value as { readonly ts?: string } | undefined;
    const shown = slack.get(told?.ts ?? '');
    return shown && JSON.stringify(shown.blocks) === expected
      ? []
      : [`${request.id} is ${request.status} and ${where} shows ${shown?.text ?? 'nothing'}`];
  });
}

/** Nobody waits for ever: what nobody answers lapses. A late request and an emergency wait for three days. */
function unanswered({ approvals, endedAt }: Outcome): readonly string[] {
  return approvals
    .filter(({ status, lapsesAt = 0 }) => status === 'requested' && lapsesAt < endedAt)
    .map(({ id }) => `${id} waits although its time is over`);
}

/** Whoever asks gets a request or is told why not; whoever clicks changes something or is told that nothing was changed. */
function silent({ jobs, approvals, words, pins, whispers, slack }: Outcome): readonly string[] {
  const told = new Set([...whispers.map(({ user }) => user), ...[...slack.values()].map(({ channel }) => channel)]);
  const ids = new Set([...approvals, ...pins, ...words].map(({ id }) => id));
  return jobs.flatMap((job) => {
    if (!('by' in job) || told.has(job.by.user)) return [];
    const isDone =
      'key' in job ? ids.has(idOf(job.key)) || ids.has(`p${idOf(job.key).slice(1)}`) : isHeard(job, approvals);
    return isDone ? [] : [`${job.by.user} was told nothing of what came of ${JSON.stringify(job)}`];
  });
}

function isHeard(job: Outcome['jobs'][number], approvals: readonly Approval[]): boolean {
  if (job.twoEye !== 'request') return job.twoEye === 'pin-end';
  const request = approvals.find(({ id }) => id === job.request);
  return [request?.approvedAt, request?.declinedAt, request?.revokedAt, request?.cancelledAt].includes(job.by.at);
}

function slackOf(person: string | undefined): string | undefined {
  return POLICY.people.find(({ id }) => id === person)?.slack;
}
