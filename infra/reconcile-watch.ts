import { Duration, Stack } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { Rule, RuleTargetInput, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as FunctionTarget } from 'aws-cdk-lib/aws-events-targets';
import { AccountPrincipal, PolicyStatement, Role } from 'aws-cdk-lib/aws-iam';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { placesOf } from '../lambdas/core/places.ts';
import type { Policy } from '../lambdas/core/policy.ts';
import { healthAlarm } from './health-alarm.ts';
import type { Worker } from './worker.ts';

/** The name of the role with which `reconcile` calls, so that watched accounts can trust it and nobody else. */
export const RECONCILE_CALLER = 'two-eye-reconcile-caller';
/** The same for `self-check`, which looks at the live rules. */
export const SELF_CHECK_CALLER = 'two-eye-self-check-caller';
const RECONCILE_ROLE = 'two-eye-reconcile';

/** Secrets are rotated every 90 days (docs/runbook.md). */
const ROTATE_AFTER_DAYS = 80;

export interface ReconcileWatchProps {
  readonly policy: Policy;
  readonly worker: Worker;
  readonly selfCheck: Worker;
  readonly alarms: ITopic;
  readonly dead: Queue;
}

/** Every hour, CloudTrail and the database logs against the table. */
export class ReconcileWatch extends Construct {
  constructor(scope: Construct, id: string, props: ReconcileWatchProps) {
    super(scope, id);
    const { policy, worker, selfCheck, alarms, dead } = props;
    const { partition } = Stack.of(this);
    const all = placesOf(policy);
    const roles = [...new Set(all.map(({ account }) => account))].map(
      (account) => `arn:${partition}:iam::${account}:role/${RECONCILE_ROLE}`,
    );
    const places = all.map(({ account, region }) => `${account}/${region}`).join(' ');
    for (const { fn } of [worker, selfCheck]) {
      fn.addToRolePolicy(new PolicyStatement({ actions: ['sts:AssumeRole'], resources: roles }));
      fn.addEnvironment('PLACES', places);
    }
    if (policy.trail !== undefined)
      worker.fn.addToRolePolicy(new PolicyStatement({ actions: ['sts:AssumeRole'], resources: [policy.trail.role] }));
    this.selfCheckOften(selfCheck, dead);
    this.alarmOfDrift(alarms);
    this.alarmOfSecrets(alarms);
    this.alarmOfHolidays(policy, alarms);
    new Rule(this, 'EveryHour', {
      ruleName: 'two-eye-every-hour',
      description: 'Looks for uses that did not arrive.',
      schedule: Schedule.rate(Duration.hours(1)),
      targets: [new FunctionTarget(worker.fn, { deadLetterQueue: dead, retryAttempts: 1 })],
    });
    const period = Duration.hours(1);
    healthAlarm(this, 'FoundAlarm', {
      metric: new Metric({ namespace: 'two-eye', metricName: 'FoundLate', statistic: 'Sum', period }),
      atLeast: 1,
      hurts: 'A use of privileged access did not arrive by the bus: it is judged now, late, and others may be missing.',
      runbook: 'uses-were-found-late',
      topic: alarms,
    });
    healthAlarm(this, 'SilentAlarm', {
      metric: new Metric({ namespace: 'two-eye', metricName: 'FoundLate', statistic: 'SampleCount', period }),
      below: 1,
      periods: 3,
      missing: 'fault',
      hurts: 'Nobody looks for uses that did not arrive: a hole in the watch would not be noticed.',
      runbook: 'reconcile-does-not-run',
      topic: alarms,
    });
  }

  private selfCheckOften({ fn }: Worker, dead: Queue): void {
    const every = (id: string, name: string, check: string, rate: Duration) =>
      new Rule(this, id, {
        ruleName: `two-eye-checks-${name}`,
        description: `Compares the live ${name} with the policy.`,
        schedule: Schedule.rate(rate),
        targets: [new FunctionTarget(fn, { deadLetterQueue: dead, event: RuleTargetInput.fromObject({ check }) })],
      });
    every('PolicyCheck', 'policy', 'policy', Duration.minutes(5));
    every('RulesCheck', 'rules', 'rules', Duration.hours(1));
    every('SecretsCheck', 'secrets', 'secrets', Duration.hours(1));
    every('RolesCheck', 'roles', 'roles', Duration.days(1));
  }

