import type { Approval } from '../../../lambdas/core/approval.ts';
import type { SlackJob } from '../../../lambdas/core/slack-job.ts';
import { type ApprovalUse, approvalMessage } from '../../../lambdas/core/wording/approval-message.ts';
import { toldKey } from '../../../lambdas/edge/table-keys.ts';
import { idOf } from '../../../lambdas/slack/asking.ts';
import type { Outcome } from '../outcome.ts';
import { POLICY } from '../story.ts';

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

/** What was said of a request is never unsaid, and by whom: only a yes can be taken back. */
function unsaid({ requestHistory }: Outcome): readonly string[] {
  const last = new Map<string, Approval>();
  return requestHistory.flatMap((request) => {
    const was = last.get(request.id);
    const before = was?.status ?? 'requested';
    last.set(request.id, request);
    const isAllowed =
      before === request.status || before === 'requested' || (before === 'approved' && request.status === 'revoked');
    const isSame =
      before === 'requested' || (was?.approvedAt === request.approvedAt && was?.declinedAt === request.declinedAt);
    return [
      ...(isAllowed ? [] : [`${request.id} was ${before} and became ${request.status}`]),
      ...(isSame ? [] : [`${request.id} was ${before} by one click and is so by another`]),
    ];
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

type Act = Extract<SlackJob, { readonly by: unknown }>;

/** Whoever asks gets a request or is told why not; whoever clicks changes something or is told, since then, that nothing was changed. */
function silent(outcome: Outcome): readonly string[] {
  const { jobs, workspace, slack, wrongClicks } = outcome;
  const isDone = isDoneIn(outcome);
  const inVain = jobs.filter((job): job is Act => 'by' in job && !isDone(job));
  // Each reply answers one click; a reply that belongs nowhere else is a direct message without a name of its own.
  const direct = [...slack].filter(([, { channel, id }]) => id === undefined && channel.startsWith('U'));
  const replies = [
    ...workspace.ephemerals.map(({ user, at }) => ({ user, at })),
    ...direct.map(([ts, { channel }]) => ({ user: channel, at: Math.round(Number(ts) * 1_000) })),
  ].toSorted((one, other) => one.at - other.at);
  const unanswered = inVain
    .toSorted((one, other) => one.by.at - other.by.at)
    .filter(({ by }) => {
      const reply = replies.findIndex(({ user, at }) => user === by.user && at >= by.at);
      return reply < 0 || replies.splice(reply, 1).length === 0;
    });
  return [
    ...unanswered.map((job) => `${job.by.user} was told nothing of what came of ${JSON.stringify(job)}`),
    ...wrongClicks,
  ];
}

/** Whether an act has had an effect that whoever acted can see. */
function isDoneIn({ approvals, pins, words, workspace }: Outcome): (job: Act) => boolean {
  const made = new Set([...approvals, ...pins, ...words].map(({ id }) => id));
  return (job) => {
    switch (job.twoEye) {
      case 'home':
        return workspace.homes.has(job.by.user);
      case 'step':
        return workspace.steps.get(job.execution)?.state !== 'running';
      case 'pin-end':
        return pins.some(({ id, endedAt }) => id === job.pin && endedAt !== undefined);
      case 'request': {
        const request = approvals.find(({ id }) => id === job.request);
        const { approvedAt, declinedAt, revokedAt, cancelledAt } = request ?? {};
        return [approvedAt, declinedAt, revokedAt, cancelledAt].includes(job.by.at);
      }
      default:
        return 'key' in job && (made.has(idOf(job.key)) || made.has(`p${idOf(job.key).slice(1)}`));
    }
  };
}

function slackOf(person: string | undefined): string | undefined {
  return POLICY.people.find(({ id }) => id === person)?.slack;
}
