import { isWorkingDay, localDate, localTime } from '../../lambdas/core/hours.ts';
import type { Hours, Policy, Weekday } from '../../lambdas/core/policy.ts';
import { HOUR_MS } from '../../lambdas/core/time.ts';
import type { VerdictLine } from '../../lambdas/core/verdict-line.ts';

/** What the charts draw: counts of actions, on the wall clock of their teams. */
export interface ChartData {
  /** `week` is its Monday, `YYYY-MM-DD`. */
  readonly weeks: readonly { readonly week: string; readonly verdict: string; readonly count: number }[];
  /** Hours in which anything happened. Weekday 0 is Monday. */
  readonly hours: readonly { readonly weekday: number; readonly hour: number; readonly count: number }[];
  /** Hours in which at least one team works, of a week without bank holidays. */
  readonly workingHours: readonly { readonly weekday: number; readonly hour: number }[];
  readonly people: readonly {
    readonly actor: string;
    readonly target: string;
    readonly count: number;
    readonly unapproved: number;
  }[];
  /** People beyond the `MOST_PEOPLE` that used the most. */
  readonly morePeople: number;
  readonly misses: readonly { readonly because: string; readonly count: number }[];
  readonly worst: {
    readonly date: string;
    readonly weekday: number;
    /** Hours in which at least one team works on that day: none on a bank holiday. */
    readonly workingHours: readonly number[];
    readonly hours: readonly { readonly hour: number; readonly verdict: string; readonly count: number }[];
  };
}

/** More rows than fit a page would be read by nobody; the list below the charts has everybody. */
const MOST_PEOPLE = 40;

interface Point {
  readonly line: VerdictLine;
  readonly date: string;
  readonly weekday: number;
  readonly hour: number;
}

export function chartData(lines: readonly VerdictLine[], policy: Policy): ChartData {
  const points = lines.map((line) => pointOf(line, policy));
  const { shown, more } = busiest(lines);
  const date = worstDay(points);
  const worst = points.filter((point) => point.date === date);
  return {
    weeks: counted(points, ({ date, weekday, line }) => ({ week: mondayOf(date, weekday), verdict: line.verdict })),
    hours: counted(points, ({ weekday, hour }) => ({ weekday, hour })),
    workingHours: workingHours(policy),
    people: counted(shown, ({ actor, target }) => ({ actor, target })).map((cell) => ({
      ...cell,
      unapproved: lines.filter((line) => line.actor === cell.actor && line.target === cell.target && isBad(line))
        .length,
    })),
    morePeople: more,
    misses: counted(
      lines.flatMap(({ nearMisses }) => nearMisses),
      ({ because }) => ({ because }),
    ).sort((one, other) => other.count - one.count),
    worst: {
      date,
      weekday: worst[0]?.weekday ?? 0,
      workingHours: date === '' ? [] : workingHoursOn(date, policy),
      hours: counted(worst, ({ hour, line }) => ({ hour, verdict: line.verdict })),
    },
  };
}

function pointOf(line: VerdictLine, policy: Policy): Point {
  const { timeZone } = (policy.teams[line.team] ?? policy.cyber).hours;
  const at = Date.parse(line.occurredAt);
  const date = localDate(at, timeZone);
  const weekday = (new Date(`${date}T00:00:00Z`).getUTCDay() + 6) % 7;
  return { line, date, weekday, hour: Number(localTime(at, timeZone).slice(0, 2)) };
}

function mondayOf(date: string, weekday: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) - weekday * 24 * HOUR_MS).toISOString().slice(0, 10);
}

/** One entry for each different group, with how many there are, in order of the groups. */
function counted<T, G extends object>(all: readonly T[], groupOf: (one: T) => G): (G & { count: number })[] {
  const counts = new Map<string, number>();
  for (const one of all) {
    const group = JSON.stringify(groupOf(one));
    counts.set(group, (counts.get(group) ?? 0) + 1);
  }
  const entries = [...counts].sort(([one], [other]) => (one < other ? -1 : 1));
  return entries.map(([group, count]) => ({ ...(JSON.parse(group) as G), count }));
}

function busiest(lines: readonly VerdictLine[]): { shown: readonly VerdictLine[]; more: number } {
  const people = [...Map.groupBy(lines, ({ actor }) => actor)].sort(([, one], [, other]) => other.length - one.length);
  return {
    shown: people.slice(0, MOST_PEOPLE).flatMap(([, all]) => all),
    more: Math.max(0, people.length - MOST_PEOPLE),
  };
}

const DAYS: readonly Weekday[] = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

function workingHours(policy: Policy): { weekday: number; hour: number }[] {
  return DAYS.flatMap((day, weekday) =>
    hoursOf(teamHours(policy).filter(({ days }) => days.includes(day))).map((hour) => ({ weekday, hour })),
  );
}

function workingHoursOn(date: string, policy: Policy): number[] {
  return hoursOf(teamHours(policy).filter((hours) => isWorkingDay(date, hours)));
}

function teamHours(policy: Policy): Hours[] {
  return Object.values(policy.teams).map(({ hours }) => hours);
}

/** Hours of a day that those who work on it work in any part of. */
function hoursOf(teams: readonly Hours[]): number[] {
  return Array.from({ length: 24 }, (_, hour) => hour).filter((hour) =>
    teams.some(({ fromMinute, untilMinute }) => hour * 60 + 59 >= fromMinute && hour * 60 < untilMinute),
  );
}

/** The day with the most that was not approved, or with the most uses where all was; the first of equals. */
function worstDay(points: readonly Point[]): string {
  const days = [...Map.groupBy(points, ({ date }) => date)].map(([date, all]) => ({
    date,
    bad: all.filter(({ line }) => isBad(line)).length,
    uses: all.length,
  }));
  const [worst] = days.sort(
    (one, other) => other.bad - one.bad || other.uses - one.uses || (one.date < other.date ? -1 : 1),
  );
  return worst?.date ?? '';
}

function isBad({ verdict }: VerdictLine): boolean {
  return verdict === 'unapproved' || verdict === 'undecided';
}