  private alarmOfSecrets(topic: ITopic): void {
    healthAlarm(this, 'SecretsAlarm', {
      metric: new Metric({
        namespace: 'two-eye',
        metricName: 'OldestSecretDays',
        statistic: 'Maximum',
        period: Duration.hours(6),
      }),
      atLeast: ROTATE_AFTER_DAYS,
      hurts: 'Cyber: a secret of two-eye is nearly as old as it may be; whoever has a copy can speak for it.',
      runbook: 'secrets-are-old',
      topic,
    });
  }

  private alarmOfHolidays(policy: Policy, topic: ITopic): void {
    const hours = [policy.cyber, ...Object.values(policy.teams)].map((team) => team.hours);
    for (const division of new Set(hours.flatMap(({ holidays }) => holidays ?? []))) {
      healthAlarm(this, `HolidaysAlarm-${division}`, {
        metric: new Metric({
          namespace: 'two-eye',
          metricName: 'BankHolidaysKnownDays',
          dimensionsMap: { Division: division },
          statistic: 'Minimum',
          period: Duration.hours(6),
        }),
        below: 60,
        hurts: `On-call: past the last known bank holiday of ${division} every day pages as if out of hours.`,
        runbook: 'bank-holidays-run-out',
        topic,
      });
    }
  }

  private alarmOfDrift(topic: ITopic): void {
    healthAlarm(this, 'DriftAlarm', {
      metric: new Metric({
        namespace: 'two-eye',
        metricName: 'RuleDrift',
        statistic: 'Maximum',
        period: Duration.hours(1),
      }),
      atLeast: 1,
      hurts: 'Rules of a tap are not as they were built: uses of privileged access may go unseen.',
      runbook: 'rules-are-not-as-built',
      topic,
    });
  }
}

/** A role of a watched account, or of home, that may read the event history, the watched database logs, live rules and roles, for the one caller. */
export function reconcileRole(scope: Construct, policy: Policy, account: string): Role {
  const { partition } = Stack.of(scope);
  const callers = [RECONCILE_CALLER, SELF_CHECK_CALLER].map(
    (name) => `arn:${partition}:iam::${policy.home.account}:role/${name}`,
  );
  const role = new Role(scope, 'Reconcile', {
    roleName: RECONCILE_ROLE,
    description: 'Reads the event history and watched database logs. two-eye looks for uses that did not arrive.',
    assumedBy: new AccountPrincipal(policy.home.account).withConditions({ ArnEquals: { 'aws:PrincipalArn': callers } }),
  });
  // Neither has resources.
  const lists = ['cloudtrail:LookupEvents', 'iam:GetAccountAuthorizationDetails'];
  role.addToPolicy(new PolicyStatement({ actions: lists, resources: ['*'] }));
  const rules = `arn:${partition}:events:*:${account}:rule/two-eye-*`;
  role.addToPolicy(
    new PolicyStatement({ actions: ['events:DescribeRule', 'events:ListTargetsByRule'], resources: [rules] }),
  );
  const logs = logReadingOf(scope, policy, account);
  if (logs !== undefined) role.addToPolicy(logs);
  return role;
}

/** May read the watched database logs of an account; undefined for an account that has none. */
export function logReadingOf(scope: Construct, policy: Policy, account: string): PolicyStatement | undefined {
  const { partition } = Stack.of(scope);
  const logs = policy.targets.flatMap(({ door }) =>
    door.kind === 'database' && door.account === account
      ? [`arn:${partition}:logs:${door.region}:${account}:log-group:${door.logGroup}:*`]
      : [],
  );
  return logs.length === 0 ? undefined : new PolicyStatement({ actions: ['logs:FilterLogEvents'], resources: logs });
}
