import { readFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { TwoEyeError } from '../lambdas/core/errors.ts';
import type { Policy } from '../lambdas/core/policy.ts';
import { type CompiledPolicy, compilePolicy } from './compile.ts';
import { problemLine } from './problem.ts';

/** The policy of a file. A policy that is not right is `misconfigured`; the message lists every problem, a line each. */
export async function loadPolicy(path: string): Promise<Policy> {
  const compiled = await compilePolicyFile(path);
  if (compiled.ok) return compiled.policy;
  throw new TwoEyeError('misconfigured', `The policy is not right:\n${compiled.problems.map(problemLine).join('\n')}`);
}

/** Reads and compiles a policy file. A file that cannot be read is a problem like any other. */
export async function compilePolicyFile(path: string): Promise<CompiledPolicy> {
  const shown = relative(process.cwd(), path).startsWith('..') ? path : relative(process.cwd(), path);
  try {
    return compilePolicy(await readFile(path, 'utf8'), shown);
  } catch (error) {
    const message = `The policy cannot be read: ${error instanceof Error ? error.message : String(error)}.`;
    const remedy = 'Give the path of a policy file, such as policy/notify.yaml.';
    return { ok: false, problems: [{ file: shown, line: 1, column: 1, message, remedy }], warnings: [] };
  }
}
