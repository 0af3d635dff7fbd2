import type { VerdictLine } from '../../lambdas/core/verdict-line.ts';
import { type Change, changesBetween } from './compare.ts';
import { falseAlarms } from './false-alarms.ts';

const WEEK_MS = 7 * 24 * 3_600_000;

/** The preview as Markdown: readable on a terminal, and a pull request's comment as it is. */
export function previewText(
  before: readonly VerdictLine[],
  after: readonly VerdictLine[],
): { text: string; changed: number } {
  const changes = changesBetween(before, after);
  const weeks = weeksOf([...before, ...after]);
  const sections = [
    `## What this change of policy would have done\n\nOver ${weeks.toFixed(1)} weeks: ${countsOf(changes)}.`,
    section('Told, per week', [
      ['', 'now', 'then'],
      ...(['ping', 'page'] as const).map((urgency) => [
        urgency === 'ping' ? 'pings (in hours)' : 'pages (out of hours, or nobody known)',
        perWeek(before, urgency, weeks),
        perWeek(after, urgency, weeks),
      ]),
    ]),
    section(
      'Uses by target',
      tally(before, after, ({ target }) => target),
    ),
    section(
      'Uses by person',
      tally(before, after, ({ actor }) => actor),
    ),
    section('Probably false alarms', alarmRows(before, after)),
    section('Actors that would be unknown and are not today', unknownRows(changes)),
    section('Changed uses', changeRows(changes)),
  ];
  return { text: `${sections.filter(Boolean).join('\n\n')}\n`, changed: changes.length };
}

function countsOf(changes: readonly Change[]): string {
  if (changes.length === 0) return 'nothing would have been otherwise';
  return [...Map.groupBy(changes, ({ what }) => what)].map(([what, all]) => `${all.length} ${what}`).join(', ');
}

function weeksOf(lines: readonly VerdictLine[]): number {
  const times = lines.map(({ occurredAt }) => Date.parse(occurredAt)).sort((one, other) => one - other);
  return Math.max(1, ((times.at(-1) ?? 0) - (times[0] ?? 0)) / WEEK_MS);
}

function perWeek(lines: readonly VerdictLine[], urgency: string, weeks: number): string {
  return (lines.filter((line) => line.urgency === urgency).length / weeks).toFixed(1);
}

type Rows = readonly (readonly string[])[];

/** Rows whose figures differ come first: they are what the reviewer looks for. */
function tally(before: readonly VerdictLine[], after: readonly VerdictLine[], of: (line: VerdictLine) => string): Rows {
  const [old, young] = [Map.groupBy(before, of), Map.groupBy(after, of)];
  const names = [...new Set([...old.keys(), ...young.keys()])].sort();
  const rows = names.map((name) => [name, figures(old.get(name)), figures(young.get(name))]);
  return [
    ['', 'now', 'then'],
    ...rows.filter(([, one, other]) => one !== other),
    ...rows.filter(([, one, other]) => one === other),
  ];
}

function figures(lines: readonly VerdictLine[] = []): string {
  const told = lines.filter(({ urgency }) => urgency !== undefined).length;
  return `${lines.length}${told === 0 ? '' : ` (${told} told)`}`;
}

function alarmRows(before: readonly VerdictLine[], after: readonly VerdictLine[]): Rows {
  const [old, young] = [falseAlarms(before), falseAlarms(after)];
  const causes = [...new Set([...old.keys(), ...young.keys()])].sort();
  return [
    ['cause', 'now', 'then'],
    ...causes.map((cause) => [cause, String(old.get(cause)?.length ?? 0), String(young.get(cause)?.length ?? 0)]),
  ];
}

function unknownRows(changes: readonly Change[]): Rows {
  const unknown = changes.flatMap(({ before, after }) =>
    after?.actor === 'unknown' && before?.actor !== 'unknown' ? [after] : [],
  );
  const byPrincipal = Map.groupBy(unknown, ({ principal }) => principal);
  return [
    ['principal', 'uses', 'why nobody is known'],
    ...[...byPrincipal].map(([principal, lines]) => [principal, String(lines.length), lines[0]?.how ?? '']),
  ];
}

const MOST_ROWS = 50;

function changeRows(changes: readonly Change[]): Rows {
  const rows = changes.slice(0, MOST_ROWS).map(({ before, after, what }) => {
    const line = after ?? before;
    return [line?.occurredAt ?? '', what, line?.actor ?? '', line?.target ?? '', stateOf(before), stateOf(after)];
  });
  const more = changes.length > MOST_ROWS ? [['', `… and ${changes.length - MOST_ROWS} more`, '', '', '', '']] : [];
  return [['when (UTC)', 'what', 'who', 'target', 'now', 'then'], ...rows, ...more];
}

function stateOf(line: VerdictLine | undefined): string {
  if (line === undefined) return 'not watched';
  return line.urgency === undefined ? line.verdict : `${line.verdict}, ${line.urgency} to ${line.team}`;
}

function section(title: string, rows: Rows): string {
  const [head = [], ...body] = rows;
  if (body.length === 0) return '';
  const line = (cells: readonly string[]) => `| ${cells.map(cell).join(' | ')} |`;
  return [`### ${title}`, '', line(head), line(head.map(() => '---')), ...body.map(line)].join('\n');
}

/** Text of a record must not break the table, nor mention anybody in a comment. */
function cell(text: string): string {
  return text
    .replace(/\p{C}/gu, '·')
    .replace(/[|\\`<>@[\]]/g, (sign) => `\\${sign}`)
    .slice(0, 120);
}
