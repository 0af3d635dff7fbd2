import type { Instant } from '../core/time.ts';

const OVERRIDE = Symbol.for('two-eye.clock');

/**
 * The instant at which a handler works. The sandbox and the tests put a function that returns epoch milliseconds at
 * `globalThis[Symbol.for('two-eye.clock')]`; it is looked up at every call, so that they can move the time.
 */
export function now(): Instant {
  const override = (globalThis as { [OVERRIDE]?: unknown })[OVERRIDE];
  return typeof override === 'function' ? (override as () => Instant)() : Date.now();
}
