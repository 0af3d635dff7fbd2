import { Duration, Stack } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as FunctionTarget } from 'aws-cdk-lib/aws-events-targets';
import { AccountPrincipal, PolicyStatement, Role } from 'aws-cdk-lib/aws-iam';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { CANARY_ROLE, CANARY_TEAM } from '../lambdas/core/canary.ts';
import { tapsOf } from '../lambdas/core/patterns.ts';
import type { Policy } from '../lambdas/core/policy.ts';
import { healthAlarm } from './health-alarm.ts';
import type { VerdictsTopic } from './verdict-topics.ts';
import type { Worker } from './worker.ts';

/** The name of the role with which the canary function calls, so that watched accounts can trust it and nobody else. */
export const CANARY_CALLER = 'two-eye-canary-caller';

export interface CanaryWatchProps {
  readonly policy: Policy;
  readonly verdicts: VerdictsTopic;
  readonly worker: Worker;
  readonly alarms: ITopic;
  readonly dead: Queue;
}

/** Every quarter of an hour a real AssumeRole in each watched account × Region; an alarm for each whose verdict stays away. */
export class CanaryWatch extends Construct {
  constructor(scope: Construct, id: string, props: CanaryWatchProps) {
    super(scope, id);
    const { policy, worker, dead } = props;
    const { partition } = Stack.of(this);
    const roles = Object.keys(policy.accounts).map((account) => `arn:${partition}:iam::${account}:role/${CANARY_ROLE}`);
    worker.fn.addToRolePolicy(new PolicyStatement({ actions: ['sts:AssumeRole'], resources: roles }));
    worker.fn.addEnvironment(
      'CANARIES',
      tapsOf(policy)
        .map(({ account, region }) => `${account}/${region}`)
        .join(' '),
    );
    new Rule(this, 'Sing', {
      ruleName: 'two-eye-canary-sings',
      description: 'A real AssumeRole in every watched account and Region.',
      schedule: Schedule.rate(Duration.minutes(15)),
      targets: [new FunctionTarget(worker.fn, { deadLetterQueue: dead, retryAttempts: 2 })],
    });
    // Its record goes the way of every other; what is measured is how long it took until it was told.
    props.verdicts.tellFunction(worker.fn, CANARY_TEAM, dead);
    for (const tap of tapsOf(policy)) this.alarmOf(tap.account, tap.region, props);
  }

  private alarmOf(account: string, region: string, { alarms, policy }: CanaryWatchProps): void {
    const name = policy.accounts[account] ?? account;
    healthAlarm(this, `Alarm-${account}-${region}`, {
      metric: new Metric({
        namespace: 'two-eye',
        metricName: 'CanaryLatency',
        dimensionsMap: { account, region },
        statistic: 'SampleCount',
        period: Duration.minutes(30),
      }),
      below: 1,
      // CloudTrail takes minutes, now and then tens of minutes.
      periods: 2,
      missing: 'fault',
      hurts: `Uses of privileged access in ${name}, ${region}, may not reach us: nobody would be told of them.`,
      runbook: 'the-canary-is-not-heard',
      topic: alarms,
    });
  }
}

/**
 * A heartbeat that ends outside the home account: this account's rule sees the canary, or this account says that the home account sings no more. Who
 * holds the home account cannot silence both.
 */
export function heartbeatAlarm(scope: Construct, topic: ITopic): void {
  healthAlarm(scope, 'HeartbeatAlarm', {
    metric: new Metric({
      namespace: 'AWS/Events',
      metricName: 'Invocations',
      dimensionsMap: { RuleName: 'two-eye-canary' },
      statistic: 'Sum',
      period: Duration.minutes(30),
    }),
    below: 1,
    periods: 2,
    missing: 'fault',
    hurts: 'The home account of two-eye may be silent as a whole: nobody would be told of any use, nor of that.',
    runbook: 'the-heartbeat-stopped',
    topic,
  });
}

/** A role that may do nothing, for the one caller. */
export function canaryRole(scope: Construct, { home }: Policy): Role {
  const { partition } = Stack.of(scope);
  const caller = `arn:${partition}:iam::${home.account}:role/${CANARY_CALLER}`;
  return new Role(scope, 'Canary', {
    roleName: CANARY_ROLE,
    description: 'May do nothing. two-eye assumes it to see that the record arrives.',
    assumedBy: new AccountPrincipal(home.account).withConditions({ ArnEquals: { 'aws:PrincipalArn': caller } }),
    maxSessionDuration: Duration.hours(1),
  });
}
