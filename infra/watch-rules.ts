import { type CfnRule, EventBus, type EventPattern, type IRuleTarget, Rule } from 'aws-cdk-lib/aws-events';
import { EventBus as BusTarget, SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { Policy } from '../lambdas/core/policy.ts';
import { RULE_STATE } from './access-bus.ts';
import { rulesOf, type Tap } from './patterns.ts';

export interface WatchRulesProps {
  readonly policy: Policy;
  readonly tap: Tap;
  /** The home bus by its ARN, or, in the home account and Region, the queue itself. */
  readonly target: { readonly busArn: string } | { readonly queue: IQueue };
  /** What EventBridge could not deliver. */
  readonly dead: IQueue;
}

/** The rules of one account and Region, on the default bus, where alone CloudTrail's events arrive. */
export class WatchRules extends Construct {
  constructor(scope: Construct, id: string, { policy, tap, target, dead }: WatchRulesProps) {
    super(scope, id);
    const bus = 'busArn' in target ? EventBus.fromEventBusArn(this, 'Home', target.busArn) : undefined;
    for (const { id: ruleId, description, pattern } of rulesOf(policy, tap)) {
      const to: IRuleTarget = bus
        ? new BusTarget(bus, { deadLetterQueue: dead })
        : new SqsQueue((target as { queue: IQueue }).queue, { deadLetterQueue: dead });
      const rule = new Rule(this, ruleId, {
        ruleName: `two-eye-${ruleId}`,
        description,
        targets: [to],
        eventPattern: { source: ['aws.placeholder'] },
      });
      const cfn = rule.node.defaultChild as CfnRule;
      // As it is: the L2 pattern knows not all operators.
      cfn.eventPattern = pattern as unknown as EventPattern;
      cfn.state = RULE_STATE;
    }
  }
}
