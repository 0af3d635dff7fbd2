import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  endOfDay,
  holidaysEndAt,
  localDate,
  localDateTime,
  localTime,
  nextWorkingInstant,
  startOfDay,
  urgencyAt,
} from '../../lambdas/core/hours.ts';
import type { Hours } from '../../lambdas/core/policy.ts';
import { HOUR_MS, MINUTE_MS } from '../../lambdas/core/time.ts';
import { isHolidayByRule } from '../support/holidays-by-rule.ts';

const office: Hours = {
  timeZone: 'Europe/London',
  days: ['mon', 'tue', 'wed', 'thu', 'fri'],
  fromMinute: 9 * 60 + 30,
  untilMinute: 17 * 60 + 30,
  holidays: 'england-and-wales',
};
const at = (iso: string) => Date.parse(iso);
const urgency = (iso: string, hours: Hours = office) => urgencyAt(at(iso), hours);

describe('urgencyAt', () => {
  it('agrees with another calendar for every half hour of ten years', () => {
    const swedish = new Intl.DateTimeFormat('sv-SE', {
      timeZone: 'Europe/London',
      dateStyle: 'short',
      timeStyle: 'short',
    });
    const differing: string[] = [];
    for (let instant = at('2018-01-01T00:00:00Z'); instant < at('2028-01-01T00:00:00Z'); instant += 30 * MINUTE_MS) {
      const [date = '', clock = ''] = swedish.format(instant).split(' ');
      const weekday = new Date(date).getDay();
      const working = weekday >= 1 && weekday <= 5 && clock >= '09:30' && clock < '17:30';
      const expected = working && !isHolidayByRule(date, 'england-and-wales') ? 'ping' : 'page';
      if (urgencyAt(instant, office) !== expected) differing.push(`${date} ${clock}`);
    }
    expect(differing).toEqual([]);
  });

  it('begins at the first millisecond of from and ends before the first of until', () => {
    expect(urgency('2026-11-24T09:29:59.999Z')).toBe('page');
    expect(urgency('2026-11-24T09:30:00Z')).toBe('ping');
    expect(urgency('2026-11-24T17:29:59.999Z')).toBe('ping');
    expect(urgency('2026-11-24T17:30:00Z')).toBe('page');
  });

  it('leaves no gap before midnight where hours run until 24:00', () => {
    const allDay: Hours = { ...office, fromMinute: 0, untilMinute: 24 * 60 };
    expect(urgency('2026-11-27T23:59:59.999Z', allDay)).toBe('ping');
    expect(urgency('2026-11-28T00:00:00Z', allDay)).toBe('page');
    expect(urgency('2026-11-30T00:00:00Z', allDay)).toBe('ping');
  });

  it('follows the clocks forward in spring', () => {
    expect(urgency('2026-03-27T09:29:00Z')).toBe('page');
    expect(urgency('2026-03-27T09:30:00Z')).toBe('ping');
    expect(urgency('2026-03-30T08:30:00Z')).toBe('ping');
    expect(urgency('2026-03-30T16:30:00Z')).toBe('page');
  });

  it('follows the clocks back in autumn', () => {
    expect(urgency('2026-10-23T08:30:00Z')).toBe('ping');
    expect(urgency('2026-10-26T08:30:00Z')).toBe('page');
    expect(urgency('2026-10-26T17:29:00Z')).toBe('ping');
  });

  it('counts both passes of the hour that occurs twice, and neither of the hour that does not occur', () => {
    const nights: Hours = { ...office, days: ['sun'], fromMinute: 60, untilMinute: 120 };
    expect(urgency('2026-10-25T00:30:00Z', nights)).toBe('ping');
    expect(urgency('2026-10-25T01:30:00Z', nights)).toBe('ping');
    expect(urgency('2026-10-25T02:00:00Z', nights)).toBe('page');
    expect(urgency('2026-03-29T00:59:59Z', nights)).toBe('page');
    expect(urgency('2026-03-29T01:00:00Z', nights)).toBe('page');
  });

  it('pages from Christmas Day to the substitute for Boxing Day in 2026', () => {
    const days = [24, 25, 26, 27, 28, 29].map((day) => urgency(`2026-12-${day}T11:00:00Z`));
    expect(days).toEqual(['ping', 'page', 'page', 'page', 'page', 'ping']);
  });

  it('knows the holidays of each division', () => {
    const scotland: Hours = { ...office, holidays: 'scotland' };
    const northernIreland: Hours = { ...office, holidays: 'northern-ireland' };
    expect(urgency('2026-11-30T11:00:00Z', scotland)).toBe('page');
    expect(urgency('2026-11-30T11:00:00Z')).toBe('ping');
    expect(urgency('2026-04-06T11:00:00Z', scotland)).toBe('ping');
    expect(urgency('2026-07-13T11:00:00Z', northernIreland)).toBe('page');
    expect(urgency('2026-07-13T11:00:00Z', scotland)).toBe('ping');
  });

  it('works through bank holidays where the policy names no division', () => {
    const { holidays: _, ...without } = office;
    expect(urgency('2026-12-25T11:00:00Z', without)).toBe('ping');
    expect(urgency('2040-01-04T11:00:00Z', without)).toBe('ping');
  });

  it('pages at any time past the end of the snapshot', () => {
    const end = holidaysEndAt('england-and-wales');
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 20 * 365 * 24 * 60 }), (minutes) => {
        expect(urgencyAt(end + minutes * MINUTE_MS, office)).toBe('page');
      }),
    );
  });

  it('pages at any time before the beginning of the snapshot', () => {
    expect(urgency('2018-01-02T11:00:00Z')).toBe('ping');
    expect(urgency('2017-12-25T11:00:00Z')).toBe('page');
    const start = at('2018-01-01T00:00:00Z');
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 * 365 * 24 * 60 }), (minutes) => {
        expect(urgencyAt(start - minutes * MINUTE_MS, office)).toBe('page');
      }),
    );
  });
});

