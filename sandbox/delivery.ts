import type { Milliseconds } from '../lambdas/core/time.ts';
import type { Delivery } from './trouble.ts';

/** A copy of a record on its way to the queue. */
export interface Arrival<T> {
  readonly item: T;
  readonly afterMs: Milliseconds;
}

/** Copies of one record are this far apart, as when the bus hands on a record a second time. */
const SECOND_COPY_MS = 20_000;
const OUT_OF_ORDER_MS = 10_000;

/** When each record arrives, under the delivery trouble of the moment: the first in order comes last, each comes twice, all come late. */
export function arrivalsOf<T>(items: readonly T[], delivery: Delivery): readonly Arrival<T>[] {
  const ordered = items.map((item, index) => ({
    item,
    afterMs: delivery.delayMs + (delivery.reorder ? (items.length - 1 - index) * OUT_OF_ORDER_MS : 0),
  }));
  if (!delivery.duplicates) return ordered;
  return ordered.flatMap((arrival) => [arrival, { ...arrival, afterMs: arrival.afterMs + SECOND_COPY_MS }]);
}
