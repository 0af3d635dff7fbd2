import {
  DescribeEventBusCommand,
  DescribeRuleCommand,
  EventBridgeClient,
  ResourceNotFoundException as NoBus,
} from '@aws-sdk/client-eventbridge';
import { InvokeCommand, LambdaClient, ResourceNotFoundException as NoFunction } from '@aws-sdk/client-lambda';
import {
  GetSecretValueCommand,
  ResourceNotFoundException,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import type { Policy } from '../../lambdas/core/policy.ts';
import type { RulesSeen } from '../../lambdas/core/rule-drift.ts';
import type { DoctorServices, LiveBus, SlackReply } from './examine.ts';

const TIMEOUT_MS = 10_000;

/** The neighbours of a real deployment. Secrets are read and never shown. */
export function liveServices({ home, pagerDutyRegion }: Policy): DoctorServices {
  const client = new SecretsManagerClient({ region: home.region });
  return {
    secret: async (name) => {
      try {
        const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: name }));
        return jsonObject(SecretString);
      } catch (error) {
        if (error instanceof ResourceNotFoundException) return undefined;
        throw error;
      }
    },
    slack: async (token, method, args) => {
      const response = await fetch(new URL(method, process.env.SLACK_API_URL ?? 'https://slack.com/api/'), {
        method: 'POST',
        headers: { authorization: `Bearer ${token}` },
        body: new URLSearchParams(args),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      const scopes = (response.headers.get('x-oauth-scopes') ?? '').split(',').map((scope) => scope.trim());
      return { reply: (await response.json()) as SlackReply, scopes };
    },
    bus: () => busOf(home.region),
    rules: () => rulesSeen(home.region),
    tryRoutingKey: (routingKey) => tryRoutingKey(routingKey, pagerDutyRegion),
  };
}

const BUS = 'two-eye-access';

async function busOf(region: string): Promise<LiveBus | undefined> {
  const client = new EventBridgeClient({ region });
  try {
    const { Policy: policy = '' } = await client.send(new DescribeEventBusCommand({ Name: BUS }));
    const rule = { EventBusName: BUS, Name: 'two-eye-access-to-queue' };
    const { State: ruleState = 'not there' } = await client.send(new DescribeRuleCommand(rule));
    return { policy, ruleState };
  } catch (error) {
    if (error instanceof NoBus) return undefined;
    throw error;
  }
}

/** `self-check` may look into the watched accounts; whoever runs the doctor may not. */
async function rulesSeen(region: string): Promise<RulesSeen | undefined> {
  const client = new LambdaClient({ region });
  const request = { FunctionName: 'two-eye-self-check', Payload: JSON.stringify({ check: 'look' }) };
  try {
    const { Payload, FunctionError } = await client.send(new InvokeCommand(request));
    const answer = Buffer.from(Payload ?? []).toString('utf8');
    if (FunctionError !== undefined) throw new Error(`two-eye-self-check failed: ${answer.slice(0, 200)}`);
    return JSON.parse(answer) as RulesSeen;
  } catch (error) {
    if (error instanceof NoFunction) return undefined;
    throw error;
  }
}

/** A resolve of what was never triggered does nothing, but is refused with a key that is none, or of the other region. */
async function tryRoutingKey(routing_key: string, region: Policy['pagerDutyRegion']): Promise<number> {
  const server = process.env.PAGERDUTY_EVENTS_SERVER ?? `https://events.${region === 'eu' ? 'eu.' : ''}pagerduty.com`;
  const { status } = await fetch(new URL('/v2/enqueue', server), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ routing_key, event_action: 'resolve', dedup_key: 'two-eye/doctor' }),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  return status;
}

/** A place for a secret that nobody has filled yet holds what CloudFormation made up, which is not JSON. */
function jsonObject(text: string | undefined): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text ?? '');
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
