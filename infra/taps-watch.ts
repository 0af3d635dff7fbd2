import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  App,
  Aws,
  BootstraplessSynthesizer,
  CfnCondition,
  CfnParameter,
  Duration,
  Fn,
  type IStackSynthesizer,
  Stack,
} from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { CfnPolicy, type CfnRole, CfnRolePolicy, type Role } from 'aws-cdk-lib/aws-iam';
import { CfnSubscription, Topic } from 'aws-cdk-lib/aws-sns';
import { GLOBAL_REGION } from '../lambdas/core/patterns.ts';
import type { Policy } from '../lambdas/core/policy.ts';
import { canaryRole, heartbeatAlarm } from './canary-watch.ts';
import { logReadingOf, reconcileRole } from './reconcile-watch.ts';
import { tapAlarm } from './tap-stack.ts';

type Section = Readonly<Record<string, unknown>>;

/** What a StackSet's template needs beside the rules, as CloudFormation has it. */
export interface TapsWatch {
  readonly Parameters: Section;
  readonly Conditions: Section;
  readonly Resources: Section;
}

/**
 * What watches the watcher in each watched account, made of the same constructs as a tap's stack, for whichever account and Region it is
 * deployed in: the alarms everywhere, the roles of the canary and of reconciliation once an account, since IAM is global.
 */
export function tapsWatch(policy: Policy, deadQueue: string): TapsWatch {
  const outdir = mkdtempSync(join(tmpdir(), 'two-eye-taps-'));
  const app = new App({ analyticsReporting: false, outdir });
  const stack = new Stack(app, 'taps', { synthesizer: new BootstraplessSynthesizer() as IStackSynthesizer });
  rolesIn(stack, policy);
  alarmsIn(stack, deadQueue);
  const { Parameters, Conditions, Resources } = app.synth().getStackByName('taps').template as TapsWatch;
  rmSync(outdir, { recursive: true });
  return { Parameters, Conditions, Resources };
}

function rolesIn(stack: Stack, policy: Policy): void {
  const isGlobal = Fn.conditionEquals(Aws.REGION, GLOBAL_REGION);
  const once = new CfnCondition(stack, 'OnceAnAccount', { expression: isGlobal });
  const only = (role: Role, condition: CfnCondition): void => {
    (role.node.defaultChild as CfnRole).cfnOptions.condition = condition;
    for (const child of role.node.findAll()) {
      if (child instanceof CfnPolicy) child.cfnOptions.condition = condition;
    }
  };
  only(canaryRole(stack, policy), once);
  const role = reconcileRole(stack, policy, Aws.ACCOUNT_ID);
  only(role, once);
  for (const account of Object.keys(policy.accounts)) {
    const reading = logReadingOf(stack, policy, account);
    if (reading === undefined) continue;
    const here = Fn.conditionAnd(isGlobal, Fn.conditionEquals(Aws.ACCOUNT_ID, account));
    const logs = new CfnRolePolicy(stack, `Logs${account}`, {
      roleName: role.roleName,
      policyName: 'read-watched-database-logs',
      policyDocument: { Version: '2012-10-17', Statement: [reading.toStatementJson()] },
    });
    logs.cfnOptions.condition = new CfnCondition(stack, `Databases${account}`, { expression: here });
  }
}

function alarmsIn(stack: Stack, deadQueue: string): void {
  const topic = new Topic(stack, 'Alarms', { topicName: 'two-eye-tap-alarms', enforceSSL: true });
  const email = new CfnParameter(stack, 'AlarmEmail', {
    default: '',
    description: 'Who is told of alarms that ring here, by a way that does not touch the home account.',
  });
  const hasEmail = new CfnCondition(stack, 'HasAlarmEmail', {
    expression: Fn.conditionNot(Fn.conditionEquals(email.valueAsString, '')),
  });
  const subscription = new CfnSubscription(stack, 'AlarmEmailSubscription', {
    topicArn: topic.topicArn,
    protocol: 'email',
    endpoint: email.valueAsString,
  });
  subscription.cfnOptions.condition = hasEmail;
  const dead = new Metric({
    namespace: 'AWS/SQS',
    metricName: 'ApproximateNumberOfMessagesVisible',
    dimensionsMap: { QueueName: deadQueue },
    period: Duration.minutes(1),
    statistic: 'Maximum',
  });
  tapAlarm(stack, dead, topic);
  heartbeatAlarm(stack, topic);
}
