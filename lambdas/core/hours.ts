import { BANK_HOLIDAYS } from './bank-holidays.ts';
import type { Urgency } from './finding.ts';
import type { Division, Hours, Weekday } from './policy.ts';
import { HOUR_MS, type Instant, MINUTE_MS } from './time.ts';

const WEEKDAYS: readonly Weekday[] = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

/** Bank holidays are declared for the United Kingdom, whose days begin at midnight in London. */
const HOLIDAY_TIME_ZONE = 'Europe/London';

/** How far ahead `nextWorkingInstant` looks before it says that there is none. */
const LOOK_AHEAD_DAYS = 30;

/** What a clock on the wall shows. */
interface WallClock {
  /** `YYYY-MM-DD` */
  readonly date: string;
  readonly minuteOfDay: number;
}

/**
 * Whether somebody may be woken: `ping` in working hours, `page` outside them. Hours are half-open and follow the wall
 * clock of their zone through both changes of the clocks. Bank holidays, and every day past the end of the snapshot of
 * bank holidays, are out of hours.
 */
export function urgencyAt(at: Instant, hours: Hours): Urgency {
  const { date, minuteOfDay } = wallClock(at, hours.timeZone);
  const inHours = minuteOfDay >= hours.fromMinute && minuteOfDay < hours.untilMinute;
  return inHours && isWorkingDay(date, hours) ? 'ping' : 'page';
}

/** The first working instant at or after `at`; undefined when there is none within 30 days. */
export function nextWorkingInstant(at: Instant, hours: Hours): Instant | undefined {
  if (urgencyAt(at, hours) === 'ping') return at;
  const today = wallClock(at, hours.timeZone).date;
  for (let ahead = 0; ahead <= LOOK_AHEAD_DAYS; ahead += 1) {
    const date = addDays(today, ahead);
    const found = isWorkingDay(date, hours) ? openingsOf(date, hours).find((each) => each >= at) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

/** From this instant on two-eye does not know the division's bank holidays, and treats every day as out of hours. */
export function holidaysEndAt(division: Division): Instant {
  return endOfDay(BANK_HOLIDAYS[division].through, HOLIDAY_TIME_ZONE);
}

/** The first instant of a day (`YYYY-MM-DD`) in a time zone: midnight, or one o'clock where the clocks skip midnight. */
export function startOfDay(date: string, timeZone: string): Instant {
  const [first] = [0, 60].flatMap((minute) => instantsOf(date, minute, timeZone));
  return first ?? Date.parse(`${date}T00:00:00Z`);
}

/** The instant that ends a day (`YYYY-MM-DD`) in a time zone, exclusive. */
export function endOfDay(date: string, timeZone: string): Instant {
  return startOfDay(addDays(date, 1), timeZone);
}

/** `14:05` on the wall clock of the zone. */
export function localTime(at: Instant, timeZone: string): string {
  const { minuteOfDay } = wallClock(at, timeZone);
  return `${twoDigits(Math.floor(minuteOfDay / 60))}:${twoDigits(minuteOfDay % 60)}`;
}

/** `2026-11-24` on the calendar of the zone. */
export function localDate(at: Instant, timeZone: string): string {
  return wallClock(at, timeZone).date;
}

/** `Tue 24 Nov 2026, 14:05 GMT`: for messages that are read on another day. */
export function localDateTime(at: Instant, timeZone: string): string {
  const part = partsOf(longFormatter(timeZone), at);
  return `${part('weekday')} ${part('day')} ${part('month').slice(0, 3)} ${part('year')}, ${localTime(at, timeZone)} ${part('timeZoneName')}`;
}

/** `Tue 24 Nov, 14:05`: for messages of the same week. */
export function localDayAndTime(at: Instant, timeZone: string): string {
  const part = partsOf(longFormatter(timeZone), at);
  return `${part('weekday')} ${part('day')} ${part('month').slice(0, 3)}, ${localTime(at, timeZone)}`;
}

function isWorkingDay(date: string, hours: Hours): boolean {
  if (!hours.days.includes(weekdayOf(date))) return false;
  if (hours.holidays === undefined) return true;
  const known = BANK_HOLIDAYS[hours.holidays];
  return date <= known.through && !known.days.has(date);
}

/**
 * Instants of a working day at which work may begin or resume, in order: the wall clock's `from`, and every quarter of an
 * hour in case the clocks skip it (zones change on quarters). A day has at most 25 hours; what is looked at beyond its end
 * is the next day's.
 */
function openingsOf(date: string, hours: Hours): readonly Instant[] {
  const start = startOfDay(date, hours.timeZone);
  const quarters = Array.from({ length: 26 * 4 }, (_, quarter) => start + quarter * 15 * MINUTE_MS);
  return [...quarters, ...instantsOf(date, hours.fromMinute, hours.timeZone)]
    .filter((each) => urgencyAt(each, hours) === 'ping' && localDate(each, hours.timeZone) === date)
    .sort((a, b) => a - b);
}

/** Instants at which the wall clock of the zone shows this date and minute: one, two when the clocks go back, none when they skip it. */
function instantsOf(date: string, minuteOfDay: number, timeZone: string): readonly Instant[] {
  const asIfUtc = Date.parse(`${date}T00:00:00Z`) + minuteOfDay * MINUTE_MS;
  const offsets = [asIfUtc - 14 * HOUR_MS, asIfUtc + 14 * HOUR_MS].map((near) => offsetAt(near, timeZone));
  return [...new Set(offsets.map((offset) => asIfUtc - offset))]
    .filter((at) => asIfUtc - at === offsetAt(at, timeZone))
    .sort((a, b) => a - b);
}

/** What the zone's wall clock is ahead of UTC, in milliseconds. */
function offsetAt(at: Instant, timeZone: string): number {
  const wholeMinute = Math.floor(at / MINUTE_MS) * MINUTE_MS;
  const { date, minuteOfDay } = wallClock(wholeMinute, timeZone);
  return Date.parse(`${date}T00:00:00Z`) + minuteOfDay * MINUTE_MS - wholeMinute;
}

function wallClock(at: Instant, timeZone: string): WallClock {
  const part = partsOf(clockFormatter(timeZone), at);
  return {
    date: `${part('year')}-${part('month')}-${part('day')}`,
    minuteOfDay: Number(part('hour')) * 60 + Number(part('minute')),
  };
}

function partsOf(formatter: Intl.DateTimeFormat, at: Instant): (type: Intl.DateTimeFormatPartTypes) => string {
  const parts = formatter.formatToParts(at);
  return (type) => parts.find((each) => each.type === type)?.value ?? '';
}

// A formatter takes a hundred times longer to make than to use, and a start-up that needs none should make none.
const clockFormatter = perTimeZone((timeZone) => ({
  timeZone,
  hourCycle: 'h23',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
}));

const longFormatter = perTimeZone((timeZone) => ({
  timeZone,
  weekday: 'short',
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  timeZoneName: 'short',
}));

function perTimeZone(optionsOf: (timeZone: string) => Intl.DateTimeFormatOptions) {
  const made = new Map<string, Intl.DateTimeFormat>();
  return (timeZone: string): Intl.DateTimeFormat => {
    const formatter = made.get(timeZone) ?? new Intl.DateTimeFormat('en-GB', optionsOf(timeZone));
    made.set(timeZone, formatter);
    return formatter;
  };
}

function weekdayOf(date: string): Weekday {
  return WEEKDAYS[new Date(`${date}T00:00:00Z`).getUTCDay()] ?? 'sun';
}

function addDays(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * 24 * HOUR_MS).toISOString().slice(0, 10);
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}
