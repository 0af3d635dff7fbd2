import { Duration } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { healthAlarm } from './health-alarm.ts';

export interface WorkQueueProps {
  /** Without the prefix `two-eye-`. */
  readonly name: string;
  /** Longest that its function works on a batch. */
  readonly functionTimeout: Duration;
  readonly key: IKey;
  readonly alarms: ITopic;
  /** Who waits when this queue does not move. */
  readonly hurts: string;
  /** How old the oldest message may get. */
  readonly oldest: Duration;
}

/** A queue between two parts, with the dead letters that nobody may lose, and alarms on its age and on the first dead letter. */
export class WorkQueue extends Construct {
  readonly queue: Queue;
  readonly dead: Queue;

  constructor(scope: Construct, id: string, props: WorkQueueProps) {
    super(scope, id);
    const common = { encryption: QueueEncryption.KMS, encryptionMasterKey: props.key, enforceSSL: true };
    this.dead = new Queue(this, 'Dead', {
      ...common,
      queueName: `two-eye-${props.name}-dead`,
      retentionPeriod: Duration.days(14),
    });
    this.queue = new Queue(this, 'Queue', {
      ...common,
      queueName: `two-eye-${props.name}`,
      retentionPeriod: Duration.days(4),
      // AWS advises six times the function's time, so that a message is not delivered again while it is worked on.
      visibilityTimeout: Duration.seconds(props.functionTimeout.toSeconds() * 6),
      deadLetterQueue: { queue: this.dead, maxReceiveCount: 10 },
    });
    this.addAlarms(props);
  }

  private addAlarms(props: WorkQueueProps): void {
    healthAlarm(this, 'OldestAlarm', {
      metric: this.queue.metricApproximateAgeOfOldestMessage({ period: Duration.minutes(1), statistic: 'Maximum' }),
      atLeast: props.oldest.toSeconds(),
      periods: 3,
      hurts: props.hurts,
      runbook: 'a-queue-does-not-move',
      topic: props.alarms,
    });
    healthAlarm(this, 'DeadAlarm', {
      metric: this.dead.metricApproximateNumberOfMessagesVisible({ period: Duration.minutes(1), statistic: 'Maximum' }),
      atLeast: 1,
      hurts: `${props.hurts} It was tried ten times.`,
      runbook: 'dead-letters',
      topic: props.alarms,
    });
  }
}
