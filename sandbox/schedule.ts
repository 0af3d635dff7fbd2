import type { Milliseconds } from '../lambdas/core/time.ts';
import type { Cancel, VirtualClock } from './clock.ts';

/**
 * Runs something every `periodMs` of the virtual clock, on the full period, as EventBridge Scheduler does. While a long
 * time is let pass it runs less often (`stride` of the clock): a month has 43,200 minutes.
 */
export function every(clock: VirtualClock, periodMs: Milliseconds, run: () => void): Cancel {
  let cancel: Cancel = () => undefined;
  const plan = (): void => {
    const step = Math.max(periodMs, clock.stride());
    const due = Math.floor(clock.now() / periodMs) * periodMs + Math.ceil(step / periodMs) * periodMs;
    cancel = clock.at(due, () => {
      run();
      plan();
    });
  };
  plan();
  return () => cancel();
}
