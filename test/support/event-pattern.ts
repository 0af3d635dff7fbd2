import type { EventPattern, Matcher, PatternFields } from '../../lambdas/core/patterns.ts';

/**
 * Whether EventBridge would match an event: AND over fields, OR over the matchers of a field and over the branches of
 * `$or`; an event's list matches when any of its elements does; all fields under one key of a list of objects must hold
 * in one and the same object. Only the operators that our rules use; another one is an error, not a match.
 * Source: "Operators for use in event patterns", EventBridge user guide.
 */
export function matchesPattern(pattern: EventPattern | PatternFields, event: unknown): boolean {
  return Object.entries(pattern).every(([field, wanted]) => {
    if (field === '$or') return (wanted as readonly PatternFields[]).some((branch) => matchesPattern(branch, event));
    const value = isObject(event) ? event[field] : undefined;
    if (Array.isArray(wanted)) return (wanted as readonly Matcher[]).some((matcher) => matchesValue(matcher, value));
    return matchesInside(wanted as PatternFields, value);
  });
}

function matchesInside(pattern: PatternFields, value: unknown): boolean {
  return Array.isArray(value) ? value.some((each) => matchesPattern(pattern, each)) : matchesPattern(pattern, value);
}

function matchesValue(matcher: Matcher, value: unknown): boolean {
  if (isObject(matcher) && 'exists' in matcher) return matcher.exists === isLeaf(value);
  if (Array.isArray(value)) return value.some((each) => matchesLeaf(matcher, each));
  return matchesLeaf(matcher, value);
}

function matchesLeaf(matcher: Matcher, value: unknown): boolean {
  if (matcher === null || typeof matcher === 'string') return matcher === value;
  if (typeof value !== 'string') return false;
  if ('equals-ignore-case' in matcher) return value.toLowerCase() === matcher['equals-ignore-case'].toLowerCase();
  if ('prefix' in matcher) return startsWith(value, matcher.prefix);
  if ('suffix' in matcher) return value.endsWith(matcher.suffix);
  if ('wildcard' in matcher) return matchesWildcard(matcher.wildcard, value);
  throw new Error(`No such operator: ${JSON.stringify(matcher)}`);
}

function startsWith(value: string, prefix: string | { readonly 'equals-ignore-case': string }): boolean {
  if (typeof prefix === 'string') return value.startsWith(prefix);
  return value.toLowerCase().startsWith(prefix['equals-ignore-case'].toLowerCase());
}

/** `*` is any run of characters; `\*` and `\\` are themselves. Two stars side by side are refused, as AWS does. */
function matchesWildcard(pattern: string, value: string): boolean {
  if (pattern.includes('**')) throw new Error(`EventBridge refuses consecutive wildcards: ${pattern}`);
  const source = pattern.replaceAll(/\\([*\\])|\*|[^*\\]+/g, (part, escaped?: string) =>
    escaped !== undefined ? quoted(escaped) : part === '*' ? '.*' : quoted(part),
  );
  return new RegExp(`^${source}$`, 's').test(value);
}

function quoted(text: string): string {
  return text.replaceAll(/[$()*+.?[\\\]^{|}]/g, '\\$&');
}

/** `exists` works on leaves alone: an object is not one, `null` is. */
function isLeaf(value: unknown): boolean {
  return value !== undefined && !isObject(value);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
