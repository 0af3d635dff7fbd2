import type { Target } from './policy.ts';

/** The account in which a target lies: that of its door, or of the ARN that names it (`*` where the policy says so). */
export function targetAccount(target: Target): string {
  const { door } = target;
  if (door.kind === 'role') return accountOfArn(door.roleArn);
  if (door.kind === 'secret') return accountOfArn(door.arn);
  if (door.kind === 'data-api') return accountOfArn(door.cluster);
  return door.account;
}

function accountOfArn(arn: string): string {
  return arn.split(':')[4] ?? '*';
}
