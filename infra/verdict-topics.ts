import { Duration } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { SubscriptionFilter, Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription, LambdaSubscription, SqsSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { TELLING_ENDS_MS } from '../lambdas/core/telling/attempt.ts';
import type { WorkQueue } from './work-queue.ts';

/** Where every verdict is published after it was recorded. Whoever wants more of them subscribes; no code changes. */
export class VerdictsTopic extends Construct {
  readonly topic: Topic;

  constructor(scope: Construct, id: string, key: IKey) {
    super(scope, id);
    this.topic = new Topic(this, 'Topic', { topicName: 'two-eye-verdicts', masterKey: key, enforceSSL: true });
  }

  /** All of them, or only what is about a finding: its opening, its changes, its end. */
  tell(work: WorkQueue, which: 'everything' | 'findings'): void {
    const change = SubscriptionFilter.stringFilter({ allowlist: ['opened', 'changed', 'closed'] });
    this.topic.addSubscription(
      new SqsSubscription(work.queue, {
        rawMessageDelivery: true,
        deadLetterQueue: work.dead,
        ...(which === 'findings' ? { filterPolicy: { change } } : {}),
      }),
    );
  }

  /** A function hears the verdicts of one team. */
  tellFunction(fn: IFunction, team: string, dead: IQueue): void {
    const filterPolicy = { team: SubscriptionFilter.stringFilter({ allowlist: [team] }) };
    this.topic.addSubscription(new LambdaSubscription(fn, { deadLetterQueue: dead, filterPolicy }));
  }

  /** A channel that failed is told by e-mail too, so that it does not depend on the other channel alone. */
  mailTrouble(address: string): void {
    const trouble = SubscriptionFilter.existsFilter();
    this.topic.addSubscription(new EmailSubscription(address, { filterPolicy: { trouble } }));
  }
}

/** Two-eye's own health goes to people by a way that does not pass through what the alarms watch. */
export class AlarmTopic extends Construct {
  readonly topic: Topic;

  constructor(scope: Construct, id: string, props: { readonly key: IKey; readonly email?: string }) {
    super(scope, id);
    this.topic = new Topic(this, 'Topic', { topicName: 'two-eye-alarms', masterKey: props.key, enforceSSL: true });
    if (props.email !== undefined) this.topic.addSubscription(new EmailSubscription(props.email));
  }
}

/** How long a function behind the topic may take for a batch. */
export const TELLING_TIMEOUT = Duration.millis(TELLING_ENDS_MS);
