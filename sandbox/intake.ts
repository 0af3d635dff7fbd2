import type { Policy } from '../lambdas/core/policy.ts';
import { readInput } from '../lambdas/core/read.ts';

/** What became of inputs: each is one of three. */
export interface Intake {
  readonly read: number;
  readonly watched: number;
  readonly ignored: Readonly<Record<string, number>>;
  readonly unreadable: number;
}

/** What the functions will make of inputs: parsed JSON, or text that then is unreadable. */
export function readingsOf(inputs: readonly unknown[], policy: Policy) {
  return inputs.flatMap((input) => readInput(typeof input === 'string' ? { text: input } : input, policy));
}

/** Counts what the functions will make of inputs. */
export function intakeOf(inputs: readonly unknown[], policy: Policy): Intake {
  const readings = readingsOf(inputs, policy);
  const ignored: Record<string, number> = {};
  for (const reading of readings)
    if (reading.outcome === 'ignored') ignored[reading.because] = (ignored[reading.because] ?? 0) + 1;
  const count = (outcome: string): number => readings.filter((reading) => reading.outcome === outcome).length;
  return { read: readings.length, watched: count('access'), ignored, unreadable: count('unreadable') };
}
