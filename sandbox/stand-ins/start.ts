import type { Policy } from '../../lambdas/core/policy.ts';
import type { Activity } from '../activity.ts';
import type { VirtualClock } from '../clock.ts';
import { cyberOf } from '../cyber.ts';
import type { MadeSecrets } from '../made-secrets.ts';
import { httpApiEvent } from './http-api-event.ts';
import { type PagerDutyStandIn, type SignedWebhook, startPagerDuty } from './pagerduty.ts';
import { type SlackStandIn, startSlack } from './slack.ts';

const WEBHOOK_ATTEMPTS = 10;

export interface StandInsOptions {
  readonly policy: Policy;
  readonly clock: VirtualClock;
  readonly activity: Activity;
  readonly secrets: MadeSecrets;
  readonly invoke: (name: string, event: unknown) => Promise<unknown>;
}

/** Starts Slack and PagerDuty, which call the functions that take what they send. */
export async function startStandIns({
  policy,
  clock,
  activity,
  secrets,
  invoke,
}: StandInsOptions): Promise<{ readonly slack: SlackStandIn; readonly pagerDuty: PagerDutyStandIn }> {
  /** A webhook that nobody took is sent again, as PagerDuty does for two days. */
  async function deliverWebhook(webhook: SignedWebhook, attempt = 1): Promise<void> {
    const answer = (await activity
      .track(invoke('on-pagerduty', httpApiEvent(webhook, '/pagerduty')))
      .catch(() => ({ statusCode: 502 }))) as { readonly statusCode?: number };
    if ((answer.statusCode ?? 200) < 500 || attempt === WEBHOOK_ATTEMPTS) return;
    clock.at(clock.now() + attempt * 60_000, () => void deliverWebhook(webhook, attempt + 1));
  }

  const slack = await startSlack({
    policy,
    signingSecret: secrets.signingSecret,
    botToken: secrets.botToken,
    now: clock.now,
    userGroups: cyberOf(policy),
    deliverTo: async (request) => {
      const answer = (await invoke('on-slack', httpApiEvent(request))) as { statusCode?: number; body?: string };
      return { status: answer.statusCode ?? 200, body: answer.body ?? '' };
    },
  });
  const pagerDuty = await startPagerDuty({
    now: clock.now,
    services: secrets.services,
    webhookSecrets: [secrets.webhookSecret],
    onWebhook: (webhook) => deliverWebhook(webhook),
  });
  return { slack, pagerDuty };
}
