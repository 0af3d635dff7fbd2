import { TwoEyeError } from '../../lambdas/core/errors.ts';
import type { JournalPage } from '../../lambdas/core/journal-chain.ts';
import { type ReportRow, reportCsv, reportOf, reportWords, type Week } from '../../lambdas/core/report.ts';
import { isoOf } from '../../lambdas/core/time.ts';
import { loadPolicy } from '../../policy/load.ts';
import { EXIT } from '../exit-codes.ts';
import { plainTable } from '../plain-table.ts';
import { timeOf } from '../replay/filters.ts';
import { factsIn } from './facts.ts';
import { pageNames, pagesOf } from './folder.ts';
import { verifyFolder } from './verify.ts';

export interface ReportOptions {
  readonly policy: string;
  readonly since?: string;
  readonly until?: string;
  readonly team?: string;
  readonly head?: string;
  readonly format: 'table' | 'csv';
}

/** Writes the report to stdout and what the journal is worth to stderr; gives the exit code. Throws `misconfigured` for bad usage. */
export async function reportFolder(folder: string, options: ReportOptions): Promise<number> {
  const policy = await loadPolicy(options.policy);
  const { team } = options;
  if (team !== undefined && policy.teams[team] === undefined)
    throw new TwoEyeError(
      'misconfigured',
      `--team ${team}: the policy has no such team (it has: ${Object.keys(policy.teams).join(', ')})`,
    );
  const span: Week = {
    from: timeOf('--since', options.since) ?? Number.NEGATIVE_INFINITY,
    until: Math.min(timeOf('--until', options.until) ?? Number.POSITIVE_INFINITY, Date.now()),
  };
  const { ok, text } = verifyFolder(folder, options.head);
  process.stderr.write(`${text}\n`);
  if (!ok) return EXIT.unreadInput;
  const pages = pagesOf(folder, pageNames(folder) ?? []) as Iterable<JournalPage>;
  const rows = reportOf(policy, factsIn(pages), span).filter((row) => team === undefined || row.team === team);
  if (options.format === 'csv') process.stdout.write(reportCsv(rows));
  else
    for (const each of Object.values(policy.teams)) {
      if (team !== undefined && each.id !== team) continue;
      const words = reportWords(each, rows, policy, span);
      const own = rows.filter((row) => row.team === each.id);
      process.stdout.write(`${each.title}, ${spanWords(span)}\n\n${words.join('\n')}\n\n${tableOfRows(own)}\n`);
    }
  return EXIT.ok;
}

function spanWords({ from, until }: Week): string {
  const since = Number.isFinite(from) ? `from ${isoOf(from)} ` : '';
  return `${since}until ${isoOf(until)}`;
}

function tableOfRows(rows: readonly ReportRow[]): string {
  if (rows.length === 0) return '';
  const head = ['who', 'target', 'uses', 'approved', 'pinned', 'unapproved', 'late', 'refused', 'found late'];
  const body = rows.map((row) => [
    row.actor,
    row.target,
    ...[row.uses, row.approved, row.pinned, row.unapproved, row.late, row.attempted, row.foundLate].map(String),
    String(row.emergencies),
    String(row.unused),
    row.minutesToYes === undefined ? '' : String(row.minutesToYes),
  ]);
  return [...plainTable([...head, 'emergencies', 'unused', 'minutes to yes'], body)].join('');
}
