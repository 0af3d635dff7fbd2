import { DescribeSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { TwoEyeError } from '../core/errors.ts';
import type { Instant } from '../core/time.ts';

/** The stage of the value that is current; CloudFormation's own made-up first value has it too, until somebody puts one. */
const CURRENT = 'AWSCURRENT';
const PREVIOUS = 'AWSPREVIOUS';

/**
 * When each secret was last put; undefined while it holds what CloudFormation made up, which has no value before it. Reads no value. Throws
 * `dependency_failed`. Source: DescribeSecret, Secrets Manager API reference.
 */
export async function secretsPutAt(ids: readonly string[]): Promise<ReadonlyMap<string, Instant | undefined>> {
  const client = new SecretsManagerClient({ maxAttempts: 3 });
  const read = async (id: string) => {
    const { LastChangedDate, VersionIdsToStages = {} } = await client.send(new DescribeSecretCommand({ SecretId: id }));
    const stages = new Set(Object.values(VersionIdsToStages).flat());
    const isPut = stages.has(CURRENT) && stages.has(PREVIOUS);
    return [id, isPut ? LastChangedDate?.getTime() : undefined] as const;
  };
  try {
    return new Map(await Promise.all(ids.map(read)));
  } catch (cause) {
    throw new TwoEyeError('dependency_failed', 'Secrets Manager did not describe the secrets.', { cause });
  }
}
