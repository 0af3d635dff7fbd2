import { z } from 'zod';

/** Who may put events on the access bus, by its resource policy. */
export interface BusAccess {
  /** Account ids; whoever else is let in, as the policy names them (`*`: anybody). */
  readonly who: readonly string[];
  /** Those of them who may put events whose source is not AWS, and so could make up a record. */
  readonly mayMakeUp: readonly string[];
}

const many = z.union([z.string(), z.array(z.string())]).transform((value) => [value].flat());

const busPolicy = z.object({
  Statement: z
    .array(
      z.object({
        Effect: z.enum(['Allow', 'Deny']),
        Principal: z.union([z.literal('*'), z.record(z.string(), many)]).default({}),
        Action: many.default([]),
        Condition: z.record(z.string(), z.record(z.string(), many)).default({}),
      }),
    )
    .default([]),
});

/** Reads the bus's policy, JSON; throws what is wrong with one that is none. */
export function busAccess(json: string): BusAccess {
  const allowing = busPolicy
    .parse(JSON.parse(json === '' ? '{}' : json))
    .Statement.filter(({ Effect, Action }) => Effect === 'Allow' && Action.some(isPutting))
    .map(({ Principal, Condition }) => ({ who: principals(Principal), isOfAws: isOfAws(Condition) }));
  return {
    who: [...new Set(allowing.flatMap(({ who }) => who))],
    mayMakeUp: [...new Set(allowing.flatMap(({ who, isOfAws }) => (isOfAws ? [] : who)))],
  };
}

function isPutting(action: string): boolean {
  return ['events:PutEvents', 'events:Put*', 'events:*', '*'].includes(action);
}

function principals(principal: '*' | Readonly<Record<string, readonly string[]>>): readonly string[] {
  if (principal === '*') return ['*'];
  return Object.values(principal)
    .flat()
    .map((one) => /^arn:aws[\w-]*:iam::(\d{12}):root$/.exec(one)?.[1] ?? one);
}

/** Sources that begin with `aws.` are AWS's own: nobody else can put an event that has one. */
function isOfAws(condition: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>): boolean {
  const sources = ['StringLike', 'StringEquals'].flatMap((kind) => condition[kind]?.['events:source'] ?? []);
  return sources.length > 0 && sources.every((source) => source.startsWith('aws.'));
}
