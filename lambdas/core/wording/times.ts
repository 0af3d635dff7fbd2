import type { Policy } from '../policy.ts';
import type { Instant } from '../time.ts';

const formats = new Map<string, Intl.DateTimeFormat>();

/** `14:02` in the time zone (IANA). */
export function clockTime(at: Instant, timeZone: string): string {
  return format('time', timeZone).format(at);
}

/** `14:02` on the day of the reference, `Wed 25 Nov 14:02` on any other, both in the time zone. */
export function timeBeside(at: Instant, reference: Instant, timeZone: string): string {
  const day = format('day', timeZone);
  const sameDay = day.format(at) === day.format(reference);
  return sameDay ? clockTime(at, timeZone) : dayAndTime(at, timeZone);
}

/** `Wed 25 Nov 14:02` in the time zone. */
export function dayAndTime(at: Instant, timeZone: string): string {
  return `${format('day', timeZone).format(at).replace(',', '')} ${clockTime(at, timeZone)}`;
}

/** Time zone of the team that owns the target; London where there is none. */
export function zoneOf(policy: Pick<Policy, 'targets' | 'teams'>, target: string): string {
  const team = policy.targets.find(({ id }) => id === target)?.team;
  return (team && policy.teams[team]?.hours.timeZone) || 'Europe/London';
}

function format(which: 'day' | 'time', timeZone: string): Intl.DateTimeFormat {
  const key = `${which} ${timeZone}`;
  const known = formats.get(key) ?? new Intl.DateTimeFormat('en-GB', { timeZone, ...OPTIONS[which] });
  formats.set(key, known);
  return known;
}

const OPTIONS: Record<'day' | 'time', Intl.DateTimeFormatOptions> = {
  day: { weekday: 'short', day: 'numeric', month: 'short' },
  time: { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
};
