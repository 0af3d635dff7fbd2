import type { Instant } from './time.ts';

/** A JSON object of which nothing is known yet. */
export type RawObject = { readonly [name: string]: unknown };

/** A CloudTrail record whose four core fields are there; everything else may be absent, null or of another type. */
export interface RawRecord extends RawObject {
  readonly eventID: string;
  readonly eventTime: string;
  readonly eventSource: string;
  readonly eventName: string;
}

const NOTHING: RawObject = {};

export function isObject(value: unknown): value is RawObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The object in a field, or an empty one: `requestParameters` is null, a string or absent in real records. */
export function objectIn(record: RawObject, field: string): RawObject {
  const value = record[field];
  return isObject(value) ? value : NOTHING;
}

/** The text in a field, cut to `limit` characters, or `''`. CloudTrail writes text of the caller's choice into most fields. */
export function textIn(record: RawObject, field: string, limit = 2_048): string {
  const value = record[field];
  return typeof value === 'string' ? value.slice(0, limit) : '';
}

/** `true` and `"true"` are both written (`sessionCredentialFromConsole`, `mfaAuthenticated`). */
export function isTrue(value: unknown): boolean {
  return value === true || value === 'true' || value === 'True';
}

const TIME = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(\.\d{1,9})?(Z|[+-]\d\d:\d\d)?$/;

/**
 * The instant that an `eventTime` names, or undefined. CloudTrail writes whole seconds with `Z`; tools that pass
 * records on write a blank for the `T`, fractions, offsets, or no zone at all (then it is UTC). Undefined too for a day that
 * there is not (30 February), for which `Date.parse` takes one of the next month.
 */
export function instantOf(eventTime: string): Instant | undefined {
  const isCloudTrails = eventTime.length === 20 && eventTime[19] === 'Z' && eventTime[10] === 'T';
  const at = Date.parse(isCloudTrails ? eventTime : normalised(eventTime));
  return Number.isNaN(at) || !isOnCalendar(eventTime) ? undefined : at;
}

/** Whether the month at the front of an ISO 8601 time has such a day; that the rest is a time is for `Date.parse` to say. */
export function isOnCalendar(time: string): boolean {
  const day = Number(time.slice(8, 10));
  return day <= 28 || day <= daysIn(Number(time.slice(0, 4)), Number(time.slice(5, 7)));
}

function daysIn(year: number, month: number): number {
  if (month !== 2) return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
}

function normalised(eventTime: string): string {
  const [, day, time, fraction = '', zone = 'Z'] = TIME.exec(eventTime) ?? [];
  return day === undefined ? '' : `${day}T${time}${fraction.slice(0, 4)}${zone}`;
}
