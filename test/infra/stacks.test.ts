import { spawnSync } from 'node:child_process';
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { afterAll, describe, expect, it } from 'vitest';
import { busAccess } from '../../cli/doctor/bus-access.ts';
import { twoEyeApp } from '../../infra/app.ts';
import { TapStack } from '../../infra/tap-stack.ts';
import { tapsTemplate } from '../../infra/taps-template.ts';
import type { Policy } from '../../lambdas/core/policy.ts';
import { ruleNames } from '../../lambdas/core/rule-drift.ts';
import { ruleTargetOf } from '../../lambdas/core/rule-target.ts';
import { loadPolicy } from '../../policy/load.ts';
import { ROUTES } from '../../sandbox/gateway.ts';

interface Resource {
  readonly Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: CloudFormation has no type for the properties of every resource.
  readonly Properties: any;
  readonly DeletionPolicy?: string;
}

/** Stub bundles: what the functions do is tested elsewhere. The validator is on in `npm run synth`, and off here: it takes seconds. */
process.env.CDK_VALIDATION = 'false';
const folder = mkdtempSync(join(tmpdir(), 'two-eye-infra-'));
const FUNCTIONS = [
  'on-access',
  'on-slack',
  'slack-work',
  'on-pagerduty',
  'ping',
  'page',
  'sweep',
  'on-database-log',
  'reconcile',
  'canary',
  'journal',
  'self-check',
  'report',
];
for (const name of FUNCTIONS) {
  mkdirSync(join(folder, 'bundles', name), { recursive: true });
  writeFileSync(join(folder, 'bundles', name, 'index.mjs'), 'export const handler = async () => {};\n');
}
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const policy = await loadPolicy('policy/notify.yaml');
const { context } = JSON.parse(readFileSync('cdk.json', 'utf8')) as { context: Record<string, unknown> };
const app = twoEyeApp({
  policy,
  bundles: join(folder, 'bundles'),
  context,
  outdir: join(folder, 'out'),
  alarmEmail: 'two-eye@example.gov.uk',
});
const stacks = app.node.children.filter((child): child is Stack => child instanceof Stack);
const templates = new Map(
  stacks.map((stack) => [
    stack.stackName,
    Template.fromStack(stack).toJSON() as { Resources: Record<string, Resource> },
  ]),
);

function resources(type: string, stackName?: string): readonly (readonly [string, Resource])[] {
  const chosen = stackName === undefined ? [...templates.values()] : [templates.get(stackName)];
  return chosen
    .flatMap((template) => Object.entries(template?.Resources ?? {}))
    .filter(([, { Type }]) => Type === type);
}

const HOME = 'two-eye-home';
const TAP = 'two-eye-tap-111111111111-eu-west-1';

