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
   * moves along, so that a 30 second delay is still 30 seconds away.
   */
  set(at: Instant): void;
  /** Lets time pass: each timer fires at its own instant, and `settle` is awaited before the next one. */
  advance(byMs: Milliseconds, settle: () => Promise<void>): Promise<void>;
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
  let queue: Promise<void> = Promise.resolve();
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
    const back = Math.min(0, instant - now());
    if (back < 0) pending = pending.map((timer) => ({ ...timer, due: timer.due + back }));
    rebase(instant);
    fireDue();
  }

  async function pass(byMs: Milliseconds, settle: () => Promise<void>): Promise<void> {
    rebase(now());
    passing += 1;
    stride = byMs > MINUTE_BY_MINUTE_UP_TO_MS ? Math.ceil(byMs / STRIDES_IN_AN_ADVANCE) : 0;
    const end = base + byMs;
    await settle();
    for (let next = pending[0]; next !== undefined && next.due <= end; next = pending[0]) {
      rebase(Math.max(base, next.due));
      fireDue();
      await settle();
    }
    rebase(Math.max(base, end));
    passing -= 1;
    stride = 0;
    rebase(base);
    arm();
  }

  return {
    now,
    at,
    set,
    advance(byMs, settle) {
      const turn = queue.then(() => pass(byMs, settle));
      queue = turn.catch(() => undefined);
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
      clearTimeout(timeout);
    },
  };
}
