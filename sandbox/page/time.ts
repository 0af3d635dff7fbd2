/** `14:00` in London, with the day where it matters. */
export const timeOf = (at: number | string): string =>
  new Intl.DateTimeFormat('en-GB', { timeStyle: 'short', timeZone: 'Europe/London' }).format(new Date(at));

export const dayOf = (at: number | string): string =>
  new Intl.DateTimeFormat('en-GB', {
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    timeZone: 'Europe/London',
  }).format(new Date(at));

interface Wanted {
  readonly label: string;
  readonly is: (london: Readonly<Record<string, string>>) => boolean;
}

const PRESETS: readonly Wanted[] = [
  { label: 'Tuesday 14:00', is: ({ weekday, hour }) => weekday === 'Tue' && hour === '14' },
  { label: 'Sunday 03:00', is: ({ weekday, hour }) => weekday === 'Sun' && hour === '03' },
  { label: 'Boxing Day', is: ({ month, day, hour }) => month === '12' && day === '26' && hour === '11' },
];

/** The next instants, on the full hour in London, that fit each preset. */
export function presets(now: string): readonly { readonly label: string; readonly at: string }[] {
  return [...PRESETS.map(({ label, is }) => ({ label, at: nextHour(now, is) })), clockChange(now)];
}

function nextHour(now: string, is: Wanted['is']): string {
  const hour = 3_600_000;
  let at = Math.ceil(Date.parse(now) / hour + 0.001) * hour;
  for (let count = 0; count < 24 * 367 && !is(london(at)); count += 1) at += hour;
  return new Date(at).toISOString();
}

/** Half an hour before London's clocks next change. */
function clockChange(now: string): { label: string; at: string } {
  const hour = 3_600_000;
  let at = Math.ceil(Date.parse(now) / hour + 1) * hour;
  const offset = (instant: number): number =>
    (Number(london(instant).hour) - new Date(instant).getUTCHours() + 24) % 24;
  while (offset(at) === offset(at + hour)) at += hour;
  return { label: 'Clocks change', at: new Date(at + hour / 2).toISOString() };
}

const PARTS = new Intl.DateTimeFormat('en-GB', {
  weekday: 'short',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  hourCycle: 'h23',
  timeZone: 'Europe/London',
});

function london(at: number): Readonly<Record<string, string>> {
  return Object.fromEntries(PARTS.formatToParts(at).map(({ type, value }) => [type, value]));
}
