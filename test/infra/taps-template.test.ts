// biome-ignore-all lint/suspicious/noTemplateCurlyInString: placeholders of CloudFormation, not of JavaScript.
import { expect, it } from 'vitest';
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
  const sub = (text: string) => text.replaceAll('${AWS::AccountId}', account).replaceAll('${AWS::Region}', region);
  const visit = (each: unknown): unknown => {
    if (Array.isArray(each)) return each.map(visit);
    if (typeof each !== 'object' || each === null) return each;
    const { 'Fn::Sub': text, 'Fn::Equals': pair, 'Fn::Or': any } = each as Record<string, unknown>;
    if (typeof text === 'string') return sub(text);
    if (Array.isArray(pair)) return visit(pair[0]) === visit(pair[1]);
    if (Array.isArray(any)) return any.some((one) => visit(one) === true);
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
