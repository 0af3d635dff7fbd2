import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';

/** The key of a stack. The services that carry messages for us may use it on this account's behalf. */
export function dataKey(scope: Construct, id: string, alias: string): Key {
  const { account, region } = Stack.of(scope);
  const key = new Key(scope, id, {
    alias,
    description: 'All that two-eye keeps here: table, queues, topics, secrets, logs.',
    enableKeyRotation: true,
    removalPolicy: RemovalPolicy.RETAIN,
  });
  const carriers = ['events.amazonaws.com', 'sns.amazonaws.com', 'cloudwatch.amazonaws.com'];
  key.addToResourcePolicy(
    new PolicyStatement({
      sid: 'Carriers',
      principals: carriers.map((service) => new ServicePrincipal(service)),
      actions: ['kms:GenerateDataKey*', 'kms:Decrypt', 'kms:DescribeKey'],
      resources: ['*'],
      conditions: { StringEquals: { 'aws:SourceAccount': account } },
    }),
  );
  key.addToResourcePolicy(
    new PolicyStatement({
      sid: 'Logs',
      principals: [new ServicePrincipal(`logs.${region}.amazonaws.com`)],
      actions: ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:DescribeKey'],
      resources: ['*'],
      conditions: { ArnLike: { 'kms:EncryptionContext:aws:logs:arn': `arn:*:logs:${region}:${account}:*` } },
    }),
  );
  return key;
}
