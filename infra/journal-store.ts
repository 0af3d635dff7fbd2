import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import { Rule, RuleTargetInput, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as FunctionTarget } from 'aws-cdk-lib/aws-events-targets';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { DynamoEventSource, SqsDlq } from 'aws-cdk-lib/aws-lambda-event-sources';
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectLockRetention, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { healthAlarm } from './health-alarm.ts';
import type { RecordTable } from './record-table.ts';
import type { Worker } from './worker.ts';

export interface JournalStoreProps {
  readonly table: RecordTable;
  readonly worker: Worker;
  readonly key: IKey;
  readonly alarms: ITopic;
}

/** Long enough for the audit of a year to find the year before. */
const KEPT = Duration.days(800);

const HURTS = 'Auditors: what is not in the journal within a day cannot be proved later.';

/** Where every change of the table is kept so that nobody, not even an administrator, can change or remove it. */
export class JournalStore extends Construct {
  readonly bucket: Bucket;

  constructor(scope: Construct, id: string, { table, worker, key, alarms }: JournalStoreProps) {
    super(scope, id);
    this.bucket = new Bucket(this, 'Bucket', {
      encryption: BucketEncryption.KMS,
      encryptionKey: key,
      bucketKeyEnabled: true,
      versioned: true,
      objectLockEnabled: true,
      objectLockDefaultRetention: ObjectLockRetention.compliance(KEPT),
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    worker.give('JOURNAL_BUCKET', this.bucket.bucketName, ['s3:ListBucket'], this.bucket.bucketArn);
    worker.give(
      'JOURNAL_BUCKET',
      this.bucket.bucketName,
      ['s3:GetObject', 's3:PutObject'],
      this.bucket.arnForObjects('pages/*'),
    );
    key.grantEncryptDecrypt(worker.fn);
    worker.fn.addEventSource(this.stream(table, key));
    healthAlarm(this, 'BehindAlarm', {
      metric: worker.fn.metric('IteratorAge', { period: Duration.minutes(5), statistic: 'Maximum' }),
      atLeast: Duration.hours(1).toMilliseconds(),
      hurts: HURTS,
      runbook: 'the-journal-is-behind',
      topic: alarms,
    });
  }

  /** Daily, to cyber's channel: a head that is kept elsewhere. */
  tellsHead({ fn }: Worker, dead: Queue, topic: ITopic): void {
    healthAlarm(this, 'HeadAlarm', {
      metric: told('HeadTold', Duration.hours(6)),
      below: 1,
      periods: 5,
      missing: 'fault',
      hurts:
        'Auditors: no head of the journal was told for more than a day, by which a journal written anew is found out.',
      runbook: 'the-head-or-the-report-stays-away',
      topic,
    });
    new Rule(this, 'EveryDay', {
      ruleName: 'two-eye-every-day',
      description: 'Says the head of the journal in Slack.',
      schedule: Schedule.cron({ hour: '8', minute: '0' }),
      targets: [new FunctionTarget(fn, { deadLetterQueue: dead, event: RuleTargetInput.fromObject({ tell: 'head' }) })],
    });
  }

  /** On Mondays, before work begins in London in winter and in summer. */
  takesReports(worker: Worker, dead: Queue, topic: ITopic): void {
    // CloudWatch looks back seven days at most; the function dates its figure an hour ahead, so that the next is there before this one is out of sight.
    healthAlarm(this, 'ReportAlarm', {
      metric: told('ReportTold', Duration.days(1)),
      below: 1,
      periods: 7,
      missing: 'fault',
      hurts: 'Teams and auditors did not get the report of the week.',
      runbook: 'the-head-or-the-report-stays-away',
      topic,
    });
    const { bucketName, encryptionKey } = this.bucket;
    worker.give('JOURNAL_BUCKET', bucketName, ['s3:PutObject'], this.bucket.arnForObjects('reports/*'));
    encryptionKey?.grantEncryptDecrypt(worker.fn);
    new Rule(this, 'EveryWeek', {
      ruleName: 'two-eye-every-week',
      description: 'The report of the week.',
      schedule: Schedule.cron({ weekDay: 'MON', hour: '7', minute: '30' }),
      targets: [new FunctionTarget(worker.fn, { deadLetterQueue: dead })],
    });
  }

  private stream({ table }: RecordTable, key: IKey): DynamoEventSource {
    const dead = new Queue(this, 'Dead', {
      queueName: 'two-eye-journal-dead',
      encryption: QueueEncryption.KMS,
      encryptionMasterKey: key,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    // A TableV2 is an ITable but for what optional means.
    return new DynamoEventSource(table as unknown as ITable, {
      startingPosition: StartingPosition.TRIM_HORIZON,
      batchSize: 100,
      maxBatchingWindow: Duration.seconds(10),
      // Until the stream forgets it: a page is never left out to get on.
      retryAttempts: -1,
      onFailure: new SqsDlq(dead),
    });
  }
}

/** How often something was told. */
function told(metricName: string, period: Duration): Metric {
  return new Metric({ namespace: 'two-eye', metricName, statistic: 'SampleCount', period });
}
