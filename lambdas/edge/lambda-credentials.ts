import { TwoEyeError } from '../core/errors.ts';

interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/**
 * Stands in for the SDK's `defaultProvider` in the bundles. Lambda gives a function its role's credentials in the
 * environment and starts a new process before they end, so that the SDK's search through files, SSO and metadata
 * services is dead weight on every cold start.
 */
export function defaultProvider(): () => Promise<Credentials> {
  return async () => fromEnvironment();
}

function fromEnvironment(): Credentials {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = process.env;
  if (!AWS_ACCESS_KEY_ID || !AWS_SECRET_ACCESS_KEY) {
    throw new TwoEyeError(
      'misconfigured',
      'There are no AWS credentials in the environment; Lambda sets them from the role.',
    );
  }
  const pair = { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY };
  return AWS_SESSION_TOKEN ? { ...pair, sessionToken: AWS_SESSION_TOKEN } : pair;
}
