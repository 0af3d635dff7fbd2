import { RemovalPolicy } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import type { Policy } from '../lambdas/core/policy.ts';
import type { Worker } from './worker.ts';

/** Empty places for secrets. What goes in is put by a person, after the first deployment (docs/runbook.md, "Put the secrets"). */
export class HomeSecrets extends Construct {
  readonly slack: Secret;
  readonly webhook: Secret;
  readonly routingKeys: readonly Secret[];

  constructor(scope: Construct, id: string, policy: Policy, key: IKey) {
    super(scope, id);
    const place = (construct: string, secretName: string, description: string) =>
      new Secret(this, construct, { secretName, description, encryptionKey: key, removalPolicy: RemovalPolicy.RETAIN });
    this.slack = place('Slack', 'two-eye/slack', '{"botToken","signingSecret"}');
    this.webhook = place('Webhook', 'two-eye/pagerduty-webhook', '{"secrets":["…"]}');
    const names = [...new Set([...Object.values(policy.teams), policy.cyber].map((team) => team.pagerDuty))].sort();
    this.routingKeys = names.map((name) => place(`RoutingKey-${name}`, `two-eye/pagerduty/${name}`, '{"routingKey"}'));
  }

  /** When each was put, and never what it holds. */
  letDescribe(worker: Worker): void {
    const all = [this.slack, this.webhook, ...this.routingKeys];
    worker.fn.addEnvironment('SECRETS', all.map(({ secretArn }) => secretArn).join(' '));
    const resources = all.map(({ secretArn }) => secretArn);
    worker.fn.addToRolePolicy(new PolicyStatement({ actions: ['secretsmanager:DescribeSecret'], resources }));
  }
}