describe('every stack', () => {
  it('is one home stack and a tap for each account and Region of the policy', () => {
    const accounts = ['111111111111', '222222222222', '444444444444'];
    const taps = accounts.flatMap((account) => [
      `two-eye-tap-${account}-eu-west-1`,
      `two-eye-tap-${account}-us-east-1`,
    ]);
    expect([...templates.keys()].sort()).toEqual([HOME, ...taps, 'two-eye-tap-333333333333-us-east-1'].sort());
  });

  it('has a rule in no other state than the one that sees read-only calls', () => {
    const rules = resources('AWS::Events::Rule').filter(
      ([, { Properties }]) => Properties.ScheduleExpression === undefined,
    );
    expect(rules.length).toBeGreaterThan(50);
    expect(new Set(rules.map(([, { Properties }]) => Properties.State))).toEqual(
      new Set(['ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS']),
    );
  });

  it('gives every rule dead letters and at most five targets', () => {
    for (const [id, { Properties }] of resources('AWS::Events::Rule')) {
      expect(Properties.Targets.length, id).toBeLessThanOrEqual(5);
      for (const target of Properties.Targets) expect(target.DeadLetterConfig, id).toBeDefined();
    }
  });

  it('gives every queue dead letters or is itself where they go', () => {
    for (const [id, { Properties }] of resources('AWS::SQS::Queue')) {
      const isDead = String(Properties.QueueName).endsWith('-dead');
      expect(isDead || Properties.RedrivePolicy !== undefined, id).toBe(true);
      expect(Properties.KmsMasterKeyId, id).toBeDefined();
    }
  });

  it('gives every function the runtime, the architecture, traces, a log that ends, and no secret in its environment', () => {
    for (const [id, { Properties }] of resources('AWS::Lambda::Function')) {
      expect(Properties, id).toMatchObject({
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        TracingConfig: { Mode: 'Active' },
      });
      expect(
        Object.keys(Properties.Environment?.Variables ?? {}).filter((name) =>
          /TOKEN|SECRET_VALUE|PASSWORD|ROUTING_KEY$/.test(name),
        ),
        id,
      ).toEqual([]);
    }
    for (const [id, { Properties }] of resources('AWS::Logs::LogGroup'))
      expect(Properties.RetentionInDays, id).toBe(90);
  });

  it('gives every function an alarm on its errors, and every alarm says whom it hurts and where it is in the runbook', () => {
    const alarms = resources('AWS::CloudWatch::Alarm');
    for (const [id, { Properties }] of alarms) {
      expect(Properties.AlarmDescription, id).toMatch(/^.{20,}\. Runbook: docs\/runbook\.md#[a-z-]+$/);
      expect(Properties.AlarmActions, id).toHaveLength(1);
    }
    const watched = new Set(
      alarms.flatMap(([, { Properties }]) =>
        Properties.MetricName === 'Errors'
          ? Properties.Dimensions.map((each: { Value: { Ref: string } }) => each.Value.Ref)
          : [],
      ),
    );
    for (const [id] of resources('AWS::Lambda::Function')) expect(watched).toContain(id);
  });

  it('shows and watches no figure of two-eye that no function writes', () => {
    const alarms = resources('AWS::CloudWatch::Alarm').map(([, { Properties }]) => Properties);
    const ours = alarms
      .filter(({ Namespace }) => Namespace === 'two-eye')
      .map(({ MetricName }) => MetricName as string);
    const [, dashboard] = resources('AWS::CloudWatch::Dashboard', HOME)[0] ?? [];
    const body = JSON.stringify(dashboard?.Properties.DashboardBody).replaceAll('\\', '');
    const shown = [...body.matchAll(/\["two-eye","(\w+)"/g)].map(([, name]) => name ?? '');
    expect(shown).toContain('TimeToAcknowledge');
    const sources = globSync('lambdas/**/*.ts').map((file) => readFileSync(file, 'utf8'));
    for (const name of new Set([...ours, ...shown]))
      expect(
        sources.some((source) => new RegExp(`(metric\\(|name: )'${name}'`).test(source)),
        name,
      ).toBe(true);
  });

  it('points every alarm at a heading that the runbook has', () => {
    const headings = readFileSync('docs/runbook.md', 'utf8')
      .match(/^## .*$/gm)
      ?.map((line) => line.slice(3).toLowerCase().replaceAll(' ', '-'));
    for (const [id, { Properties }] of resources('AWS::CloudWatch::Alarm')) {
      expect(headings, id).toContain(Properties.AlarmDescription.split('#').at(-1));
    }
  });

  it('names everything so that the tampering door knows it', () => {
    const named: Record<string, string> = {
      'AWS::Lambda::Function': 'FunctionName',
      'AWS::SQS::Queue': 'QueueName',
      'AWS::SNS::Topic': 'TopicName',
      'AWS::Events::Rule': 'Name',
      'AWS::Events::EventBus': 'Name',
      'AWS::DynamoDB::GlobalTable': 'TableName',
      'AWS::SecretsManager::Secret': 'Name',
    };
    for (const [type, property] of Object.entries(named)) {
      for (const [id, { Properties }] of resources(type))
        expect(Properties[property], `${type} ${id}`).toMatch(/^two-eye/);
    }
  });
});

it('settles every flag that a new project of this version of the CDK would have, so that logical ids do not change later', () => {
  const file = 'node_modules/aws-cdk-lib/recommended-feature-flags.json';
  const recommended = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
  const differing = Object.keys(recommended).filter((flag) => !isDeepStrictEqual(context[flag], recommended[flag]));
  expect(differing.sort()).toEqual([
    // One key for topics and queues cannot name the topics in its policy; it names the account.
    '@aws-cdk/aws-sns-subscriptions:restrictSqsDescryption',
    // Nothing is told to AWS that is not deployed.
    '@aws-cdk/core:enableAdditionalMetadataCollection',
    // GovCloud is a partition like the others.
    '@aws-cdk/core:target-partitions',
  ]);
});

it('is made of these resources, by logical id', () => {
  const made = [HOME, TAP].map((name) => [
    name,
    Object.entries(templates.get(name)?.Resources ?? {}).map(
      ([id, { Type }]) => `${Type} ${id.replace(/CurrentVersion.*/, '')}`,
    ),
  ]);
  expect(made).toMatchSnapshot();
});

describe('the home stack', () => {
  it('keeps the table under its logical id, protected, recoverable, encrypted, without expiry', () => {
    const tables = resources('AWS::DynamoDB::GlobalTable', HOME);
    expect(tables.map(([id]) => id)).toEqual(['RecordTableDC0C661A']);
    const [, table] = tables[0] ?? [];
    expect(table).toMatchObject({
      DeletionPolicy: 'Retain',
      Properties: {
        KeySchema: [
          { AttributeName: 'pk', KeyType: 'HASH' },
          { AttributeName: 'sk', KeyType: 'RANGE' },
        ],
        SSESpecification: { SSEEnabled: true, SSEType: 'KMS' },
        Replicas: [
          { DeletionProtectionEnabled: true, PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } },
        ],
      },
    });
    expect(table?.Properties.TimeToLiveSpecification).toBeUndefined();
  });

  it('keeps what cannot be made again under its logical id', () => {
    const kept = ['AWS::KMS::Key', 'AWS::SecretsManager::Secret'].flatMap((type) => resources(type, HOME));
    expect(kept.map(([id, { DeletionPolicy }]) => [id, DeletionPolicy])).toMatchSnapshot();
  });

  it('takes records from the listed accounts alone', () => {
    const [, policyOfBus] = resources('AWS::Events::EventBusPolicy', HOME)[0] ?? [];
    const statement = policyOfBus?.Properties.Statement;
    expect(statement).toMatchObject({
      Effect: 'Allow',
      Action: 'events:PutEvents',
      Condition: { StringLike: { 'events:source': 'aws.*' } },
    });
    const ids = JSON.stringify(statement.Principal).match(/\d{12}/g) ?? [];
    expect(ids.toSorted()).toEqual([...Object.keys(policy.accounts), policy.home.account].sort());
    // As the doctor reads it once it is deployed.
    const deployed = { ...statement, Principal: { AWS: ids.map((id) => `arn:aws:iam::${id}:root`) } };
    expect(busAccess(JSON.stringify({ Statement: [deployed] }))).toEqual({ who: ids, mayMakeUp: [] });
  });

  it('takes messages from a watched account on that account’s own queue alone, from its log function alone', () => {
    const allowed = resources('AWS::SQS::QueuePolicy', HOME).flatMap(([id, { Properties }]) =>
      (Properties.PolicyDocument.Statement as readonly QueueStatement[])
        .filter(({ Effect, Principal }) => Effect === 'Allow' && Principal.AWS !== undefined)
        .map((statement) => ({ id, statement })),
    );
    expect(allowed.map(({ id }) => id.replace(/Queue.*$/, ''))).toEqual(['Database111111111111']);
    for (const { statement } of allowed) {
      expect(JSON.stringify(statement.Principal)).toContain('111111111111');
      expect(JSON.stringify(statement.Condition?.ArnLike)).toMatch(/::111111111111:role\/two-eye-on-database-log-\*/);
    }
  });

  it('lets page have what is about a finding and ping everything', () => {
    const filters = resources('AWS::SNS::Subscription', HOME).map(([id, { Properties }]) => [
      id.replace(/two.*/, ''),
      Properties.Protocol,
      Properties.FilterPolicy,
    ]);
    expect(filters).toMatchSnapshot();
  });

  it('has two addresses, both POST', () => {
    const routes = resources('AWS::ApiGatewayV2::Route', HOME).map(([, { Properties }]) => Properties.RouteKey);
    expect(routes.sort()).toEqual(['POST /pagerduty', 'POST /slack']);
    expect(Object.keys(ROUTES).sort(), 'the sandbox has these too').toEqual(routes);
  });
});

/** Condition keys that a request has several values of (IAM user guide, "Multivalued context keys"). */
const MANY_VALUED =
  /^(?:kms:ResourceAliases|dynamodb:(?:LeadingKeys|Attributes)|aws:(?:TagKeys|CalledVia|PrincipalOrgPaths))$/;

it('asks of a key of many values which of them it means, in every statement', () => {
  const plain = [...templates.values()]
    .flatMap((template) => objectsIn(template))
    .flatMap(({ Condition }) => (typeof Condition === 'object' && Condition !== null ? Object.entries(Condition) : []))
    .filter(([operator]) => !/^(?:ForAnyValue|ForAllValues):|^Null$/.test(operator))
    .flatMap(([, asked]) => Object.keys(asked ?? {}).filter((key) => MANY_VALUED.test(key)));
  expect(plain).toEqual([]);
});

/** Every object in a template, at any depth. */
function objectsIn(value: unknown): readonly Readonly<Record<string, object>>[] {
  if (typeof value !== 'object' || value === null) return [];
  return [value as Record<string, object>, ...Object.values(value).flatMap(objectsIn)];
}

describe('the rules that watch', () => {
  it.each(stacks.map((stack) => [stack.stackName, stack] as const))(
    'send, from %s, where self-check expects them to',
    (name, { account, region }) => {
      const names = ruleNames(policy, { account, region });
      const targets = resources('AWS::Events::Rule', name)
        .filter(([, { Properties }]) => names.includes(Properties.Name))
        .map(([, { Properties }]) => Properties.Targets.map((each: RawTarget) => sentBy(each, { account, region })));
      expect(targets).toHaveLength(names.length);
      for (const each of targets) expect(each).toEqual([ruleTargetOf(policy, { account, region })]);
    },
  );
});

interface RawTarget {
  readonly Arn: unknown;
  readonly RoleArn?: unknown;
  readonly DeadLetterConfig: { readonly Arn: unknown };
}

/** A target of the template as EventBridge will have it. */
function sentBy(
  { Arn, RoleArn, DeadLetterConfig }: RawTarget,
  { account, region }: { account: string; region: string },
) {
  const stack = templates.get(stacks.find((one) => one.account === account && one.region === region)?.stackName ?? '');
  const arnOf = (value: unknown): string => {
    if (typeof value === 'string') return value;
    const { 'Fn::GetAtt': attribute, 'Fn::Join': parts } = value as Readonly<Record<string, readonly string[]>>;
    if (parts !== undefined)
      return [parts[1]]
        .flat()
        .map((part) => (typeof part === 'string' ? part : 'aws'))
        .join('');
    const { QueueName, RoleName } = stack?.Resources[attribute?.[0] ?? '']?.Properties ?? {};
    return QueueName === undefined
      ? `arn:aws:iam::${account}:role/${RoleName}`
      : `arn:aws:sqs:${region}:${account}:${QueueName}`;
  };
  return {
    arn: arnOf(Arn),
    ...(RoleArn === undefined ? {} : { role: arnOf(RoleArn) }),
    dead: arnOf(DeadLetterConfig.Arn),
  };
}

describe('what runs seldom', () => {
  const named = (id: string) => resources('AWS::Lambda::Function', HOME).find(([one]) => one === id)?.[1];
  const scheduled = resources('AWS::Events::Rule', HOME)
    .filter(([, { Properties }]) => Properties.ScheduleExpression !== undefined)
    .flatMap(([, { Properties }]) => Properties.Targets.map((each: RawTarget) => attributeOf(each.Arn)))
    .filter((id) => named(id)?.Properties.FunctionName !== 'two-eye-sweep');
  const alarms = resources('AWS::CloudWatch::Alarm', HOME).map(([, { Properties }]) => Properties);

  it('rings at its first failed period, since three tries fall into one', () => {
    expect(new Set(scheduled).size).toBe(5);
    const ids = [...scheduled, ...resources('AWS::Lambda::Function', TAP).map(([id]) => id)];
    for (const id of ids) {
      const errors = [...alarms, ...resources('AWS::CloudWatch::Alarm', TAP).map(([, { Properties }]) => Properties)];
      const mine = errors.filter((one) => one.MetricName === 'Errors' && one.Dimensions[0].Value.Ref === id);
      expect(mine.map(({ EvaluationPeriods }) => EvaluationPeriods)).toContain(1);
    }
  });

  it('is kept, when it was given up, where an alarm rings', () => {
    const kept = resources('AWS::Lambda::EventInvokeConfig', HOME).map(([, { Properties }]) => Properties);
    expect(new Set(kept.map(({ FunctionName }) => FunctionName.Ref))).toEqual(new Set(scheduled));
    const queues = new Set(kept.map((each) => attributeOf(each.DestinationConfig.OnFailure.Destination)));
    expect(queues.size).toBe(1);
    const [queue] = queues;
    expect(JSON.stringify(alarms.map(({ Dimensions }) => Dimensions))).toContain(`"${queue}","QueueName"`);
  });

  it.each(['HeadTold', 'ReportTold'])('is missed when %s stays away, within what CloudWatch looks back', (name) => {
    const [alarm] = alarms.filter(({ MetricName }) => MetricName === name);
    expect(alarm).toMatchObject({ TreatMissingData: 'breaching', Statistic: 'SampleCount' });
    expect(alarm.Period * alarm.EvaluationPeriods).toBeLessThanOrEqual(7 * 24 * 3_600);
  });
});

function attributeOf(value: unknown): string {
  return (value as { readonly 'Fn::GetAtt'?: readonly string[] })['Fn::GetAtt']?.[0] ?? '';
}

/** `account/region` of every stack that has rules of two-eye's. */
const PLACES = stacks.map(({ account, region }) => `${account}/${region}`);

describe('what looks from outside', () => {
  it.each(['reconcile', 'self-check'])(
    'lets %s look wherever there are rules, home included, as a role that is there once',
    (name) => {
      const functions = resources('AWS::Lambda::Function', HOME).map(([, { Properties }]) => Properties);
      const looking = functions.find(({ FunctionName }) => FunctionName === `two-eye-${name}`);
      expect(looking?.Environment.Variables.PLACES.split(' ').sort()).toEqual(PLACES.toSorted());
      const may = JSON.stringify(statementsOf(HOME)[name.replace('-', '')]);
      for (const account of new Set(stacks.map((stack) => stack.account))) {
        const made = stacks
          .filter((stack) => stack.account === account)
          .flatMap((stack) => resources('AWS::IAM::Role', stack.stackName))
          .filter(([, { Properties }]) => Properties.RoleName === 'two-eye-reconcile');
        expect(made, account).toHaveLength(1);
        expect(may).toContain(`:iam::${account}:role/two-eye-reconcile`);
      }
    },
  );

  it('finds its role at home where home lies in the global Region and has no tap there', () => {
    const home = { account: '333333333333', region: 'us-east-1' };
    const there = twoEyeApp({
      policy: { ...policy, home, accounts: { ...policy.accounts, [home.account]: 'Everything' } },
      bundles: join(folder, 'bundles'),
      outdir: join(folder, 'out-global'),
      context,
    });
    const homes = there.node.children.filter((child) => child instanceof Stack && child.account === home.account);
    const roles = homes
      .flatMap((stack) =>
        Object.values(Template.fromStack(stack as Stack).toJSON().Resources as Record<string, Resource>),
      )
      .filter(({ Type }) => Type === 'AWS::IAM::Role')
      .map(({ Properties }) => Properties.RoleName);
    for (const name of ['two-eye-reconcile', 'two-eye-canary'])
      expect(roles.filter((role) => role === name)).toHaveLength(1);
  });
});

describe('a tap', () => {
  it('hears the whole log of a watched database and sends to the home queue', () => {
    const [, subscription] = resources('AWS::Logs::SubscriptionFilter', TAP)[0] ?? [];
    expect(subscription?.Properties).toMatchObject({
      LogGroupName: '/aws/rds/instance/notifydb/postgresql',
      FilterPattern: '',
    });
    expect(resources('AWS::Logs::SubscriptionFilter', 'two-eye-tap-222222222222-eu-west-1')).toEqual([]);
  });

  it('hears each log once, however many targets are in it', () => {
    const more = policy.targets
      .filter(({ door }) => door.kind === 'database')
      .flatMap((target) => [
        { ...target, id: 'same-log' },
        { ...target, id: 'other-log', door: { ...target.door, logGroup: '/aws/rds/instance/otherdb/postgresql' } },
      ]);
    const tap = new TapStack(new App(), 'tap', {
      policy: { ...policy, targets: [...policy.targets, ...(more as Policy['targets'])] },
      tap: { account: '111111111111', region: 'eu-west-1' },
      bundles: join(folder, 'bundles'),
      env: { account: '111111111111', region: 'eu-west-1' },
    });
    const filters = Object.values(Template.fromStack(tap).findResources('AWS::Logs::SubscriptionFilter'));
    expect(filters.map(({ Properties }) => Properties.LogGroupName)).toEqual([
      '/aws/rds/instance/notifydb/postgresql',
      '/aws/rds/instance/otherdb/postgresql',
    ]);
  });

  it('may put events on the home bus and nothing else', () => {
    const [, policyOfRules] = resources('AWS::IAM::Policy', 'two-eye-tap-222222222222-eu-west-1')[0] ?? [];
    expect(policyOfRules?.Properties.PolicyDocument.Statement).toMatchObject([
      { Action: 'events:PutEvents', Effect: 'Allow' },
    ]);
    expect(resources('AWS::IAM::Policy', 'two-eye-tap-222222222222-eu-west-1')).toHaveLength(1);
  });
});

interface QueueStatement {
  readonly Effect: string;
  readonly Principal: { readonly AWS?: unknown };
  readonly Condition?: Readonly<Record<string, unknown>>;
}

interface Statement {
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: Record<string, Record<string, unknown>>;
}

/** Function → statements of its role. */
function statementsOf(stackName: string): Readonly<Record<string, readonly Statement[]>> {
  return Object.fromEntries(
    resources('AWS::IAM::Policy', stackName).map(([id, { Properties }]) => [
      id.replace(/RoleDefaultPolicy.*$/, ''),
      Properties.PolicyDocument.Statement,
    ]),
  );
}

const listed = (value: string | readonly string[]): readonly string[] => (typeof value === 'string' ? [value] : value);

describe('least privilege', () => {
  it('is this list and no more', () => {
    const shown = [HOME, TAP].map((name) => {
      const statements = Object.entries(statementsOf(name));
      return [
        name,
        statements.map(([role, each]) => [
          role,
          each.map((one) => `${listed(one.Action).join(' ')} on ${shortened(one.Resource)}${keys(one)}`),
        ]),
      ];
    });
    expect(shown).toMatchSnapshot();
  });

  it('has nothing on * but traces, the event history and the list of roles', () => {
    const wide = [...templates.keys()]
      .flatMap((name) => Object.values(statementsOf(name)).flat())
      .filter(({ Resource }) => Resource === '*');
    expect(new Set(wide.flatMap(({ Action }) => listed(Action)))).toEqual(
      new Set([
        'xray:PutTraceSegments',
        'xray:PutTelemetryRecords',
        'cloudtrail:LookupEvents',
        'iam:GetAccountAuthorizationDetails',
      ]),
    );
  });

  it('has no whole service, and no Scan of the table', () => {
    const actions = [...templates.keys()]
      .flatMap((name) => Object.values(statementsOf(name)).flat())
      .flatMap(({ Action }) => listed(Action));
    expect(actions.filter((action) => /^\*|:\*$|Scan|PartiQL/.test(action))).toEqual([]);
  });

  it('lets on-access write no word of people, and the functions of people no ledger', () => {
    expect(mayWrite('onaccess', 'APPROVALS#person:ada')).toBe(false);
    expect(mayWrite('onaccess', 'PINS')).toBe(false);
    expect(mayWrite('onaccess', 'LEDGER#person:ada')).toBe(true);
    for (const name of ['onslack', 'slackwork', 'onpagerduty', 'ping', 'page', 'sweep']) {
      expect(mayWrite(name, 'LEDGER#person:ada'), name).toBe(false);
      expect(mayWrite(name, 'EVENT#1'), name).toBe(false);
    }
    for (const name of ['onslack', 'ping', 'page']) expect(mayWrite(name, 'APPROVALS#person:ada'), name).toBe(false);
    expect(mayWrite('slackwork', 'APPROVALS#person:ada')).toBe(true);
  });

  it('lets nobody but self-check note which policy ran last', () => {
    const writers = Object.keys(statementsOf(HOME)).filter((name) => mayWrite(name, 'STATE#policy'));
    expect(writers).toEqual(['selfcheck']);
  });

  it('lets neither function of people publish a verdict', () => {
    const statements = statementsOf(HOME);
    for (const name of ['onslack', 'slackwork', 'onpagerduty']) {
      expect(
        (statements[name] ?? []).flatMap(({ Action }) => listed(Action)),
        name,
      ).not.toContain('sns:Publish');
    }
  });
});

function mayWrite(name: string, pk: string): boolean {
  const writes = (statementsOf(HOME)[name] ?? []).filter(({ Action }) =>
    listed(Action).some((action) => /^dynamodb:(Put|Update|Delete|Batch\w*Write)/.test(action)),
  );
  return writes.some(({ Condition }) => {
    const beginnings = Condition?.['ForAllValues:StringLike']?.['dynamodb:LeadingKeys'];
    if (beginnings === undefined || Condition?.Null === undefined) return true;
    return (beginnings as readonly string[]).some((each) =>
      each.endsWith('*') ? pk.startsWith(each.slice(0, -1)) : pk === each,
    );
  });
}

function keys({ Condition }: Statement): string {
  return Condition === undefined ? '' : ` if ${JSON.stringify(Condition)}`;
}

function shortened(resource: unknown): string {
  return JSON.stringify(resource).replaceAll(/"Fn::GetAtt":|"Ref":|"Fn::Join":|["{}]/g, '');
}

/** W3005: the CDK writes every dependency of a function on its role twice; the second is harmless. */
const REASONED = ['W3005'];

it.skipIf(spawnSync('cfn-lint', ['--version']).status !== 0)(
  'finds cfn-lint with nothing to say of any stack, or of the StackSet’s template (skipped where it is not installed)',
  { timeout: 120_000 },
  () => {
    const all = [...templates, ['taps', tapsTemplate(policy)] as const];
    const files = all.map(([name, template]) => {
      const file = join(folder, `${name}.json`);
      writeFileSync(file, JSON.stringify(template));
      return file;
    });
    const lint = ['--ignore-checks', ...REASONED, '--format', 'parseable', '--', ...files];
    expect(spawnSync('cfn-lint', lint, { encoding: 'utf8' }).stdout).toBe('');
  },
);
