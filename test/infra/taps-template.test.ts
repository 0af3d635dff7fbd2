// biome-ignore-all lint/suspicious/noTemplateCurlyInString: placeholders of CloudFormation, not of JavaScript.
import { App } from 'aws-cdk-lib';
import { Template as StackTemplate } from 'aws-cdk-lib/assertions';
import { expect, it } from 'vitest';
import { TapStack } from '../../infra/tap-stack.ts';
import { tapsTemplate } from '../../infra/taps-template.ts';
import { rulesOf, tapsOf } from '../../lambdas/core/patterns.ts';
import { loadPolicy } from '../../policy/load.ts';

interface Rule {
  readonly Type: string;
  readonly Condition?: string;
  readonly Properties: { readonly Name: string; readonly State: string; readonly EventPattern: unknown };
}

/** What CloudFormation makes of references and conditions in one account and Region. */
function resolved(value: unknown, account: string, region: string): unknown {
  const sub = (text: string) =>
    text
      .replaceAll('${AWS::AccountId}', account)
      .replaceAll('${AWS::Region}', region)
      .replaceAll('${AWS::Partition}', 'aws');
  const isTrue = (each: unknown): boolean => visit(each) === true;
  const visit = (each: unknown): unknown => {
    if (Array.isArray(each)) return each.map(visit);
    if (typeof each !== 'object' || each === null) return each;
    const { 'Fn::Sub': text, 'Fn::Equals': pair, 'Fn::Or': any, 'Fn::And': all, Ref } = each as Record<string, unknown>;
    const { 'Fn::Join': parts } = each as { readonly 'Fn::Join'?: readonly [string, readonly unknown[]] };
    if (parts !== undefined) return parts[1].map(visit).join(parts[0]);
    if (Ref === 'AWS::Partition') return 'aws';
    if (Ref === 'AWS::Region') return region;
    if (Ref === 'AWS::AccountId') return account;
    if (Array.isArray(all)) return all.every((one) => isTrue(one));
    if (typeof text === 'string') return sub(text);
    if (Array.isArray(pair)) return visit(pair[0]) === visit(pair[1]);
    if (Array.isArray(any)) return any.some((one) => isTrue(one));
    return Object.fromEntries(Object.entries(each).map(([key, inner]) => [key, visit(inner)]));
  };
  return visit(value);
}

it.each(['notify', 'govuk'])(
  'gives every account and Region of %s the rules that its tap stack has, from one template',
  async (name) => {
    const policy = await loadPolicy(`policy/${name}.yaml`);
    const template = tapsTemplate(policy) as { Conditions: Record<string, unknown>; Resources: Record<string, Rule> };
    for (const tap of tapsOf(policy)) {
      const rules = Object.values(template.Resources).filter(({ Type }) => Type === 'AWS::Events::Rule');
      const here = rules.filter(
        ({ Condition }) =>
          Condition === undefined || resolved(template.Conditions[Condition], tap.account, tap.region) === true,
      );
      const made = here.map(({ Properties }) => [
        Properties.Name,
        resolved(Properties.EventPattern, tap.account, tap.region),
      ]);
      const wanted = rulesOf(policy, tap).map(({ id, pattern }) => [`two-eye-${id}`, pattern]);
      expect(new Map(made as [string, unknown][])).toEqual(new Map(wanted as [string, unknown][]));
      expect(new Set(here.map(({ Properties }) => Properties.State))).toEqual(
        new Set(['ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS']),
      );
    }
  },
);

/** A section of the template as it is in one account and Region. */
function inPlace(template: Template, account: string, region: string): Record<string, Resource> {
  const here = Object.entries(template.Resources).filter(
    ([, { Condition }]) =>
      Condition === undefined || resolved(template.Conditions[Condition], account, region) === true,
  );
  return Object.fromEntries(here) as Record<string, Resource>;
}

interface Resource {
  readonly Type: string;
  readonly Condition?: string;
  readonly Properties: Readonly<Record<string, unknown>>;
}

interface Template {
  readonly Parameters: Record<string, unknown>;
  readonly Conditions: Record<string, unknown>;
  readonly Resources: Record<string, Resource>;
}

const LOGS = 'read-watched-database-logs';

