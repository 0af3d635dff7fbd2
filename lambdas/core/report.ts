import type { Approval } from './approval.ts';
import type { Finding } from './finding.ts';
import type { PersonId, Policy, Team } from './policy.ts';
import { HOUR_MS, type Instant, isoOf, MINUTE_MS } from './time.ts';
import type { VerdictLine } from './verdict-line.ts';

/** Everything that is known of what one person (or unknown principal) did and asked for, of whatever time. */
export interface ActorFacts {
  /** A person's id, or `unknown`. */
  readonly actor: PersonId | 'unknown';
  readonly actions: readonly VerdictLine[];
  readonly findings: readonly Finding[];
  readonly requests: readonly Approval[];
}

/** Half-open. */
export interface Week {
  readonly from: Instant;
  readonly until: Instant;
}

/** One line of the report. Counts are of actions unless said otherwise. */
export interface ReportRow {
  readonly team: string;
  readonly actor: string;
  readonly target: string;
  readonly uses: number;
  readonly approved: number;
  readonly pinned: number;
  readonly unapproved: number;
  /** Of the unapproved, how many somebody approved afterwards. */
  readonly late: number;
  readonly attempted: number;
  /** Uses of which reconciliation, and not the bus, brought a record first. */
  readonly foundLate: number;
  /** Requests marked so. */
  readonly emergencies: number;
  /** Approvals that ended unspent. */
  readonly unused: number;
  /** Median of the time from asking to the yes; absent when nobody said yes. */
  readonly minutesToYes?: number;
}

/** What a team did in a week, a row for each person and target that occurs, sorted. */
export function reportOf(policy: Policy, facts: readonly ActorFacts[], week: Week): readonly ReportRow[] {
  return policy.targets.flatMap(({ id, team }) =>
    facts.flatMap((actor) => {
      const row = rowOf(team, id, actor, week);
      return row.uses + row.attempted + row.emergencies + row.unused > 0 || row.minutesToYes !== undefined ? [row] : [];
    }),
  );
}

function rowOf(
  team: string,
  target: string,
  { actor, actions, findings, requests }: ActorFacts,
  week: Week,
): ReportRow {
  const isIn = (at: Instant | undefined) => at !== undefined && at >= week.from && at < week.until;
  const mine = actions.filter((line) => line.target === target && isIn(Date.parse(line.occurredAt)));
  const asked = requests.filter((request) => request.target === target);
  const count = (verdict: VerdictLine['verdict']) => mine.filter((line) => line.verdict === verdict).length;
  const spent = new Set(actions.flatMap(({ approval }) => (approval === undefined ? [] : [approval])));
  const ended = asked.filter(
    ({ id, lateFor, validUntil }) => lateFor === undefined && isIn(validUntil) && !spent.has(id),
  );
  const waits = asked.flatMap((each) =>
    isIn(each.approvedAt) && each.approvedAt !== undefined ? [each.approvedAt - each.requestedAt] : [],
  );
  return {
    team,
    actor,
    target,
    uses: mine.filter((line) => line.verdict !== 'attempted').length,
    approved: count('approved'),
    pinned: count('pinned'),
    unapproved: count('unapproved') + count('undecided'),
    late: findings.filter((one) => one.target === target && one.closedAs === 'approved-late' && isIn(one.occurredAt))
      .length,
    attempted: count('attempted'),
    foundLate: mine.filter(({ members }) => members?.some(({ late }) => late !== undefined)).length,
    emergencies: asked.filter((each) => each.emergency !== undefined && isIn(each.requestedAt)).length,
    unused: ended.length,
    ...(waits.length === 0 ? {} : { minutesToYes: Math.round(median(waits) / MINUTE_MS) }),
  };
}

const COLUMNS = [
  ...(['team', 'actor', 'target', 'uses', 'approved', 'pinned', 'unapproved', 'late'] as const),
  ...(['attempted', 'foundLate', 'emergencies', 'unused', 'minutesToYes'] as const),
];

/** RFC 4180, with a header. A text that a spreadsheet would take for a formula is led by an apostrophe. */
export function reportCsv(rows: readonly ReportRow[]): string {
  const lines = rows.map((row) => COLUMNS.map((column) => cell(row[column])).join(','));
  return [COLUMNS.join(','), ...lines, ''].join('\r\n');
}

function cell(value: string | number | undefined): string {
  const text = String(value ?? '');
  const safe = typeof value === 'string' && /^[=+\-@\t]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Suppressions that end within four weeks are worth a word. */
const NEAR_MS = 28 * 24 * HOUR_MS;

/** The week of one team as lines to read. */
export function reportWords(team: Team, rows: readonly ReportRow[], policy: Policy, week: Week): readonly string[] {
  const own = rows.filter((row) => row.team === team.id);
  const sum = (
    column:
      | ('uses' | 'approved' | 'pinned' | 'unapproved' | 'late')
      | ('attempted' | 'foundLate' | 'emergencies' | 'unused'),
  ) => own.reduce((total, row) => total + row[column], 0);
  const ending = policy.suppressions.filter(({ match, until }) => {
    const isOwn = policy.targets.some(({ id, team: of }) => id === match.target && of === team.id);
    return isOwn && until >= week.until && until < week.until + NEAR_MS;
  });
  return [
    `${sum('uses')} uses: ${sum('approved')} approved, ${sum('pinned')} pinned, ${sum('unapproved')} unapproved, of which ${sum('late')} approved late. ${sum('attempted')} refused by AWS.`,
    ...own
      .filter((row) => row.emergencies > 0)
      .map((row) => `${row.actor} declared ${row.emergencies} emergencies for ${row.target}.`),
    ...own
      .filter((row) => row.unapproved > 0)
      .map((row) => `${row.actor} used ${row.target} ${row.unapproved} times without an approval.`),
    ...(sum('unused') > 0 ? [`${sum('unused')} approvals ended unused.`] : []),
    ...(sum('foundLate') > 0
      ? [`The bus did not bring ${sum('foundLate')} of them in time: reconciliation found them.`]
      : []),
    ...yesLine(own),
    ...ending.map(({ id, until }) => `Suppression ${id} ends at ${isoOf(until)}: renew or remove it.`),
  ];
}

function yesLine(rows: readonly ReportRow[]): readonly string[] {
  const waits = rows.flatMap(({ minutesToYes }) => (minutesToYes === undefined ? [] : [minutesToYes]));
  return waits.length === 0 ? [] : [`A yes took ${median(waits)} minutes (median of people and targets).`];
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}
