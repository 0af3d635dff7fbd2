import { z } from 'zod';
import { didYouMean, remedyFor } from './did-you-mean.ts';
import { type Path, pathText, type Report } from './problem.ts';
import { policyFile } from './schema.ts';

type Issue = z.core.$ZodIssue;

/** Reports what the schema found. The schema's own texts are the remedies; what is wrong is said here. */
export function reportIssues(issues: readonly Issue[], data: unknown, report: Report): void {
  for (const issue of issues) {
    if (issue.code === 'unrecognized_keys') reportUnknownKeys(issue, data, report);
    else if (issue.code === 'invalid_key') reportKey(issue, report);
    else reportValue(issue, data, report);
  }
}

function reportUnknownKeys(issue: z.core.$ZodIssueUnrecognizedKeys, data: unknown, report: Report): void {
  for (const key of issue.keys) {
    const path = [...issue.path, key];
    const where = issue.path.length === 0 ? 'the policy' : pathText(issue.path);
    const known = knownKeys(issue.path).filter(
      (each) => !hasKey(valueAt(data, issue.path), each) || didYouMean(key, [each]),
    );
    report.problemAtKey(path, `"${key}" is not a key of ${where}.`, remedyFor(key, known, 'keys'));
  }
}

function reportKey(issue: z.core.$ZodIssueInvalidKey, report: Report): void {
  const key = String(issue.path.at(-1));
  report.problemAtKey(
    issue.path,
    `"${key}" is not right as a key of ${pathText(issue.path.slice(0, -1))}.`,
    issue.issues[0]?.message ?? '',
  );
}

function reportValue(issue: Issue, data: unknown, report: Report): void {
  const value = valueAt(data, issue.path);
  const where = issue.path.length === 0 ? 'The policy' : pathText(issue.path);
  const remedy = remedyOf(issue);
  if (value === undefined) {
    report.problem(issue.path, `${where} is missing.`, remedy);
    return;
  }
  report.problem(issue.path, `${where} cannot be ${written(value)}.`, remedy);
}

function written(value: unknown): string {
  if (value === null) return 'empty';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  return typeof value === 'object' ? 'a map' : JSON.stringify(value).slice(0, 80);
}

/** The schema's own text; for a map, which has none, its keys. */
function remedyOf(issue: Issue): string {
  const keys = knownKeys(issue.path);
  const isUnsaid = issue.code === 'invalid_type' && issue.expected === 'object';
  return isUnsaid && keys.length > 0 ? `Write a map with these keys: ${keys.join(', ')}.` : issue.message;
}

function valueAt(data: unknown, path: Path): unknown {
  return path.reduce<unknown>((value, step) => (isObject(value) ? value[step] : undefined), data);
}

function isObject(value: unknown): value is Record<PropertyKey, unknown> {
  return typeof value === 'object' && value !== null;
}

function hasKey(value: unknown, key: string): boolean {
  return isObject(value) && key in value;
}

/** The keys that the schema allows where the path leads. */
function knownKeys(path: Path): readonly string[] {
  const schema = path.reduce<unknown>(stepInto, policyFile);
  const inner = withoutWrappers(schema);
  return inner instanceof z.ZodObject ? Object.keys(inner.shape) : [];
}

function stepInto(schema: unknown, step: PropertyKey): unknown {
  const inner = withoutWrappers(schema);
  if (inner instanceof z.ZodObject) return inner.shape[String(step)];
  if (inner instanceof z.ZodArray) return inner.element;
  return inner instanceof z.ZodRecord ? inner.valueType : undefined;
}

function withoutWrappers(schema: unknown): unknown {
  const isWrapped = schema instanceof z.ZodDefault || schema instanceof z.ZodOptional;
  return isWrapped ? withoutWrappers(schema.unwrap()) : schema;
}
