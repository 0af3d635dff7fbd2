import { Stack } from 'aws-cdk-lib';
import { CfnRule } from 'aws-cdk-lib/aws-events';
import { type IRole, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { rulesOf, type Tap } from '../lambdas/core/patterns.ts';
import type { Policy } from '../lambdas/core/policy.ts';
import { rulesRole } from '../lambdas/core/rule-target.ts';
import { RULE_STATE } from './access-bus.ts';

export interface WatchRulesProps {
  readonly policy: Policy;
  readonly tap: Tap;
  /** The home bus by its ARN, or, in the home account and Region, the queue itself. */
  readonly target: { readonly busArn: string } | { readonly queue: Queue };
  /** What EventBridge could not deliver. */
  readonly dead: Queue;
}

/** The rules of one account and Region, on the default bus, where alone CloudTrail's events arrive. */
export class WatchRules extends Construct {
  constructor(scope: Construct, id: string, { policy, tap, target, dead }: WatchRulesProps) {
    super(scope, id);
    mayReceiveFromRules(dead);
    if ('queue' in target) mayReceiveFromRules(target.queue);
    const role = 'busArn' in target ? this.roleTo(target.busArn) : undefined;
    for (const rule of rulesOf(policy, tap)) {
      // Not the L2 rule: it knows neither the state nor all operators.
      new CfnRule(this, rule.id, {
        name: `two-eye-${rule.id}`,
        description: rule.description,
        eventPattern: rule.pattern,
        state: RULE_STATE,
        targets: [
          {
            id: 'home',
            arn: 'busArn' in target ? target.busArn : target.queue.queueArn,
            deadLetterConfig: { arn: dead.queueArn },
            ...(role === undefined ? {} : { roleArn: role.roleArn }),
          },
        ],
      });
    }
  }

  /** One role for all rules of a tap: it may put events on the home bus and nothing else. */
  private roleTo(busArn: string): IRole {
    const assumedBy = new ServicePrincipal('events.amazonaws.com');
    // By a name that drift knows, and the tampering door.
    const role = new Role(this, 'Role', { roleName: rulesRole(Stack.of(this).region), assumedBy });
    role.addToPolicy(new PolicyStatement({ actions: ['events:PutEvents'], resources: [busArn] }));
    return role;
  }
}

/** One statement for all of our rules: a queue's policy has room for twenty. */
function mayReceiveFromRules(queue: Queue): void {
  const { partition, region, account } = Stack.of(queue);
  queue.addToResourcePolicy(
    new PolicyStatement({
      sid: 'OwnRules',
      principals: [new ServicePrincipal('events.amazonaws.com')],
      actions: ['sqs:SendMessage'],
      resources: [queue.queueArn],
      conditions: { ArnLike: { 'aws:SourceArn': `arn:${partition}:events:${region}:${account}:rule/two-eye-*` } },
    }),
  );
}
