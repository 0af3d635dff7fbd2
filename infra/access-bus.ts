import type { CfnRule } from 'aws-cdk-lib/aws-events';
import { EventBus, Match, Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { AccountPrincipal, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import type { WorkQueue } from './work-queue.ts';

/** Read-only calls, AssumeRole among them, reach rules in this state alone. L2 rules know it not. */
export const RULE_STATE = 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS';

export interface AccessBusProps {
  readonly accounts: readonly string[];
  readonly key: IKey;
  readonly target: WorkQueue;
}

/** Where the taps' rules send: a bus that takes CloudTrail's events from the listed accounts, and nothing else. */
export class AccessBus extends Construct {
  readonly bus: EventBus;

  constructor(scope: Construct, id: string, { accounts, key, target }: AccessBusProps) {
    super(scope, id);
    this.bus = new EventBus(this, 'Bus', { eventBusName: 'two-eye-access', kmsKey: key, deadLetterQueue: target.dead });
    this.bus.addToResourcePolicy(
      new PolicyStatement({
        sid: 'ListedAccounts',
        principals: accounts.map((account) => new AccountPrincipal(account)),
        actions: ['events:PutEvents'],
        resources: [this.bus.eventBusArn],
        // Sources that begin with aws. are reserved to AWS, so nobody can make up a record.
        conditions: { StringLike: { 'events:source': 'aws.*' } },
      }),
    );
    const rule = new Rule(this, 'ToQueue', {
      ruleName: 'two-eye-access-to-queue',
      description: 'Every record that a tap sent goes to the access queue.',
      eventBus: this.bus,
      eventPattern: {
        account: [...accounts],
        source: Match.prefix('aws.'),
        detailType: [
          'AWS API Call via CloudTrail',
          'AWS Console Sign In via CloudTrail',
          'AWS Console Signin via CloudTrail',
        ],
      },
      targets: [new SqsQueue(target.queue, { deadLetterQueue: target.dead })],
    });
    (rule.node.defaultChild as CfnRule).state = RULE_STATE;
  }
}
