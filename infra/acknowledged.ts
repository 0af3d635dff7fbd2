import { type App, Validations } from 'aws-cdk-lib';
import { RegionInfo } from 'aws-cdk-lib/region-info';
import type { Policy } from '../lambdas/core/policy.ts';

const ROTATION =
  'Slack and PagerDuty issue these; neither lets AWS rotate them. The runbook says how and how often, and an alarm says when.';
const KEY_ACTIONS =
  'Of one key, named in the statement: what DynamoDB, SQS and SNS ask of whoever uses an encrypted resource.';

/** Rules that do not fit what this is, each with why. Everything else that a checker finds fails the synth. */
const REASONS: Readonly<Record<string, string>> = {
  'AwsSolutions-SMG4': ROTATION,
  'NIST.800.53.R5-SecretsManagerRotationEnabled': ROTATION,
  'AwsSolutions-IAM5[Resource::*]':
    'X-Ray’s PutTraceSegments and PutTelemetryRecords, CloudTrail’s LookupEvents and IAM’s GetAccountAuthorizationDetails have no resources.',
  'AwsSolutions-IAM5[Action::kms:ReEncrypt*]': KEY_ACTIONS,
  'AwsSolutions-IAM5[Action::kms:GenerateDataKey*]': KEY_ACTIONS,
  'AwsSolutions-SQS3': 'It is itself a dead-letter queue; an alarm rings at its first message.',
  'AwsSolutions-APIG4':
    'Slack and PagerDuty sign each request; the function checks the signature before anything else.',
  'AwsSolutions-IAM5[Resource::<JournalBucket5A21B06D.Arn>/pages/*]':
    'Pages have numbers, and none can be overwritten.',
  'AwsSolutions-IAM5[Resource::<JournalBucket5A21B06D.Arn>/reports/*]':
    'Reports have dates; versions keep what was there.',
  'AwsSolutions-S1':
    'CloudTrail data events tell more than access logs; where the organisation logs them, they cover it.',
  'NIST.800.53.R5-S3BucketLoggingEnabled': 'As for AwsSolutions-S1.',
  'NIST.800.53.R5-S3BucketReplicationEnabled':
    'The lock keeps pages from everybody; a copy in another account is the organisation’s to add.',
  'NIST.800.53.R5-IAMNoInlinePolicy':
    'Each policy belongs to one function or tap and lives and dies with it; sharing is what we avoid.',
  'NIST.800.53.R5-LambdaInsideVPC':
    'The functions reach AWS, Slack and PagerDuty and nothing in a VPC; one would add a NAT to fail.',
  'NIST.800.53.R5-LambdaDLQ':
    'Work comes by SQS, whose queues have dead letters, by HTTP, or by a schedule that comes again.',
  'NIST.800.53.R5-LambdaConcurrency':
    'Queues cap concurrency; reserving it would take it from the account whose uses are watched.',
};

/** A stack whose Region is known names its partition. */
function partitionOf(region: string): string {
  return RegionInfo.get(region).partition ?? 'aws';
}

export function acknowledge(app: App, policy: Policy): void {
  const { home } = policy;
  const partition = partitionOf(home.region);
  const reasons: Record<string, string> = {
    ...REASONS,
    [`AwsSolutions-IAM5[Resource::arn:${partition}:kms:${home.region}:${home.account}:key/*]`]:
      'The home key by its alias, which the condition pins; its id is not known in a watched account.',
  };
  for (const account of new Set([...Object.keys(policy.accounts), home.account])) {
    reasons[`AwsSolutions-IAM5[Resource::arn:${partition}:events:*:${account}:rule/two-eye-*]`] =
      'Reads our own rules, in whichever Region the account has a tap.';
  }
  for (const { door } of policy.targets) {
    if (door.kind !== 'database') continue;
    const log = `arn:${partitionOf(door.region)}:logs:${door.region}:${door.account}:log-group:${door.logGroup}:*`;
    reasons[`AwsSolutions-IAM5[Resource::${log}]`] = 'The streams of one log group, whose names AWS chooses.';
  }
  for (const [id, reason] of Object.entries(reasons)) Validations.of(app).acknowledge({ id, reason });
}
