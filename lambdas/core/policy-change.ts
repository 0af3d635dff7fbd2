import type { Policy } from './policy.ts';

/** One difference between two policies, as text: `people: ben@… added`. */
type Change = string;

/** Parts of which any change is told: who people are, who may say yes, who is woken and when, what is watched, and silence. */
const TOLD = [
  'home',
  'trail',
  'accounts',
  'groups',
  'teams',
  'cyber',
  'approvals',
  'slack',
  'pagerDutyRegion',
] as const;

/**
 * What a deployment changed of people, approvers, hours, targets and suppressions, for cyber to read. Silence and people come first.
 * Empty when the two say the same.
 */
export function policyChanges(before: Policy, after: Policy): readonly Change[] {
  const byId = (list: readonly { readonly id: string }[]) => Object.fromEntries(list.map((each) => [each.id, each]));
  return [
    ...differences('suppressions', byId(before.suppressions), byId(after.suppressions)),
    ...differences('people', byId(before.people), byId(after.people)),
    ...differences('targets', byId(before.targets), byId(after.targets)),
    ...TOLD.flatMap((part) => differences(part, before[part], after[part])),
  ];
}

/** Lists of names change by member; everything else by its value. */
function differences(path: string, before: unknown, after: unknown): readonly Change[] {
  if (same(before, after)) return [];
  if (before === undefined) return [`${path}: added, ${shown(after)}`];
  if (after === undefined) return [`${path}: removed, was ${shown(before)}`];
  if (isNames(before) && isNames(after)) return memberChanges(path, before, after);
  if (!isMap(before) || !isMap(after)) return [`${path}: ${shown(before)} → ${shown(after)}`];
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return keys.flatMap((key) => differences(`${path}.${key}`, before[key], after[key]));
}

function memberChanges(path: string, before: readonly string[], after: readonly string[]): readonly Change[] {
  const added = after.filter((name) => !before.includes(name)).map((name) => `${path}: ${name} added`);
  const removed = before.filter((name) => !after.includes(name)).map((name) => `${path}: ${name} removed`);
  return added.length + removed.length > 0 ? [...added, ...removed] : [`${path}: in another order`];
}

function isNames(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 300 ? `${text.slice(0, 299)}…` : text;
}
