import { TwoEyeError } from '../core/errors.ts';

/** A variable of the function's environment. Throws `misconfigured`, naming the variable, when it is absent or empty. */
export function environmentVariable(name: string): string {
  const value = process.env[name];
  if (value) return value;
  throw new TwoEyeError(
    'misconfigured',
    `The environment variable ${name} is not set; the stack sets it on every deployment.`,
  );
}
