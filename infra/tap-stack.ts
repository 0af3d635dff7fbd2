import { Duration, Stack, type StackProps } from 'aws-cdk-lib';
import type { IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Key } from 'aws-cdk-lib/aws-kms';
import { FilterPattern, LogGroup, SubscriptionFilter } from 'aws-cdk-lib/aws-logs';
import { LambdaDestination } from 'aws-cdk-lib/aws-logs-destinations';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { Tap } from '../lambdas/core/patterns.ts';
import type { Door, Policy } from '../lambdas/core/policy.ts';
import { accountRoles } from './account-roles.ts';
import { heartbeatAlarm } from './canary-watch.ts';
import { dataKey } from './data-key.ts';
import { healthAlarm } from './health-alarm.ts';
import { WatchRules } from './watch-rules.ts';
import { Worker } from './worker.ts';

export interface TapStackProps extends StackProps {
  readonly policy: Policy;
  readonly tap: Tap;
  readonly bundles: string;
  /** Who is told of alarms that ring here, by a way that does not touch the home account. */
  readonly alarmEmail?: string;
}

/** Role of the log functions of watched accounts, without the Region: the home account's queue knows them by it. */
export const DATABASE_LOG_ROLE = 'two-eye-on-database-log';

/**
 * The queue in the home account for sessions of one account's databases, without the prefix `two-eye-`; `on-access` believes it of
 * nothing else.
 */
export function databaseQueue(account: string): string {
  return `database-${account}`;
}

/** Rings when something lies among the dead letters of a tap. */
export function tapAlarm(scope: Construct, metric: IMetric, topic: ITopic): void {
  healthAlarm(scope, 'DeadAlarm', {
    metric,
    atLeast: 1,
    hurts: 'Uses of privileged access in this account do not reach the home account: nobody is told of them.',
    runbook: 'a-tap-does-not-deliver',
    topic,
  });
}

type DatabaseDoor = Extract<Door, { kind: 'database' }>;

/** What is deployed in one watched account and Region: rules that forward to the home bus, and ears on database logs. */
export class TapStack extends Stack {
  constructor(scope: Construct, id: string, props: TapStackProps) {
    const { policy, tap } = props;
    super(scope, id, { description: 'two-eye: forwards uses of privileged access to the home account.', ...props });
    const key = dataKey(this, 'Key', 'two-eye-tap');
    const alarms = new Topic(this, 'Alarms', { topicName: 'two-eye-tap-alarms', masterKey: key, enforceSSL: true });
    if (props.alarmEmail !== undefined) alarms.addSubscription(new EmailSubscription(props.alarmEmail));
    const dead = this.deadLetters(key, alarms);
    const { account, region } = policy.home;
    const busArn = `arn:${this.partition}:events:${region}:${account}:event-bus/two-eye-access`;
    new WatchRules(this, 'Rules', { policy, tap, target: { busArn }, dead });
    const databases = policy.targets
      .map((target) => target.door)
      .filter(
        (door): door is DatabaseDoor =>
          door.kind === 'database' && door.account === tap.account && door.region === tap.region,
      );
    accountRoles(this, policy, tap);
    if (tap.account in policy.accounts) heartbeatAlarm(this, alarms);
    if (databases.length > 0) this.listen(databases, props, key, alarms);
  }

  private deadLetters(key: Key, alarms: Topic): Queue {
    const dead = new Queue(this, 'Dead', {
      queueName: 'two-eye-tap-dead',
      encryption: QueueEncryption.KMS,
      encryptionMasterKey: key,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    tapAlarm(
      this,
      dead.metricApproximateNumberOfMessagesVisible({ period: Duration.minutes(1), statistic: 'Maximum' }),
      alarms,
    );
    return dead;
  }

  /** A log subscription cannot cross accounts, so the function that reads the log runs here. */
  private listen(
    databases: readonly DatabaseDoor[],
    { policy, tap, bundles }: TapStackProps,
    key: Key,
    alarms: Topic,
  ): void {
    const worker = new Worker(this, 'on-database-log', {
      name: 'on-database-log',
      // The home account's queue for this account takes messages of this role alone. Role names are the account's, functions the Region's.
      roleName: `${DATABASE_LOG_ROLE}-${this.region}`,
      bundles,
      timeout: Duration.seconds(30),
      key,
      alarms,
      hurts: 'Sessions of the database are not seen: nobody is told of an unapproved one.',
      invoked: 'asynchronously',
    });
    const { account, region } = policy.home;
    const queue = `two-eye-${databaseQueue(tap.account)}`;
    worker.give(
      'DATABASE_QUEUE_URL',
      `https://sqs.${region}.${this.urlSuffix}/${account}/${queue}`,
      ['sqs:SendMessage'],
      `arn:${this.partition}:sqs:${region}:${account}:${queue}`,
    );
    worker.fn.addToRolePolicy(this.mayUseHomeKey(policy));
    // One for each log: a second of the same name would not be made, and two would tell everything twice.
    for (const [index, logGroup] of [...new Set(databases.map((door) => door.logGroup))].entries()) {
      new SubscriptionFilter(this, `Log${index}`, {
        logGroup: LogGroup.fromLogGroupName(this, `LogGroup${index}`, logGroup),
        destination: new LambdaDestination(worker.fn),
        // Everything: what a filter lets through can be bent by what a client calls itself.
        filterPattern: FilterPattern.allEvents(),
        filterName: 'two-eye',
      });
    }
  }

  /** The queue is encrypted with the home account's key, whose id is not known here; its alias is. */
  private mayUseHomeKey({ home }: Policy): PolicyStatement {
    return new PolicyStatement({
      actions: ['kms:GenerateDataKey', 'kms:Decrypt'],
      resources: [`arn:${this.partition}:kms:${home.region}:${home.account}:key/*`],
      // A key may have several aliases, so it is a key of many values (KMS developer guide, "kms:ResourceAliases").
      conditions: { 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': 'alias/two-eye' } },
    });
  }
}
