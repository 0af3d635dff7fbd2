import { expect, test } from 'vitest';
import { createClock } from '../../sandbox/clock.ts';
import { every } from '../../sandbox/schedule.ts';

const NOON = Date.parse('2026-11-24T12:00:00Z');
const idle = async (): Promise<void> => undefined;

/** A clock whose real time stands still unless `real.ms` is moved. */
function stillClock(): { clock: ReturnType<typeof createClock>; real: { ms: number } } {
  const real = { ms: 0 };
  return { clock: createClock(NOON, () => real.ms), real };
}

test('flows at its speed from where it was set', () => {
  const { clock, real } = stillClock();
  real.ms = 2_000;
  expect(clock.now()).toBe(NOON + 2_000);
  clock.setSpeed(60);
  real.ms = 3_000;
  expect(clock.now()).toBe(NOON + 62_000);
  clock.set(NOON);
  expect(clock.now()).toBe(NOON);
});

test('fires what is due in order, each at its own instant, and waits for its work, while time passes', async () => {
  const { clock } = stillClock();
  const seen: string[] = [];
  clock.at(NOON + 2_000, () => seen.push(`second at +${clock.now() - NOON}`));
  clock.at(NOON + 1_000, () => {
    seen.push(`first at +${clock.now() - NOON}`);
    clock.at(clock.now() + 500, () => seen.push(`what the first planned at +${clock.now() - NOON}`));
  });
  expect(await clock.advance(5_000, async () => void seen.push('settled'))).toBe('passed');
  expect(seen).toEqual([
    'settled',
    'first at +1000',
    'settled',
    'what the first planned at +1500',
    'settled',
    'second at +2000',
    'settled',
  ]);
  expect(clock.now()).toBe(NOON + 5_000);
});

test('fires everything that fell due when it jumps forward, and nothing that was ended', () => {
  const { clock } = stillClock();
  const seen: string[] = [];
  clock.at(NOON + 60_000, () => seen.push('due'));
  clock.at(NOON + 50_000, () => seen.push('ended'))();
  clock.set(NOON + 3_600_000);
  expect(seen).toEqual(['due']);
});

test('keeps delays as long as they were when it jumps back', () => {
  const { clock } = stillClock();
  const seen: string[] = [];
  clock.at(NOON + 30_000, () => seen.push('due'));
  clock.set(NOON - 3_600_000);
  clock.set(NOON - 3_600_000 + 29_999);
  expect(seen).toEqual([]);
  clock.set(NOON - 3_600_000 + 30_000);
  expect(seen).toEqual(['due']);
});

/** Timers every second for a minute, and work at each that ends when it is let. */
function longAdvance(clock: ReturnType<typeof createClock>) {
  const seen: number[] = [];
  const waiting: (() => void)[] = [];
  for (let second = 1; second <= 60; second += 1) clock.at(NOON + second * 1_000, () => seen.push(second));
  const settle = (): Promise<void> => new Promise((resolve) => waiting.push(resolve));
  const goOn = async (): Promise<void> => {
    waiting.shift()?.();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { seen, settle, goOn };
}

test('a clock that is set lets no more time pass, and stays where it was set', async () => {
  const { clock } = stillClock();
  const { seen, settle, goOn } = longAdvance(clock);
  const advanced = clock.advance(60_000, settle);
  await goOn();
  await goOn();
  expect(seen).toEqual([1]);
  clock.set(NOON - 3_600_000);
  await goOn();
  expect(await advanced).toBe('overtaken');
  expect(seen).toEqual([1]);
  expect(clock.now()).toBe(NOON - 3_600_000);
  expect(clock.stride()).toBe(0);
});

test('of several that let time pass the last goes on, from where the first had got to', async () => {
  const { clock } = stillClock();
  const { seen, settle, goOn } = longAdvance(clock);
  const first = clock.advance(60_000, settle);
  await goOn();
  await goOn();
  const second = clock.advance(5_000, idle);
  const third = clock.advance(2_000, idle);
  await goOn();
  expect(await Promise.all([first, second, third])).toEqual(['overtaken', 'overtaken', 'passed']);
  expect(seen).toEqual([1, 2, 3]);
  expect(clock.now()).toBe(NOON + 3_000);
});

test('a clock that is stopped lets no more time pass', async () => {
  const { clock } = stillClock();
  const { seen, settle, goOn } = longAdvance(clock);
  const advanced = clock.advance(60_000, settle);
  await goOn();
  clock.stop();
  await goOn();
  expect(await advanced).toBe('overtaken');
  expect(seen).toEqual([]);
});

test('runs a schedule on every full minute, and less often while days are let pass', async () => {
  const { clock } = stillClock();
  const seen: number[] = [];
  const end = every(clock, 60_000, () => seen.push(clock.now() - NOON));
  await clock.advance(180_000, idle);
  expect(seen).toEqual([60_000, 120_000, 180_000]);
  await clock.advance(30 * 24 * 3_600_000, idle);
  expect(seen.length).toBeLessThan(130);
  end();
});
