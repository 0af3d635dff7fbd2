import { readFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { TwoEyeError } from '../lambdas/core/errors.ts';
import type { Policy } from '../lambdas/core/policy.ts';
import { type CompiledPolicy, compilePolicy } from './compile.ts';
import { problemLine } from './problem.ts';
import { whyUnread } from './unread-file.ts';

/** The policy of a file. A policy that is not right is `misconfigured`; the message lists every problem, a line each. */
export async function loadPolicy(path: string): Promise<Policy> {
  const compiled = await compilePolicyFile(path);
  if (compiled.ok) return compiled.policy;
  throw new TwoEyeError('misconfigured', `The policy is not right:\n${compiled.problems.map(problemLine).join('\n')}`);
}

/** Reads and compiles a policy file. Throws `misconfigured` for one that cannot be read. */
export async function compilePolicyFile(path: string): Promise<CompiledPolicy> {
  const shown = relative(process.cwd(), path).startsWith('..') ? path : relative(process.cwd(), path);
  return compilePolicy(await policyText(path), shown);
}

async function policyText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    const message = `The policy ${path} cannot be read: ${whyUnread(cause)}. Give the path of a policy file, such as policy/notify.yaml.`;
    throw new TwoEyeError('misconfigured', message, { cause });
  }
}
