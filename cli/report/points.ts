import { localDate, localTime } from '../../lambdas/core/hours.ts';
import type { Policy } from '../../lambdas/core/policy.ts';
import type { VerdictLine } from '../../lambdas/core/verdict-line.ts';

/** A use as the charts need it: already on the wall clock of its team. */
export interface Point {
  readonly at: string;
  /** The Monday of its week, `YYYY-MM-DD`. */
  readonly week: string;
  readonly date: string;
  /** 0 is Monday. */
  readonly weekday: number;
  readonly hour: number;
  readonly verdict: string;
  readonly actor: string;
  readonly target: string;
  readonly because: readonly string[];
}

/** Everything the page's script draws from. */
export interface PageData {
  readonly points: readonly Point[];
  /** `weekday-hour` of each hour in which at least one team works. */
  readonly workingHours: readonly string[];
  readonly worstDay: string;
}

export function pageData(lines: readonly VerdictLine[], policy: Policy): PageData {
  const points = lines.map((line) => pointOf(line, policy));
  return { points, workingHours: workingHours(policy), worstDay: worstDay(points) };
}

function pointOf(line: VerdictLine, policy: Policy): Point {
  const { timeZone } = policy.teams[line.team]?.hours ?? policy.cyber.hours;
  const at = Date.parse(line.occurredAt);
  const date = localDate(at, timeZone);
  const weekday = (new Date(`${date}T00:00:00Z`).getUTCDay() + 6) % 7;
  const monday = new Date(Date.parse(`${date}T00:00:00Z`) - weekday * 86_400_000).toISOString().slice(0, 10);
  return {
    at: line.occurredAt,
    week: monday,
    date,
    weekday,
    hour: Number(localTime(at, timeZone).slice(0, 2)),
    verdict: line.verdict,
    actor: line.actor,
    target: line.target,
    because: line.nearMisses.map(({ because }) => because),
  };
}

const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

function workingHours(policy: Policy): string[] {
  const all = Object.values(policy.teams).map(({ hours }) => hours);
  const isWorked = (day: (typeof DAYS)[number], hour: number) =>
    all.some(
      ({ days, fromMinute, untilMinute }) =>
        days.includes(day) && hour * 60 + 59 >= fromMinute && hour * 60 < untilMinute,
    );
  return DAYS.flatMap((day, weekday) =>
    Array.from({ length: 24 }, (_, hour) => hour)
      .filter((hour) => isWorked(day, hour))
      .map((hour) => `${weekday}-${hour}`),
  );
}

/** The day with the most unapproved uses, or with the most uses where none is unapproved. */
function worstDay(points: readonly Point[]): string {
  const weight = ({ verdict }: Point) => (verdict === 'unapproved' ? 1_000 : 1);
  const days = [...Map.groupBy(points, ({ date }) => date)].map(([date, all]) => ({
    date,
    sum: all.reduce((sum, point) => sum + weight(point), 0),
  }));
  return days.sort((one, other) => other.sum - one.sum || (one.date < other.date ? -1 : 1))[0]?.date ?? '';
}
