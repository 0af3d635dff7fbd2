import type { Finding } from './core/finding.ts';
import type { VerdictMessage } from './core/messages.ts';
import { notGenuineAlarm } from './core/telling/told.ts';
import { now } from './edge/clock.ts';
import { compiledPolicy } from './edge/compiled-policy.ts';
import { publish } from './edge/findings-topic.ts';
import { noteMember } from './edge/incident-members.ts';
import { type IncidentServices, settleIncident } from './edge/incident-telling.ts';
import { sqsHandler } from './edge/lambda-shell.ts';
import { newestOf, pageOutage } from './edge/outage-telling.ts';
import { sendToPagerDuty } from './edge/pagerduty.ts';
import { enqueuePing } from './edge/queues.ts';
import { read, transact } from './edge/table.ts';
import { topicMessage } from './edge/topic-message.ts';

export type PageServices = IncidentServices;

/** What AWS calls: messages of the verdicts topic about findings. */
export const handler = sqsHandler(buildServices, async ({ body }, services) =>
  page(topicMessage<VerdictMessage>(body), services),
);

/** On a cold start. */
function buildServices(): PageServices {
  return {
    policy: compiledPolicy(),
    now,
    read,
    transact,
    send: sendToPagerDuty,
    trouble: (message, why) => publish({ ...message, change: 'changed', trouble: { channel: 'pagerduty', why } }),
    showAgain: (message) => enqueuePing(message, 0),
  };
}

/**
 * For every message: brings PagerDuty up to what it says. Only what is paged is known there; a ping whose Slack message failed is paged
 * too. Throws `dependency_failed` when PagerDuty fails, so that the queue delivers it again.
 */
export async function page(message: VerdictMessage, services: PageServices): Promise<void> {
  const { finding, trouble } = message;
  if (!finding || trouble?.channel === 'pagerduty') return;
  if (finding.cause === 'undecided') return pageOutage(await newestOf(finding, services), services);
  const slackFailed =
    trouble?.channel === 'slack' && finding.state === 'open'
      ? `Slack could not be told (${trouble.why}), this page is all there is`
      : undefined;
  const incidents = await noteMember(message, finding, services, slackFailed === undefined ? 'no' : 'yes');
  for (const incident of incidents) await settleIncident(incident, message, finding, services, slackFailed);
  if (finding.closedAs === 'not-genuine') await pageCyber(message, finding, services);
}

/** `Not genuine` wakes cyber whatever the hour, under a key of its own: the finding's own incident ends as the finding does. */
async function pageCyber(message: VerdictMessage, finding: Finding, services: PageServices): Promise<void> {
  const id = notGenuineAlarm(finding.id);
  const alarm: Finding = {
    ...finding,
    id,
    dedupKey: `two-eye/${id}`,
    state: 'open',
    urgency: 'page',
    wakes: ['cyber'],
  };
  // Noted with the finding's own message: what is shown again in Slack is the finding, and not this page as another one.
  const incidents = await noteMember(message, alarm, services);
  for (const incident of incidents)
    await settleIncident(incident, message, alarm, services, 'NOT GENUINE, said by a person');
}
