import {
  GetSecretValueCommand,
  ResourceNotFoundException,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import type { Policy } from '../../lambdas/core/policy.ts';
import type { DoctorServices, SlackReply } from './examine.ts';

const TIMEOUT_MS = 10_000;

/** The neighbours of a real deployment. Secrets are read and never shown. */
export function liveServices({ home }: Policy): DoctorServices {
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
  };
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
