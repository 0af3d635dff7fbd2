// biome-ignore-all lint/suspicious/noTemplateCurlyInString: placeholders of CloudFormation, not of JavaScript.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CANARY_ROLE } from '../lambdas/core/canary.ts';
import { rulesOf, type Tap, tapsOf } from '../lambdas/core/patterns.ts';
import type { Policy } from '../lambdas/core/policy.ts';
import { rulesRole } from '../lambdas/core/rule-target.ts';
import { loadPolicy } from '../policy/load.ts';
import { RULE_STATE } from './access-bus.ts';
import { tapsWatch } from './taps-watch.ts';

type Json = Readonly<Record<string, unknown>>;

/** Whichever account it is deployed in. */
const HERE = '${AWS::AccountId}';

/** The patterns of one rule, by the taps that have it so. */
interface Variant {
  readonly name: string;
  readonly description: string;
  /** With the account's id replaced by a reference to whichever account it is deployed in. */
  readonly pattern: string;
  readonly taps: Tap[];
}

/**
 * One CloudFormation template for every watched account and Region, for an organisation that deploys by StackSet: no assets,
 * one parameter (who is told of alarms). What only some accounts or Regions have is conditional. Listening to database logs needs a function and
 * so is not in it: deploy those taps by `cdk deploy`.
 */
export function tapsTemplate(policy: Policy): Json {
  const variants = variantsOf(policy);
  const total = tapsOf(policy).length;
  const conditions = variants.flatMap((variant, index) =>
    variant.taps.length === total ? [] : [[`Only${index}`, isOneOf(variant.taps)]],
  );
  const rules = variants.map((variant, index) => [
    `Rule${index}`,
    ruleOf(variant, policy, variant.taps.length === total ? undefined : `Only${index}`),
  ]);
  const watch = tapsWatch(policy, DEAD_NAME);
  return {
    AWSTemplateFormatVersion: '2010-09-09',
    Description: `two-eye: forwards uses of privileged access to ${policy.home.account} (policy ${policy.hash.slice(0, 12)}).`,
    Parameters: watch.Parameters,
    Conditions: { ...watch.Conditions, ...Object.fromEntries(conditions) },
    Resources: {
      ...{ Dead: DEAD, DeadPolicy: DEAD_POLICY, Role: roleTo(policy) },
      ...Object.fromEntries(rules),
      ...watch.Resources,
    },
  };
}

function variantsOf(policy: Policy): readonly Variant[] {
  const variants = new Map<string, Variant>();
  for (const tap of tapsOf(policy)) {
    for (const { id, description, pattern } of rulesOf(policy, tap)) {
      // The canary's role and the account itself are those of wherever the rule is.
      const text = JSON.stringify({ ...pattern, account: [HERE] }).replaceAll(
        `iam::${tap.account}:role/${CANARY_ROLE}`,
        `iam::${HERE}:role/${CANARY_ROLE}`,
      );
      const key = `${description} ${text}`;
      const variant = variants.get(key) ?? { name: id, description, pattern: text, taps: [] };
      variant.taps.push(tap);
      variants.set(key, variant);
    }
  }
  return [...variants.values()];
}

function ruleOf({ name, description, pattern }: Variant, policy: Policy, condition: string | undefined): Json {
  return {
    Type: 'AWS::Events::Rule',
    ...(condition === undefined ? {} : { Condition: condition }),
    Properties: {
      Name: `two-eye-${name}`,
      Description: description,
      EventPattern: JSON.parse(pattern, (_key, value: unknown) =>
        typeof value === 'string' && value.includes(HERE) ? { 'Fn::Sub': value } : value,
      ) as Json,
      State: RULE_STATE,
      Targets: [
        {
          Id: 'home',
          Arn: { 'Fn::Sub': homeBus(policy) },
          RoleArn: { 'Fn::GetAtt': ['Role', 'Arn'] },
          DeadLetterConfig: { Arn: { 'Fn::GetAtt': ['Dead', 'Arn'] } },
        },
      ],
    },
  };
}

function homeBus({ home }: Policy): string {
  return `arn:\${AWS::Partition}:events:${home.region}:${home.account}:event-bus/two-eye-access`;
}

function isOneOf(taps: readonly Tap[]): unknown {
  const each = taps.map(({ account, region }) => ({
    'Fn::Equals': [{ 'Fn::Sub': '${AWS::AccountId} ${AWS::Region}' }, `${account} ${region}`],
  }));
  return oneOf(each);
}

/** `Fn::Or` takes two to ten conditions. */
function oneOf(conditions: readonly unknown[]): unknown {
  if (conditions.length === 1) return conditions[0];
  if (conditions.length <= 10) return { 'Fn::Or': conditions };
  return { 'Fn::Or': [...conditions.slice(0, 9), oneOf(conditions.slice(9))] };
}

const DEAD_NAME = 'two-eye-tap-dead';

const DEAD: Json = {
  Type: 'AWS::SQS::Queue',
  Properties: { QueueName: DEAD_NAME, MessageRetentionPeriod: 1_209_600, SqsManagedSseEnabled: true },
};

const DEAD_POLICY: Json = {
  Type: 'AWS::SQS::QueuePolicy',
  Properties: {
    Queues: [{ Ref: 'Dead' }],
    PolicyDocument: {
      Version: '2012-10-17',
      Statement: [
        {
          Sid: 'OwnRules',
          Effect: 'Allow',
          Principal: { Service: 'events.amazonaws.com' },
          Action: 'sqs:SendMessage',
          Resource: { 'Fn::GetAtt': ['Dead', 'Arn'] },
          Condition: {
            ArnLike: {
              'aws:SourceArn': {
                'Fn::Sub': 'arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:rule/two-eye-*',
              },
            },
          },
        },
        {
          Sid: 'TlsOnly',
          Effect: 'Deny',
          Principal: '*',
          Action: 'sqs:*',
          Resource: { 'Fn::GetAtt': ['Dead', 'Arn'] },
          Condition: { Bool: { 'aws:SecureTransport': 'false' } },
        },
      ],
    },
  },
};

function roleTo(policy: Policy): Json {
  const Statement = [{ Effect: 'Allow', Action: 'events:PutEvents', Resource: { 'Fn::Sub': homeBus(policy) } }];
  return {
    Type: 'AWS::IAM::Role',
    Properties: {
      RoleName: { 'Fn::Sub': rulesRole('${AWS::Region}') },
      AssumeRolePolicyDocument: {
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Principal: { Service: 'events.amazonaws.com' }, Action: 'sts:AssumeRole' }],
      },
      Policies: [{ PolicyName: 'put-on-the-home-bus', PolicyDocument: { Version: '2012-10-17', Statement } }],
    },
  };
}

if (import.meta.main) {
  const root = fileURLToPath(new URL('..', import.meta.url));
  const policy = await loadPolicy(process.argv[2] ?? join(root, 'policy', 'notify.yaml'));
  await mkdir(join(root, 'cdk.out'), { recursive: true });
  await writeFile(
    join(root, 'cdk.out', 'taps.template.json'),
    `${JSON.stringify(tapsTemplate(policy), undefined, 2)}\n`,
  );
  const regions = [...new Set(tapsOf(policy).map(({ region }) => region))];
  console.log(
    `cdk.out/taps.template.json, for accounts ${Object.keys(policy.accounts).join(', ')} in Regions ${regions.join(', ')}.`,
  );
}
