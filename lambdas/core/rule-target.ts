import { partitionOf } from './arn.ts';
import type { Tap } from './patterns.ts';
import type { Policy } from './policy.ts';

/** Where a rule sends what it matches. */
export interface RuleTarget {
  /** ARN of a bus or queue. */
  readonly arn: string;
  /** ARN of the role that may put events there; none for a queue, whose own policy lets the rule in. */
  readonly role?: string;
  /** ARN of the queue for what could not be delivered. */
  readonly dead?: string;
  /** Set when the target gets anything else than the event as it is. */
  readonly input?: 'changed';
}

/** The name of the role with which the rules of a tap put events on the home bus. Roles are the account's, rules the Region's. */
export function rulesRole(region: string): string {
  return `two-eye-rules-${region}`;
}

/** The one target of every rule of a place, as `infra` deploys it: the access queue at home, the home bus from anywhere else. */
export function ruleTargetOf({ home }: Policy, { account, region }: Tap): RuleTarget {
  const partition = partitionOf(region);
  const queue = (name: string) => `arn:${partition}:sqs:${region}:${account}:two-eye-${name}`;
  if (account === home.account && region === home.region) return { arn: queue('access'), dead: queue('access-dead') };
  return {
    arn: `arn:${partition}:events:${home.region}:${home.account}:event-bus/two-eye-access`,
    role: `arn:${partition}:iam::${account}:role/${rulesRole(region)}`,
    dead: queue('tap-dead'),
  };
}
