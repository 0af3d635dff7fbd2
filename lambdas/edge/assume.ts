import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { TwoEyeError } from '../core/errors.ts';

/** A session of the least length that AWS gives. */
const SHORTEST_S = 900;

/** Assumes a role through the STS endpoint of a Region and forgets the credentials. Throws `dependency_failed`. */
export async function assumeAndForget(roleArn: string, region: string): Promise<void> {
  const client = new STSClient({
    region,
    maxAttempts: 3,
    requestHandler: { connectionTimeout: 2_000, requestTimeout: 5_000 },
  });
  const command = new AssumeRoleCommand({
    RoleArn: roleArn,
    RoleSessionName: 'two-eye-canary',
    DurationSeconds: SHORTEST_S,
  });
  try {
    await client.send(command);
  } catch (cause) {
    throw new TwoEyeError('dependency_failed', `${roleArn} could not be assumed through ${region}.`, { cause });
  } finally {
    client.destroy();
  }
}
