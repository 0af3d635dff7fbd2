import type { Reading } from '../../lambdas/core/access-event.ts';
import type { Policy } from '../../lambdas/core/policy.ts';
import { readInput } from '../../lambdas/core/read.ts';

/** Reads one parsed value: a record, an envelope, or a wrapper of several. */
export type ReadValue = (value: unknown) => readonly Reading[];

/** The reader of the Lambda itself, bound to a policy. */
export function valueReader(policy: Policy): ReadValue {
  return (value) => readInput(value, policy);
}
