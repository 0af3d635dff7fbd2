import type { Instant, Milliseconds } from '../lambdas/core/time.ts';

/** Ends a timer before it fires. Ending one that has fired does nothing. */
export type Cancel = () => void;

/**
 * The time that everything in the sandbox lives by. It flows at `speed` times real time, can jump, and can be let pass
 * in order: what is due on the way happens at its own instant.
 */
export interface VirtualClock {
  /** Epoch milliseconds, whole. */
  now(): Instant;
  /** Calls `fire` once the clock has reached `due`; a due instant in the past fires on the next turn. */
  at(due: Instant, fire: () => void): Cancel;
  /**
   * Moves the clock at once. Forwards: all that fell due meanwhile fires now, in order. Backwards: what is waited for
   * moves along, so that a 30 second delay is still 30 seconds away. What is being let pass ends.
   */
  set(at: Instant): void;
  /**
   * Lets time pass: each timer fires at its own instant, and `settle` is awaited before the next one. A later `set`, `advance` or
   * `stop` takes its place: then it is `overtaken`, and leaves the clock to that.
   */
  advance(byMs: Milliseconds, settle: () => Promise<void>): Promise<'passed' | 'overtaken'>;
  /** 1 is real time, 60 a minute a second, 0 stands still. */
  setSpeed(speed: number): void;
  speed(): number;
  /** Shortest sensible period of a schedule: 0, but long while a long time is let pass. */
  stride(): Milliseconds;
  stop(): void;
}

interface Pending {
  readonly due: Instant;
  readonly order: number;
  readonly fire: () => void;
}

const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;
const STRIDES_IN_AN_ADVANCE = 120;
const MINUTE_BY_MINUTE_UP_TO_MS = 2 * 3_600_000;

/** A clock that starts at `startAt`, at the pace of real time. `realNow` is monotonic, in milliseconds. */
export function createClock(startAt: Instant, realNow: () => number = () => performance.now()): VirtualClock {
  let base = startAt;
  let realBase = realNow();
  let pace = 1;
  let passing = 0;
  let stride = 0;
  let order = 0;
  let pending: Pending[] = [];
  let timeout: NodeJS.Timeout | undefined;
  /** How many times the clock was told where to be; what lets time pass goes on while it was the last. */
  let told = 0;
  let last: Promise<unknown> = Promise.resolve();
  let stopped = false;

  const effectivePace = (): number => (passing > 0 ? 0 : pace);
  const now = (): Instant => Math.floor(base + (realNow() - realBase) * effectivePace());

  function rebase(at: Instant): void {
    base = at;
    realBase = realNow();
  }

  function fireDue(): void {
    for (let next = pending[0]; next !== undefined && next.due <= now(); next = pending[0]) {
      pending.shift();
      next.fire();
    }
    arm();
  }

  function arm(): void {
    clearTimeout(timeout);
    const next = pending[0];
    if (stopped || next === undefined || effectivePace() === 0) return;
    const waitMs = Math.max(0, (next.due - now()) / effectivePace());
    timeout = setTimeout(fireDue, Math.min(Math.ceil(waitMs), LONGEST_TIMEOUT_MS)).unref();
  }

  function add(timer: Pending): void {
    const index = pending.findIndex((other) => other.due > timer.due);
    pending.splice(index === -1 ? pending.length : index, 0, timer);
    arm();
  }

  function at(due: Instant, fire: () => void): Cancel {
    order += 1;
    const timer = { due, order, fire };
    add(timer);
    return () => {
      pending = pending.filter((other) => other !== timer);
      arm();
    };
  }

  function set(instant: Instant): void {
    told += 1;
    const back = Math.min(0, instant - now());
    if (back < 0) pending = pending.map((timer) => ({ ...timer, due: timer.due + back }));
    rebase(instant);
    fireDue();
  }

  async function pass(byMs: Milliseconds, settle: () => Promise<void>, mine: number): Promise<'passed' | 'overtaken'> {
    rebase(now());
    passing += 1;
    stride = byMs > MINUTE_BY_MINUTE_UP_TO_MS ? Math.ceil(byMs / STRIDES_IN_AN_ADVANCE) : 0;
    const end = base + byMs;
    await settle();
    for (let next = pending[0]; told === mine && next !== undefined && next.due <= end; next = pending[0]) {
      rebase(Math.max(base, next.due));
      fireDue();
      await settle();
    }
    if (told === mine) rebase(Math.max(base, end));
    passing -= 1;
    stride = 0;
    rebase(base);
    arm();
    return told === mine ? 'passed' : 'overtaken';
  }

  return {
    now,
    at,
    set,
    advance(byMs, settle) {
      told += 1;
      const mine = told;
      // Whoever is overtaken still waits for what happens at the instant that it got to.
      const turn = last.then(() => (told === mine ? pass(byMs, settle, mine) : 'overtaken'));
      last = turn.catch(() => undefined);
      return turn;
    },
    setSpeed(speed) {
      rebase(now());
      pace = speed;
      arm();
    },
    speed: () => pace,
    stride: () => stride,
    stop() {
      stopped = true;
      told += 1;
      clearTimeout(timeout);
    },
  };
}
