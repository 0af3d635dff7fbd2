import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { IDLE, type Lane, type Pace, quietUntil, spoken, takeSlot } from '../../../lambdas/core/telling/pace.ts';
import { CALM, type ChannelState, countInStorm, isStorm, planRefresh } from '../../../lambdas/core/telling/storm.ts';
import { MINUTE_MS } from '../../../lambdas/core/time.ts';

const lanes = fc.constantFrom<Lane>('top', 'notice', 'thread');

describe('the pace of a channel', () => {
  it('lets a single message go at once', () => {
    expect(takeSlot(IDLE, 'thread', 5_000_123).at).toBe(5_000_123);
  });

  it('always keeps a second between any two messages, in whatever lanes and at whatever times they come', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(lanes, fc.integer({ min: 0, max: 2_500 })), { maxLength: 80 }), (asked) => {
        let pace: Pace = IDLE;
        let now = 1_000_000_000_000;
        const slots: number[] = [];
        for (const [lane, after] of asked) {
          now += after;
          const taken = takeSlot(pace, lane, now);
          expect(taken.at).toBeGreaterThanOrEqual(now);
          pace = taken.pace;
          slots.push(taken.at);
        }
        const gaps = slots.sort((one, other) => one - other).map((slot, index) => slot - (slots[index - 1] ?? 0));
        expect(gaps.every((gap) => gap >= 1_000)).toBe(true);
      }),
    );
  });

  it('holds up no lane for another one’s storm', () => {
    let pace: Pace = IDLE;
    for (let count = 0; count < 1_000; count += 1) pace = takeSlot(pace, 'thread', 10_000).pace;
    expect(takeSlot(pace, 'top', 20_000).at).toBeLessThanOrEqual(23_000);
  });

  it('leaves a second behind what was said out of turn, in every lane, and takes nobody’s slot back', () => {
    fc.assert(
      fc.property(
        lanes,
        lanes,
        fc.integer({ min: 0, max: 5 }),
        fc.integer({ min: 0, max: 999 }),
        (lane, busy, slots, after) => {
          const now = 1_000_000_000_000;
          let pace: Pace = IDLE;
          let last = 0;
          for (let each = 0; each < slots; each += 1) ({ pace, at: last } = takeSlot(pace, busy, now));
          const next = takeSlot(spoken(pace, now), lane, now + after);
          expect(next.at).toBeGreaterThanOrEqual(now + 1_000);
          if (lane === busy) expect(next.at).toBeGreaterThan(last);
        },
      ),
    );
  });

  it('gives no slot while Slack wants quiet', () => {
    expect(takeSlot(quietUntil(IDLE, 90_000), 'top', 10_000).at).toBeGreaterThanOrEqual(90_000);
  });
});

describe('a storm in a channel', () => {
  function filled(count: number): ChannelState {
    let pace: Pace = IDLE;
    for (let each = 0; each < count; each += 1) pace = takeSlot(pace, 'top', 60_000).pace;
    return { pace };
  }

  it('begins when more than ten messages wait, and is over after five quiet minutes', () => {
    expect(isStorm(filled(8), 60_000)).toBe(false);
    expect(isStorm(filled(13), 60_000)).toBe(true);
    const counted = countInStorm(filled(13), 'C1', 'ada on x', 60_000);
    expect(isStorm({ ...CALM, storm: counted.storm }, 60_000 + 4 * MINUTE_MS)).toBe(true);
    expect(isStorm({ ...CALM, storm: counted.storm }, 60_000 + 5 * MINUTE_MS)).toBe(false);
  });

  it('counts every finding, by kind up to twenty kinds, and refreshes its summary at most every ten seconds', () => {
    let state: ChannelState = CALM;
    for (let count = 0; count < 50; count += 1) state = countInStorm(state, 'C1', `kind ${count}`, 60_000 + count);
    const { storm } = state;
    expect(storm?.count).toBe(50);
    expect(Object.keys(storm?.kinds ?? {})).toHaveLength(21);
    expect(storm?.kinds.others).toBe(30);
    const first = planRefresh({ ...(storm as NonNullable<typeof storm>), count: 1 }, 70_000);
    expect(first.at).toBe(70_000);
    const second = planRefresh({ ...first.storm, count: 2 }, 70_002);
    expect(second.at).toBe(80_002);
    expect(planRefresh(second.storm, 75_000).at).toBeUndefined();
  });
});
