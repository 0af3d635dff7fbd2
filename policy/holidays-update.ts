import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

const FEED = 'https://www.gov.uk/bank-holidays.json';
const FILE = fileURLToPath(new URL('../lambdas/core/bank-holidays.ts', import.meta.url));
const TIMEOUT_MS = 10_000;

const division = z.object({
  events: z.array(z.object({ title: z.string(), date: z.iso.date() })).min(16),
});
const feed = z.object({ 'england-and-wales': division, scotland: division, 'northern-ireland': division });
type Feed = z.infer<typeof feed>;

/** Fetches and checks the feed, and makes the source of the snapshot from it. Throws rather than make half a snapshot. */
export async function snapshotFrom(address: string): Promise<string> {
  const response = await fetch(address, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  if (!response.ok) throw new Error(`${address} answered ${response.status}.`);
  const holidays = feed.safeParse(await response.json());
  if (!holidays.success)
    throw new Error(`${address} is not a list of bank holidays: ${z.prettifyError(holidays.error)}`);
  return sourceOf(holidays.data);
}

function sourceOf(holidays: Feed): string {
  const divisions = Object.entries(holidays).map(([name, { events }]) => {
    const days = [...new Set(events.map((event) => event.date))].sort();
    return divisionSource(name, days);
  });
  return `${HEAD}${divisions.join('')}};\n`;
}

function divisionSource(name: string, days: readonly string[]): string {
  const years = [...new Set(days.map((day) => day.slice(0, 4)))].filter((year) => isComplete(year, days));
  const [first, last] = [years[0], years.at(-1)];
  if (first === undefined || last === undefined) throw new Error(`${name} has no complete year.`);
  const lines = years.map((year) => `      '${days.filter((day) => day.startsWith(year)).join(' ')}',\n`);
  const key = name.includes('-') ? `'${name}'` : name;
  return `  ${key}: {\n    from: '${first}-01-01',\n    through: '${last}-12-31',\n    days: days(\n${lines.join('')}    ),\n  },\n`;
}

/** The feed may end within a year; a year without its Christmas and seven other days is not known yet. */
function isComplete(year: string, days: readonly string[]): boolean {
  const ofYear = days.filter((day) => day.startsWith(year));
  return ofYear.length >= 8 && ofYear.some((day) => day >= `${year}-12-25`);
}

const HEAD = `import type { Division } from './policy.ts';

/** Bank holidays of one division: days as \`YYYY-MM-DD\`, a year a line. */
export interface BankHolidays {
  /** The first and the last day the snapshot speaks for. Days outside are unknown, and unknown days are out of hours. */
  readonly from: string;
  readonly through: string;
  /** Days people are off: a substitute day stands in place of the weekend day. */
  readonly days: ReadonlySet<string>;
}

const days = (...years: readonly string[]): ReadonlySet<string> => new Set(years.join(' ').split(' '));

/**
 * Snapshot of https://www.gov.uk/bank-holidays.json (Open Government Licence v3.0). \`npm run holidays:update\` rewrites
 * this file; do not edit it by hand.
 */
export const BANK_HOLIDAYS: Readonly<Record<Division, BankHolidays>> = {
`;

if (import.meta.main) {
  await writeFile(FILE, await snapshotFrom(FEED));
  console.log(`${FILE} is up to date. Look at the difference, run the tests, and commit it.`);
}
