import { TwoEyeError } from '../../lambdas/core/errors.ts';
import { TELLING_ENDS_MS } from '../../lambdas/core/telling/attempt.ts';
import { isoOf, SECOND_MS } from '../../lambdas/core/time.ts';
import type { Random } from './random.ts';

/** One run of a function: it lives until it returns, throws, or the machine under it dies. */
export interface Life {
  readonly name: string;
  readonly onDeath: () => void;
  /** When Lambda ends it. */
  readonly until: number;
  isDead: boolean;
}

export interface Faults {
  /** Probability that a call to a neighbour goes wrong, in one of four ways. */
  rate: number;
  /** Whether a neighbour is away altogether at an instant, so that every call to it fails. */
  readonly isAway?: (neighbour: Neighbour | 'PagerDuty, in maintenance', at: number) => boolean;
}

export type Neighbour = 'The table' | 'The topic' | 'The queue' | 'Slack' | 'PagerDuty';

/** Where everything that happens is written, one line a happening; the words are made only when somebody reads them. */
export type Trace = (line: () => string) => void;

/** Deep enough for what a call woke to come to its next call, or to its end; when others can go on meanwhile, less will do. */
const SPINS = 24;
const SPINS_BESIDE_OTHERS = 6;

/** When a function is ended from outside; of those that are played `sweep` alone has longer. */
const timeoutOf = (name: string) => (name === 'sweep' ? 50 * SECOND_MS : TELLING_ENDS_MS);

/** No call takes longer than this; when nothing goes wrong any more, calls are quick. */
const slowestCall = ({ rate }: Faults) => (rate > 0 ? 20 : 1) * SECOND_MS;

/** What a call of a dead function returns: made anew each time, so that nothing is kept of those that wait for it. */
const never = () => new Promise<never>(() => undefined);

/**
 * Decides, by the seed, which of the pending calls goes on next and what becomes of it. Every call to a neighbour waits here, so any two
 * functions can be interleaved between any two awaits.
 */
export function scheduler(random: Random, faults: Faults, startAt: number, trace?: Trace) {
  let now = startAt;
  const ready: (() => void)[] = [];
  const planned: { at: number; order: number; run: () => void }[] = [];
  let order = 0;
  let lives = 0;

  const note = (line: () => string) => trace?.(() => `${isoOf(now).slice(11)} ${line()}`);
  const turn = () => new Promise<void>((resolve) => ready.push(resolve));
  const die = (life: Life): Promise<never> => {
    note(() => `${life.name} dies`);
    if (!life.isDead) life.onDeath();
    life.isDead = true;
    return never();
  };

  /** A call to a neighbour: it may fail before or after its effect, or the caller may die before or after. `what` is for the trace. */
  async function call<T>(
    life: Life,
    effect: () => T,
    neighbour: Neighbour = 'The table',
    what?: () => string,
  ): Promise<T> {
    await turn();
    if (life.isDead) return never();
    if (now > life.until) return die(life);
    const say = (became: string) => what && note(() => `  ${life.name}: ${what()}${became}`);
    const isAway = faults.isAway?.(neighbour, now) === true;
    const fate = isAway ? 0 : random.chance(faults.rate) ? random.below(4) : 4;
    if (fate === 0) {
      say(' — refused');
      throw new TwoEyeError('dependency_failed', `${neighbour} could not be asked: refused by the simulation`);
    }
    if (fate === 1) return die(life);
    const result = effect();
    if (fate === 2) {
      say(' — done, the answer lost');
      throw new TwoEyeError(
        'dependency_failed',
        `${neighbour} could not be heard: the answer was lost by the simulation`,
      );
    }
    say(isConflict(result) ? ' — conflict' : '');
    return fate === 3 ? die(life) : result;
  }

  /** Starts a function; `done` is called once, when it has returned, thrown or died. */
  function start(
    name: string,
    run: (life: Life) => Promise<void>,
    done: (outcome: 'done' | 'failed' | 'died') => void,
  ): void {
    lives += 1;
    const life: Life = {
      name: `${name} ${lives}`,
      until: now + timeoutOf(name),
      isDead: false,
      onDeath: () => done('died'),
    };
    note(() => `${life.name} begins`);
    run(life).then(
      () => {
        note(() => `${life.name} ends`);
        done('done');
      },
      (thrown) => {
        if (!(thrown instanceof TwoEyeError)) throw thrown;
        note(() => `${life.name} fails: ${thrown.message}`);
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
      // Microtasks are deterministic, so too few spins change nothing but the story.
      for (let spins = ready.length > 0 ? SPINS_BESIDE_OTHERS : SPINS; spins > 0; spins -= 1) await undefined;
      const next = planned[0];
      const isDue = next !== undefined && next.at <= until;
      if (ready.length > 0 && (!isDue || next.at - now > slowestCall(faults) || !timePasses(ready.length))) {
        wake(random.below(ready.length));
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

  /** While a call waits the clock may go on; with many that wait not for each of them anew, or all would be slow. */
  function timePasses(waiting: number): boolean {
    return random.chance(0.2 * Math.min(1, 4 / waiting));
  }

  /** The last takes the place of the one that goes: which is next is for the seed to say, so their order says nothing. */
  function wake(index: number): void {
    const chosen = ready[index];
    const last = ready.pop();
    if (last !== undefined && index < ready.length) ready[index] = last;
    chosen?.();
  }

  return { call, start, plan, note, runUntil, now: () => now };
}

export type Clock = ReturnType<typeof scheduler>;

function isConflict(result: unknown): boolean {
  return (result as { readonly outcome?: unknown } | undefined)?.outcome === 'conflict';
}

function isAfter(one: { at: number; order: number } | undefined, other: { at: number; order: number }): boolean {
  return one !== undefined && (one.at > other.at || (one.at === other.at && one.order > other.order));
}
