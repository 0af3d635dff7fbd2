import { UNKNOWN } from '../../lambdas/core/access-event.ts';
import { urgencyAt } from '../../lambdas/core/hours.ts';
import type { Policy } from '../../lambdas/core/policy.ts';
import type { VerdictLine } from '../../lambdas/core/verdict-line.ts';
import type { Source } from '../archive/paths.ts';
import { type Account, accountWords, whyNothing } from './account.ts';
import { type Change, changesBetween, type Fate, type Side } from './compare.ts';
import { falseAlarms } from './false-alarms.ts';
import { inert } from './inert.ts';
import { isSameRoute, routeOf, routeWords } from './route.ts';
import { perWeek, spanOf, spanWords } from './span.ts';

/** What the figures are of. */
export interface Basis {
  readonly account: Account;
  /** The files that were read. */
  readonly sources: readonly Source[];
  readonly warnings: readonly string[];
}

export interface PreviewText {
  /** Short enough for a comment: the first of the changed uses. */
  readonly text: string;
  /** With every changed use. */
  readonly whole: string;
  readonly changed: number;
}

/** The preview as Markdown: readable on a terminal, and a pull request's comment as it is. */
export function previewText(one: Side, other: Side, basis: Basis): PreviewText {
  const { lines: before, policy: old } = one;
  const { lines: after, policy: young } = other;
  const changes = changesBetween(one, other);
  const span = spanOf(basis.sources, [...before, ...after]);
  const rate: Rate = (lines) => perWeek(lines.length, span);
  const sections = [
    '## What this change of policy would have done',
    basis.warnings.map((warning) => `> **Note:** ${inert(warning, 500)}`).join('\n>\n'),
    whyNothing(basis.account) === undefined
      ? `${spanWords(span)}: ${countsOf(changes)}.`
      : 'Nothing can be said of this change.',
    `${accountWords(basis.account)}.`,
    section('Told, per week (in all)', toldRows(before, after, rate, old, young)),
    section('Told, per week (in all), by team', teamRows(before, after, rate)),
    section(
      'Uses by target',
      tally(before, after, ({ target }) => target),
    ),
    section(
      'Uses by person',
      tally(before, after, ({ actor }) => actor),
    ),
    section('Probably false alarms', alarmRows(one, other)),
    section('Actors that would be unknown and are not today', unknownRows(changes, before)),
  ];
  const withUses = (most: number) =>
    `${[...sections, section('Changed uses', changeRows(changes, old, young, most))].filter(Boolean).join('\n\n')}\n`;
  return { text: withUses(MOST_ROWS), whole: withUses(changes.length), changed: changes.length };
}

function countsOf(changes: readonly Change[]): string {
  if (changes.length === 0) return 'nothing would have been otherwise';
  return [...Map.groupBy(changes, ({ what }) => what)].map(([what, all]) => `${all.length} ${what}`).join(', ');
}

type Rate = (lines: readonly VerdictLine[]) => string;

/** Pages come in working hours too: for somebody unknown, say. */
function toldRows(
  before: readonly VerdictLine[],
  after: readonly VerdictLine[],
  rate: Rate,
  old: Policy,
  young: Policy,
): Rows {
  const of = (lines: readonly VerdictLine[], urgency: string, policy: Policy, inHours: boolean) =>
    rate(lines.filter((line) => line.urgency === urgency && isInHours(line, policy) === inHours));
  const rows = (['ping', 'page'] as const).flatMap((urgency) =>
    [true, false].map((inHours) => [
      `${urgency}s ${inHours ? 'in working hours' : 'out of hours'}`,
      of(before, urgency, old, inHours),
      of(after, urgency, young, inHours),
    ]),
  );
  return [
    ['', 'now', 'then'],
    ...rows.filter(([name, now, then]) => name !== 'pings out of hours' || now !== '0' || then !== '0'),
  ];
}

function isInHours({ occurredAt, team }: VerdictLine, policy: Policy): boolean {
  const { hours } = policy.teams[team] ?? policy.cyber;
  return urgencyAt(Date.parse(occurredAt), hours) === 'ping';
}