/** For each role, by its name: who may become it, and all that it may, however it was given. */
function rightsOf(resources: Readonly<Record<string, Resource>>, account: string, region: string) {
  const of = (type: string) => Object.entries(resources).filter(([, { Type }]) => Type === type);
  const statements = (document: unknown) => (document as { readonly Statement: readonly unknown[] }).Statement;
  const named = (ref: unknown, id: string) => (ref as { readonly Ref?: string } | undefined)?.Ref === id;
  const roles = of('AWS::IAM::Role').map(([id, { Properties }]) => {
    const own = (Properties.Policies ?? []) as readonly { readonly PolicyDocument: unknown }[];
    const attached = of('AWS::IAM::Policy').filter(([, one]) =>
      (one.Properties.Roles as readonly unknown[]).some((role) => named(role, id)),
    );
    const beside = of('AWS::IAM::RolePolicy').filter(
      ([, one]) => named(one.Properties.RoleName, id) && one.Properties.PolicyName !== LOGS,
    );
    const documents = [
      ...own.map(({ PolicyDocument }) => PolicyDocument),
      ...[...attached, ...beside].map(([, one]) => one.Properties.PolicyDocument),
    ];
    const rights = {
      trusts: statements(Properties.AssumeRolePolicyDocument),
      may: documents.flatMap(statements),
      managed: Properties.ManagedPolicyArns ?? [],
      boundary: Properties.PermissionsBoundary ?? 'none',
    };
    return [String(resolved(Properties.RoleName, account, region)), resolved(rights, account, region)] as const;
  });
  return Object.fromEntries(roles);
}

it('makes the roles of the canary and of reconciliation once an account, with the same rights, and the alarms everywhere, as the tap stacks do', async () => {
  const policy = await loadPolicy('policy/notify.yaml');
  const template = tapsTemplate(policy) as unknown as Template;
  const ofStack = (account: string, region: string): Readonly<Record<string, Resource>> => {
    const bundles = 'test/infra';
    const tapOnly = { ...policy, targets: policy.targets.filter(({ door }) => door.kind !== 'database') };
    const props = { policy: tapOnly, tap: { account, region }, bundles, env: { account, region } };
    const stack = new TapStack(new App({ analyticsReporting: false }), `tap-${account}-${region}`, props);
    return (StackTemplate.fromStack(stack).toJSON() as Template).Resources;
  };
  const names = (all: readonly Resource[], type: string, name: string) =>
    all
      .flatMap((one) => (one.Type === type ? [one.Properties[name]] : []))
      .filter((one) => typeof one === 'string')
      .sort();
  for (const [account, region] of [
    ['111111111111', 'us-east-1'],
    ['111111111111', 'eu-west-1'],
    ['222222222222', 'us-east-1'],
  ] as const) {
    const stack = ofStack(account, region);
    const place = inPlace(template, account, region);
    const [stacked, here] = [Object.values(stack), Object.values(place)];
    const rights = rightsOf(place, account, region);
    expect(rights).toEqual(rightsOf(stack, account, region));
    expect(Object.keys(rights)).toHaveLength(region === 'us-east-1' ? 3 : 1);
    expect(names(here, 'AWS::CloudWatch::Alarm', 'AlarmDescription')).toEqual(
      names(stacked, 'AWS::CloudWatch::Alarm', 'AlarmDescription'),
    );
    expect(names(here, 'AWS::SNS::Topic', 'TopicName')).toEqual(names(stacked, 'AWS::SNS::Topic', 'TopicName'));
    const logs = here.filter(({ Properties }) => Properties.PolicyName === LOGS);
    expect(logs).toHaveLength(account === '111111111111' && region === 'us-east-1' ? 1 : 0);
    for (const { Properties } of logs)
      expect(resolved(Properties.PolicyDocument, account, region)).toEqual({
        Version: '2012-10-17',
        Statement: [
          {
            Action: 'logs:FilterLogEvents',
            Effect: 'Allow',
            Resource: 'arn:aws:logs:eu-west-1:111111111111:log-group:/aws/rds/instance/notifydb/postgresql:*',
          },
        ],
      });
  }
  expect(Object.keys(template.Parameters)).toEqual(['AlarmEmail']);
  expect(JSON.stringify(template)).not.toContain('cdk-bootstrap');
});
