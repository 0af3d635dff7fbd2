import { randomBytes } from 'node:crypto';
import type { Policy } from '../lambdas/core/policy.ts';

/** What the functions are given, and what the stand-ins know of it. */
export interface MadeSecrets {
  readonly byId: Readonly<Record<string, object>>;
  readonly signingSecret: string;
  readonly botToken: string;
  readonly webhookSecret: string;
  /** Routing key → service. */
  readonly services: Readonly<Record<string, string>>;
}

/** Secrets made up for this run. */
export function secretsOf(policy: Policy): MadeSecrets {
  const names = [...new Set([...Object.values(policy.teams).map((team) => team.pagerDuty), policy.cyber.pagerDuty])];
  const keys = names.map((name) => ({ name, routingKey: made() }));
  const [signingSecret, botToken, webhookSecret] = [made(), `xoxb-${made()}`, made()];
  return {
    signingSecret,
    botToken,
    webhookSecret,
    services: Object.fromEntries(keys.map(({ name, routingKey }) => [routingKey, name])),
    byId: {
      'two-eye/slack': { botToken, signingSecret },
      'two-eye/pagerduty-webhook': { secrets: [webhookSecret] },
      ...Object.fromEntries(keys.map(({ name, routingKey }) => [`two-eye/pagerduty/${name}`, { routingKey }])),
    },
  };
}

/** As long as a routing key, with a mark by which the tests see it wherever it should not be. */
function made(): string {
  return `CANARY${randomBytes(13).toString('hex')}`;
}
