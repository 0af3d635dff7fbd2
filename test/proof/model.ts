import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const MODEL = fileURLToPath(new URL('./model/two-eye.pml', import.meta.url));

/** Ways of getting it wrong, each of which the model must find. */
export const VARIANTS = ['NO_CONDITION', 'TELL_FIRST', 'NO_RESEND', 'TWO_WRITES'] as const;

export type ModelOutcome = { readonly errors: number; readonly states: number };

/** Whether Spin and a C compiler are here to search the model with. */
export function hasSpin(): boolean {
  return ['spin', 'gcc'].every((tool) => spawnSync(tool, ['--version']).error === undefined);
}

/** Searches every interleaving of the model, as it is or made wrong in one way. */
export function search(variant?: (typeof VARIANTS)[number]): ModelOutcome {
  const folder = mkdtempSync(join(tmpdir(), 'two-eye-model-'));
  try {
    run('spin', [...(variant === undefined ? [] : [`-D${variant}`]), '-a', MODEL], folder);
    run('gcc', ['-O2', '-DSAFETY', '-DCOLLAPSE', '-o', 'pan', 'pan.c'], folder);
    const said = run('./pan', ['-m100000'], folder);
    if (said.includes('Search not completed') && variant === undefined)
      throw new Error('the model was not searched to its end');
    return { errors: numberIn(said, /errors: (\d+)/), states: numberIn(said, /(\d+) states, stored/) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The right model to its end, and the known-bad variants. */
export function modelReport(): { readonly holds: boolean; readonly line: string } {
  if (!hasSpin()) return { holds: true, line: 'Model: skipped, because spin or gcc is not installed.' };
  const right = search();
  const found = VARIANTS.filter((variant) => search(variant).errors > 0).length;
  const line = `Model: ${right.errors} errors in all ${right.states} states; ${found}/${VARIANTS.length} known-bad variants found.`;
  return { holds: right.errors === 0 && found === VARIANTS.length, line };
}

function run(command: string, args: readonly string[], cwd: string): string {
  const { stdout, status, error } = spawnSync(command, args, { cwd, encoding: 'utf8' });
  if (error !== undefined || status !== 0) throw new Error(`${command} failed: ${error?.message ?? stdout}`);
  return stdout;
}

function numberIn(text: string, pattern: RegExp): number {
  const [, digits] = pattern.exec(text) ?? [];
  if (digits === undefined) throw new Error(`the model checker did not say ${pattern}`);
  return Number(digits);
}
