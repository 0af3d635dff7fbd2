import { TwoEyeError } from '../core/errors.ts';
import type { Finding } from '../core/finding.ts';
import type { Policy } from '../core/policy.ts';
import { distinctRotas, serviceOf } from '../core/telling/incident-plan.ts';
import { progressOf } from '../core/telling/progress.ts';
import type { Instant } from '../core/time.ts';
import { findingMessage } from '../core/wording/finding-message.ts';
import { followUpEvent, triggerEvent } from '../core/wording/incident.ts';
import type { sendToPagerDuty } from './pagerduty.ts';
import type { findMessage, postMessage, updateMessage } from './slack.ts';
import { spotsOf } from './slack-telling.ts';
import type { read } from './table.ts';
import { findingKey } from './table-keys.ts';

/**
 * While the table cannot be read nothing can be noted of what was told: an outage is told from its message alone. Slack is
 * searched for our own message before it is sent, and PagerDuty joins what has the same key, so that telling twice is once.
 */
export interface OutageSlackServices {
  readonly policy: Policy;
  readonly now: () => Instant;
  readonly post: typeof postMessage;
  readonly update: typeof updateMessage;
  readonly find: typeof findMessage;
  readonly shownOutages?: ShownOutages;
}

/** What a process has shown, by channel and finding: the search may not be permitted, and messages may come out of order. */
export type ShownOutages = Map<string, { readonly ts: string; readonly finding: Finding }>;

/**
 * Once it is in the table, that is newer than what was told while the table was away and comes late; until then, and for as long as the
 * table does not answer, the message is all there is.
 */
export async function newestOf(finding: Finding, table: { readonly read: typeof read }): Promise<Finding> {
  const known = await table.read<Finding>(findingKey(finding.ledger, finding.id)).catch(() => undefined);
  return known && progressOf(known.value) > progressOf(finding) ? known.value : finding;
}

const shownHere: ShownOutages = new Map();

/** Posts the outage in each of its channels, or changes what is there. Throws `dependency_failed` when Slack does not take it. */
export async function showOutage(finding: Finding, services: OutageSlackServices): Promise<void> {
  const channels = spotsOf(finding, services.policy).map(({ channel }) => channel);
  const failed: string[] = [];
  for (const channel of channels) {
    const outcome = await showIn(channel, finding, services);
    if (outcome !== 'ok') failed.push(channel);
  }
  if (failed.length > 0)
    throw new TwoEyeError('dependency_failed', `Slack did not take an outage in ${failed.join()}.`);
}

async function showIn(channel: string, finding: Finding, services: OutageSlackServices): Promise<string> {
  const key = `${channel} ${finding.id}`;
  const shown = services.shownOutages ?? shownHere;
  const before = shown.get(key);
  if (before && isNewer(before.finding, finding)) return 'ok';
  const message = {
    ...findingMessage({ finding, at: services.now() }, services.policy),
    channel,
    id: `outage/${finding.id}`,
  };
  const ts = before?.ts ?? (await found(message, finding, services));
  if (ts === undefined && finding.state === 'closed') return 'ok';
  const result = ts === undefined ? await services.post(message) : await services.update({ channel, ts }, message);
  if (result.outcome === 'ok') shown.set(key, { ts: result.value.ts, finding });
  return result.outcome;
}

/** Whether it is news no more; of another outage within the hour, after that one was over, it is. */
function isNewer(known: Finding, finding: Finding): boolean {
  const isAnother = known.closedAt !== undefined && finding.openedAt > known.closedAt;
  return !isAnother && progressOf(known) > progressOf(finding);
}

async function found(
  message: Parameters<typeof findMessage>[0],
  { openedAt }: Finding,
  { find }: OutageSlackServices,
): Promise<string | undefined> {
  const result = await find(message, openedAt);
  return result.outcome === 'ok' ? result.value?.ts : undefined;
}

export interface OutagePageServices {
  readonly policy: Policy;
  readonly now: () => Instant;
  readonly send: typeof sendToPagerDuty;
}

/**
 * Pages an outage that is told out of hours, and resolves it when it is over: whatever it was last told as, for another process may have
 * paged it, and to resolve what was never opened does nothing. Throws `dependency_failed` when PagerDuty fails.
 */
export async function pageOutage(finding: Finding, services: OutagePageServices): Promise<void> {
  if (finding.urgency !== 'page' && finding.state !== 'closed') return;
  const { policy, now, send } = services;
  const failed: string[] = [];
  for (const rota of distinctRotas(finding, policy)) {
    const event =
      finding.state === 'closed'
        ? followUpEvent('resolve', finding, finding.dedupKey, policy)
        : triggerEvent({ finding, others: [], at: now(), rota }, finding.dedupKey, policy);
    const result = await send({ service: serviceOf(rota, finding, policy), region: policy.pagerDutyRegion, event });
    if (result.outcome !== 'accepted') failed.push(rota);
  }
  if (failed.length > 0)
    throw new TwoEyeError('dependency_failed', `An outage could not be paged to ${failed.join()}.`);
}