describe('nextWorkingInstant', () => {
  it('is the instant itself in working hours', () => {
    expect(nextWorkingInstant(at('2026-11-24T10:00:00Z'), office)).toBe(at('2026-11-24T10:00:00Z'));
  });

  it('skips the weekend, the holidays and the change of the clocks', () => {
    expect(nextWorkingInstant(at('2026-11-27T17:30:00Z'), office)).toBe(at('2026-11-30T09:30:00Z'));
    expect(nextWorkingInstant(at('2026-12-24T18:00:00Z'), office)).toBe(at('2026-12-29T09:30:00Z'));
    expect(nextWorkingInstant(at('2026-03-27T18:00:00Z'), office)).toBe(at('2026-03-30T08:30:00Z'));
  });

  it('begins when the clocks have skipped the beginning', () => {
    const nights: Hours = { ...office, days: ['sun'], fromMinute: 90, untilMinute: 180 };
    expect(nextWorkingInstant(at('2026-03-28T12:00:00Z'), nights)).toBe(at('2026-03-29T01:00:00Z'));
  });

  it('begins where the clocks have skipped half an hour in the middle of the night', () => {
    const nights: Hours = { timeZone: 'Australia/Lord_Howe', days: ['sun'], fromMinute: 135, untilMinute: 240 };
    expect(nextWorkingInstant(at('2026-10-03T00:00:00Z'), nights)).toBe(at('2026-10-03T15:30:00Z'));
  });

  it('begins at the first pass of a minute that occurs twice', () => {
    const nights: Hours = { ...office, days: ['sun'], fromMinute: 91, untilMinute: 180 };
    expect(nextWorkingInstant(at('2026-10-24T12:00:00Z'), nights)).toBe(at('2026-10-25T00:31:00Z'));
  });

  it('does not exist past the end of the snapshot', () => {
    expect(nextWorkingInstant(at('2028-01-04T00:00:00Z'), office)).toBeUndefined();
  });

  it('is the opening, not the first quarter after it, where work begins a minute after midnight', () => {
    const night = { ...office, fromMinute: 1, untilMinute: 16 };
    expect(nextWorkingInstant(at('2026-07-13T15:28:20Z'), night)).toBe(at('2026-07-13T23:01:00Z'));
  });

  it('is always in working hours with none between', () => {
    const minute = fc.integer({ min: 0, max: 24 * 60 });
    const instants = fc.integer({ min: at('2024-01-01T00:00:00Z'), max: at('2027-10-01T00:00:00Z') });
    fc.assert(
      fc.property(instants, minute, minute, fc.nat({ max: 100 }), (from, one, other, percent) => {
        fc.pre(one !== other);
        const hours = { ...office, fromMinute: Math.min(one, other), untilMinute: Math.max(one, other) };
        const next = nextWorkingInstant(from, hours);
        if (next === undefined) throw new Error('no working instant within a month');
        expect(urgencyAt(next, hours)).toBe('ping');
        const between = from + Math.floor(((next - from) * percent) / 100);
        if (between < next) expect(urgencyAt(between, hours)).toBe('page');
      }),
    );
  });
});

describe('days and times of a zone', () => {
  it('bounds a London day in summer and in winter, and the days on which the clocks change', () => {
    expect(startOfDay('2026-07-01', 'Europe/London')).toBe(at('2026-06-30T23:00:00Z'));
    expect(startOfDay('2026-12-01', 'Europe/London')).toBe(at('2026-12-01T00:00:00Z'));
    const length = (date: string) => endOfDay(date, 'Europe/London') - startOfDay(date, 'Europe/London');
    expect([length('2026-03-29'), length('2026-10-25'), length('2026-11-24')]).toEqual(
      [23, 25, 24].map((h) => h * HOUR_MS),
    );
  });

  it('begins a day at one o’clock where the clocks skip midnight', () => {
    expect(startOfDay('2024-09-08', 'America/Santiago')).toBe(at('2024-09-08T04:00:00Z'));
  });

  it('writes instants as people of the zone read them', () => {
    const summer = at('2026-09-24T13:05:59Z');
    expect(localTime(summer, 'Europe/London')).toBe('14:05');
    expect(localDate(at('2026-06-30T23:30:00Z'), 'Europe/London')).toBe('2026-07-01');
    expect(localDateTime(summer, 'Europe/London')).toBe('Thu 24 Sep 2026, 14:05 BST');
    expect(localDateTime(at('2026-11-24T00:05:00Z'), 'Europe/London')).toBe('Tue 24 Nov 2026, 00:05 GMT');
  });
});
