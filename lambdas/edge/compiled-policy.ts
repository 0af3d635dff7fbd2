import { readFileSync } from 'node:fs';
import { TwoEyeError } from '../core/errors.ts';
import type { Policy } from '../core/policy.ts';

let loaded: { readonly file: string; readonly policy: Policy } | undefined;

/**
 * The policy that this function was built with: `policy.json` beside the bundle, or the file that `POLICY_FILE` names.
 * Already checked when it was compiled, so it is only parsed here, once a process. Throws `misconfigured`.
 */
export function compiledPolicy(): Policy {
  const file = process.env.POLICY_FILE || new URL('./policy.json', import.meta.url).pathname;
  if (loaded?.file !== file) loaded = { file, policy: read(file) };
  return loaded.policy;
}

function read(file: string): Policy {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Policy;
  } catch (cause) {
    throw new TwoEyeError('misconfigured', `The compiled policy ${file} cannot be read; \`npm run build\` makes it.`, {
      cause,
    });
  }
}
