import fc from 'fast-check';
import { expect, it } from 'vitest';
import { nearbyOf } from '../../lambdas/core/nearby.ts';
import { HOUR_MS } from '../../lambdas/core/time.ts';

const HOURS = fc.integer({ min: 0, max: 400 }).map((hours) => hours * HOUR_MS);
const LENGTH = fc.oneof(HOURS, fc.constant(0), fc.constant(Number.POSITIVE_INFINITY));

it('finds all that was alive within reach of an instant, whatever else there is', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ from: HOURS, length: LENGTH }), { maxLength: 30 }),
      HOURS,
      fc.constantFrom(0, HOUR_MS, 24 * HOUR_MS),
      (given, at, reach) => {
        const lives = given.map(({ from, length }, index) => ({ index, from, until: from + length }));
        const all = nearbyOf(lives, (life) => life)(at, reach);
        const found = new Set(all);
        expect(all).toHaveLength(found.size);
        const missed = lives.filter((life) => life.from <= at + reach && life.until >= at - reach && !found.has(life));
        expect(missed).toEqual([]);
      },
    ),
  );
});

it.each([
  ['that began long before and ends then', -60, 0],
  ['that ended as long ago as reaches, and began three days before', -96, -24],
  ['that begins as far ahead as reaches', 24, 30],
])('finds what lives %s', (_, from, until) => {
  const [at, reach] = [500 * HOUR_MS, 24 * HOUR_MS];
  const life = { from: at + from * HOUR_MS, until: at + until * HOUR_MS };
  expect(nearbyOf([life], (one) => one)(at, reach)).toEqual([life]);
});

it('looks at few of many', () => {
  const hourly = Array.from({ length: 10_000 }, (_, hour) => ({ from: hour * HOUR_MS, until: (hour + 1) * HOUR_MS }));
  expect(nearbyOf(hourly, (life) => life)(5_000 * HOUR_MS, 24 * HOUR_MS).length).toBeLessThan(200);
});
