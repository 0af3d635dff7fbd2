import { TwoEyeError } from '../../lambdas/core/errors.ts';
import type { Random } from './random.ts';

/** One run of a function: it lives until it returns, throws, or the machine under it dies. */
export interface Life {
  readonly onDeath: () => void;
  isDead: boolean;
}

export interface Faults {
  /** Probability that a call to a neighbour goes wrong, in one of four ways. */
  rate: number;
}

const SPINS = 24;

/** What a call of a dead function returns: made anew each time, so that nothing is kept of those that wait for it. */
const never = () => new Promise<never>(() => undefined);

/**
 * Decides, by the seed, which of the pending calls goes on next and what becomes of it. Every call to a neighbour waits here, so any two
 * functions can be interleaved between any two awaits.
 */
export function scheduler(random: Random, faults: Faults, startAt: number) {
  let now = startAt;
  const ready: (() => void)[] = [];
  const planned: { at: number; order: number; run: () => void }[] = [];
  let order = 0;

  const turn = () => new Promise<void>((resolve) => ready.push(resolve));
  const die = (life: Life): Promise<never> => {
    if (!life.isDead) life.onDeath();
    life.isDead = true;
    return never();
  };

  /** A call to a neighbour: it may fail before or after its effect, or the caller may die before or after. */
  async function call<T>(life: Life, effect: () => T, neighbour = 'The table'): Promise<T> {
    await turn();
    if (life.isDead) return never();
    const fate = random.chance(faults.rate) ? random.below(4) : 4;
    if (fate === 0)
      throw new TwoEyeError('dependency_failed', `${neighbour} could not be asked: refused by the simulation`);
    if (fate === 1) return die(life);
    const result = effect();
    if (fate === 2)
      throw new TwoEyeError(
        'dependency_failed',
        `${neighbour} could not be heard: the answer was lost by the simulation`,
      );
    if (fate === 3) return die(life);
    return result;
  }
  function start(run: (life: Life) => Promise<void>, done: (outcome: 'done' | 'failed' | 'died') => void): void {
    const life: Life = { isDead: false, onDeath: () => done('died') };
    run(life).then(
      () => done('done'),
      (thrown) => {
        if (!(thrown instanceof TwoEyeError)) throw thrown;
        done('failed');
      },
    );
  }

  function plan(at: number, run: () => void): void {
    const entry = { at, order: order++, run };
    let index = planned.length;
    while (index > 0 && isAfter(planned[index - 1], entry)) index -= 1;
    planned.splice(index, 0, entry);
  }

  /** Runs until nothing is pending and nothing is planned up to `until`. */
  async function runUntil(until: number): Promise<void> {
    for (let turns = 0; turns < 100_000; turns += 1) {
      await settle();
      const next = planned[0];
      const isDue = next !== undefined && next.at <= until;
      if (ready.length > 0 && (!isDue || random.chance(0.8))) {
        ready.splice(random.below(ready.length), 1)[0]?.();
      } else if (isDue) {
        planned.shift();
        now = Math.max(now, next.at);
        next.run();
      } else {
        now = Math.max(now, until);
        return;
      }
    }
    throw new Error('the simulation does not come to rest');
  }
  /** Lets what was woken run up to its next call. Microtasks are deterministic, so too few turns would change nothing but the story. */
  async function settle(): Promise<void> {
    for (let spins = 0; spins < SPINS; spins += 1) await undefined;
  }

  return { call, start, plan, runUntil, now: () => now };
}

function isAfter(one: { at: number; order: number } | undefined, other: { at: number; order: number }): boolean {
  return one !== undefined && (one.at > other.at || (one.at === other.at && one.order > other.order));
}
