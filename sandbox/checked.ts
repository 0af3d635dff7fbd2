import { z } from 'zod';

/**
 * A body as its schema has it, or in words what is wrong with it: which field, what it is, and what it may be. The schema's own texts
 * are the remedies.
 */
export function checked<S extends z.ZodType<object>>(schema: S, body: unknown): z.infer<S> | string {
  const { success, data, error } = schema.safeParse(body);
  return success ? data : error.issues.map((issue) => sentenceOf(issue, body)).join(' ');
}

function sentenceOf(issue: z.core.$ZodIssue, body: unknown): string {
  const where = issue.path.length === 0 ? 'The body' : issue.path.join('.');
  if (issue.code === 'unrecognized_keys') return `${where} has no field ${issue.keys.join(', ')}: ${issue.message}`;
  const value = issue.path.reduce<unknown>((inside, step) => (inside as Record<PropertyKey, unknown>)?.[step], body);
  if (value === undefined) return `${where} is missing: ${issue.message}`;
  return `${where} cannot be ${JSON.stringify(value).slice(0, 80)}: ${issue.message}`;
}

/** An object of these fields and no others: a field that is misspelt must not be one that was left out. */
export function fields<T extends z.core.$ZodLooseShape>(shape: T) {
  return z.strictObject(shape, { error: `give an object of ${listed(Object.keys(shape))}.` });
}

/** What a name stands for; where it stands for nothing, `remedy` says what there is. */
export function named<T>(remedy: string, find: (name: string) => T | undefined) {
  return z.string({ error: remedy }).transform((name, context): T => {
    const found = find(name);
    if (found !== undefined) return found;
    context.issues.push({ code: 'custom', input: name, message: remedy });
    return z.NEVER;
  });
}

/** `a, b or c`. */
export function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join() : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}
