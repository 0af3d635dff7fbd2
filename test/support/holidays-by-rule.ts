import type { Division } from '../../lambdas/core/policy.ts';

/** Holidays that no rule gives, by proclamation: extra days, and days that were moved to another. */
const EXTRA: Readonly<Record<string, readonly Division[]>> = {
  '2020-05-08': ['england-and-wales', 'scotland', 'northern-ireland'],
  '2022-06-02': ['england-and-wales', 'scotland', 'northern-ireland'],
  '2022-06-03': ['england-and-wales', 'scotland', 'northern-ireland'],
  '2022-09-19': ['england-and-wales', 'scotland', 'northern-ireland'],
  '2023-05-08': ['england-and-wales', 'scotland', 'northern-ireland'],
  '2026-06-15': ['scotland'],
};
const MOVED = ['2020-05-04', '2022-05-30'];

const years = new Map<string, ReadonlySet<string>>();

/** Whether a day is a bank holiday by the rules of the Banking and Financial Dealings Act: an oracle for the snapshot. */
export function isHolidayByRule(date: string, division: Division): boolean {
  const key = `${division} ${date.slice(0, 4)}`;
  const holidays = years.get(key) ?? holidaysOf(Number(date.slice(0, 4)), division);
  years.set(key, holidays);
  return holidays.has(date);
}

export function holidaysOf(year: number, division: Division): ReadonlySet<string> {
  const taken = new Set<string>();
  const fixed = [
    [1, 1],
    ...(division === 'scotland'
      ? [
          [1, 2],
          [11, 30],
        ]
      : []),
    [12, 25],
    [12, 26],
  ];
  if (division === 'northern-ireland') fixed.push([3, 17], [7, 12]);
  for (const [month = 1, day = 1] of fixed) if (!isWeekend(year, month, day)) taken.add(iso(year, month, day));
  for (const [month = 1, day = 1] of fixed)
    if (isWeekend(year, month, day)) taken.add(nextFreeDay(year, month, day, taken));
  for (const movable of movableOf(year, division)) taken.add(movable);
  for (const [extra, divisions] of Object.entries(EXTRA))
    if (extra.startsWith(`${year}`) && divisions.includes(division)) taken.add(extra);
  for (const moved of MOVED) taken.delete(moved);
  return taken;
}

function movableOf(year: number, division: Division): readonly string[] {
  const easter = easterSunday(year);
  const common = [iso(year, easter.month, easter.day - 2), mondayOf(year, 5, 'first'), mondayOf(year, 5, 'last')];
  if (division === 'scotland') return [...common, mondayOf(year, 8, 'first')];
  return [...common, iso(year, easter.month, easter.day + 1), mondayOf(year, 8, 'last')];
}

/** The anonymous Gregorian computus. */
function easterSunday(year: number): { readonly month: number; readonly day: number } {
  const a = year % 19;
  const [b, c] = [Math.floor(year / 100), year % 100];
  const h = (19 * a + b - Math.floor(b / 4) - Math.floor((b - Math.floor((b + 8) / 25) + 1) / 3) + 15) % 30;
  const l = (32 + 2 * (b % 4) + 2 * Math.floor(c / 4) - h - (c % 4)) % 7;
  const m = Math.floor((a + 11 * h + 22 * l) / 451);
  return { month: Math.floor((h + l - 7 * m + 114) / 31), day: ((h + l - 7 * m + 114) % 31) + 1 };
}

function mondayOf(year: number, month: number, which: 'first' | 'last'): string {
  const days = Array.from({ length: 31 }, (_, index) => iso(year, month, index + 1));
  const mondays = days.filter((day) => new Date(day).getUTCDay() === 1);
  return (which === 'first' ? mondays[0] : mondays.at(-1)) ?? '';
}

function nextFreeDay(year: number, month: number, day: number, taken: ReadonlySet<string>): string {
  let next = day;
  while (isWeekend(year, month, next) || taken.has(iso(year, month, next))) next += 1;
  return iso(year, month, next);
}

function isWeekend(year: number, month: number, day: number): boolean {
  return [0, 6].includes(new Date(iso(year, month, day)).getUTCDay());
}

function iso(year: number, month: number, day: number): string {
  return new Date(Date.UTC(year, month - 1, day)).toISOString().slice(0, 10);
}
