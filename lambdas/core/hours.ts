import { BANK_HOLIDAYS } from './bank-holidays.ts';
import type { Urgency } from './finding.ts';
import type { Division, Hours, Weekday } from './policy.ts';
import { HOUR_MS, type Instant, MINUTE_MS, type Milliseconds } from './time.ts';

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const WEEKDAYS: readonly Weekday[] = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

/** Bank holidays are declared for the United Kingdom, whose days begin at midnight in London. */
const HOLIDAY_TIME_ZONE = 'Europe/London';

/** How far ahead `nextWorkingInstant` looks before it says that there is none. */
const LOOK_AHEAD_DAYS = 30;

const QUARTER_MS = 15 * MINUTE_MS;
/** A hundred days of a zone. */
const MOST_QUARTERS = 10_000;

/** What a clock on the wall shows. */
interface WallClock {
  /** `YYYY-MM-DD` */
  readonly date: string;
  readonly minuteOfDay: number;
}

/**
 * Whether somebody may be woken: `ping` in working hours, `page` outside them. Hours are half-open and follow the wall
 * clock of their zone through both changes of the clocks. Bank holidays, and every day outside the snapshot of bank
 * holidays, are out of hours.
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
  return timeOf(wallClock(at, timeZone));
}

/** `2026-11-24` on the calendar of the zone. */
export function localDate(at: Instant, timeZone: string): string {
  return wallClock(at, timeZone).date;
}

/** `Tue 24 Nov 2026, 14:05 GMT`: for messages that are read on another day. */
export function localDateTime(at: Instant, timeZone: string): string {
  const shown = wallClock(at, timeZone);
  return `${dayOf(shown)} ${shown.date.slice(0, 4)}, ${timeOf(shown)} ${zoneAt(at, timeZone).name}`;
}

function timeOf({ minuteOfDay }: WallClock): string {
  return `${twoDigits(Math.floor(minuteOfDay / 60))}:${twoDigits(minuteOfDay % 60)}`;
}

/** `Tue 24 Nov` */
function dayOf({ date }: WallClock): string {
  const weekday = weekdayOf(date);
  const month = MONTHS[Number(date.slice(5, 7)) - 1];
  return `${weekday.charAt(0).toUpperCase()}${weekday.slice(1)} ${Number(date.slice(8))} ${month}`;
}

/** Whether anybody works on a day (`YYYY-MM-DD`): one of the weekdays, no bank holiday, and not past the end of the snapshot of them. */
export function isWorkingDay(date: string, hours: Hours): boolean {
  if (!hours.days.includes(weekdayOf(date))) return false;
  if (hours.holidays === undefined) return true;
  const known = BANK_HOLIDAYS[hours.holidays];
  return date >= known.from && date <= known.through && !known.days.has(date);
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

function wallClock(at: Instant, timeZone: string): WallClock {
  const shown = new Date(at + offsetAt(at, timeZone)).toISOString();
  return { date: shown.slice(0, 10), minuteOfDay: Number(shown.slice(11, 13)) * 60 + Number(shown.slice(14, 16)) };
}

function offsetAt(at: Instant, timeZone: string): Milliseconds {
  return zoneAt(at, timeZone).aheadMs;
}

/** What a zone's clocks are set to. */
interface Zone {
  /** What the wall clock is ahead of UTC. */
  readonly aheadMs: Milliseconds;
  /** `GMT`, `BST` */
  readonly name: string;
}

/** Zones change on quarters of an hour, so it is asked once for each: a formatter takes longer than all the rest of a judging. */
function zoneAt(at: Instant, timeZone: string): Zone {
  const quarter = Math.floor(at / QUARTER_MS);
  const known = zonesOf(timeZone);
  const zone = known.get(quarter) ?? askZone(quarter * QUARTER_MS, timeZone);
  if (known.size >= MOST_QUARTERS) known.clear();
  known.set(quarter, zone);
  return zone;
}

function askZone(at: Instant, timeZone: string): Zone {
  const part = partsOf(formatter(timeZone), at);
  const date = Date.parse(`${part('year')}-${part('month')}-${part('day')}T00:00:00Z`);
  const minuteOfDay = Number(part('hour')) * 60 + Number(part('minute'));
  return { aheadMs: date + minuteOfDay * MINUTE_MS - at, name: part('timeZoneName') };
}

function partsOf(formatter: Intl.DateTimeFormat, at: Instant): (type: Intl.DateTimeFormatPartTypes) => string {
  const parts = formatter.formatToParts(at);
  return (type) => parts.find((each) => each.type === type)?.value ?? '';
}

// A formatter takes a hundred times longer to make than to use, and a start-up that needs none should make none.
const formatter = perTimeZone(
  (timeZone) =>
    new Intl.DateTimeFormat('en-GB', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      timeZoneName: 'short',
    }),
);

const zonesOf = perTimeZone(() => new Map<number, Zone>());

function perTimeZone<T>(make: (timeZone: string) => T): (timeZone: string) => T {
  const made = new Map<string, T>();
  return (timeZone) => {
    const one = made.get(timeZone) ?? make(timeZone);
    made.set(timeZone, one);
    return one;
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