function teamRows(before: readonly VerdictLine[], after: readonly VerdictLine[], rate: Rate): Rows {
  const teams = [...new Set([...before, ...after].filter(({ urgency }) => urgency).map(({ team }) => team))].sort();
  const told = (lines: readonly VerdictLine[], team: string) =>
    (['ping', 'page'] as const)
      .map((urgency) => rate(lines.filter((line) => line.team === team && line.urgency === urgency)))
      .join(' / ');
  return [
    ['team', 'now: pings / pages', 'then: pings / pages'],
    ...teams.map((team) => [team, told(before, team), told(after, team)]),
  ];
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

function alarmRows(before: Side, after: Side): Rows {
  const [old, young] = [falseAlarms(before.lines, before.policy), falseAlarms(after.lines, after.policy)];
  const causes = [...new Set([...old.keys(), ...young.keys()])].sort();
  return [
    ['cause', 'now', 'then'],
    ...causes.map((cause) => [cause, String(old.get(cause) ?? 0), String(young.get(cause) ?? 0)]),
  ];
}

/** Of a principal that is unknown today already the reviewer has nothing to learn. */
function unknownRows(changes: readonly Change[], before: readonly VerdictLine[]): Rows {
  const today = new Set(before.filter(isUnknown).map(({ principal }) => principal));
  const unknown = changes.flatMap(({ after }) => (typeof after === 'string' || !isUnknown(after) ? [] : [after]));
  const byPrincipal = Map.groupBy(
    unknown.filter(({ principal }) => !today.has(principal)),
    ({ principal }) => principal,
  );
  return [
    ['principal', 'uses', 'why nobody is known'],
    ...[...byPrincipal].map(([principal, lines]) => [principal, String(lines.length), lines[0]?.how ?? '']),
  ];
}

function isUnknown({ actor }: VerdictLine): boolean {
  return actor === UNKNOWN;
}

/** A comment on GitHub takes 65,536 characters. */
const MOST_ROWS = 50;

function changeRows(changes: readonly Change[], old: Policy, young: Policy, most: number): Rows {
  const rows = changes.slice(0, most).map((change) => changeRow(change, old, young));
  const more =
    changes.length > most ? [['', `… and ${changes.length - most} more, with option --all`, '', '', '', '']] : [];
  return [['when (UTC)', 'what', 'who', 'target', 'now', 'then'], ...rows, ...more];
}

function changeRow({ before, after, what }: Change, old: Policy, young: Policy): string[] {
  const line = typeof after === 'string' ? before : after;
  const { occurredAt, actor, target } = typeof line === 'string' ? { occurredAt: '', actor: '', target: '' } : line;
  return [occurredAt, what, actor, target, ...fatesOf(before, after, old, young)];
}

/** Where it goes is said only where it is what differs. */
function fatesOf(before: Fate, after: Fate, old: Policy, young: Policy): string[] {
  const [now, then] = [fateWords(before), fateWords(after)];
  if (typeof before === 'string' || typeof after === 'string') return [now, then];
  const [route, next] = [routeOf(before, old), routeOf(after, young)];
  const isRouted = before.urgency !== undefined && before.urgency === after.urgency && !isSameRoute(route, next);
  return isRouted ? [`${now}, ${routeWords(route)}`, `${then}, ${routeWords(next)}`] : [now, then];
}

function fateWords(fate: Fate): string {
  if (typeof fate === 'string') return fate;
  return fate.urgency === undefined ? fate.verdict : `${fate.verdict}, ${fate.urgency} to ${fate.team}`;
}

/** The head is our own words; everything below it may be a record's. */
function section(title: string, [head = [], ...body]: Rows): string {
  if (body.length === 0) return '';
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const rows = body.map((cells) => line(cells.map((text) => inert(text))));
  return [`### ${title}`, '', line(head), line(head.map(() => '---')), ...rows].join('\n');
}
