import type { Cyber, Hours, Team } from '../lambdas/core/policy.ts';
import { didYouMean, remedyFor } from './did-you-mean.ts';
import { durationOf } from './durations.ts';
import type { Path, Report } from './problem.ts';
import { refuseOwnId } from './reserved-ids.ts';
import type { HoursEntry, PolicyFile } from './schema.ts';

export function compileTeams(file: PolicyFile, report: Report): Record<string, Team> {
  const teams = Object.entries(file.teams).map(([id, entry]): [string, Team] => {
    const path = ['teams', id];
    if (id === 'cyber')
      report.problemAtKey(path, 'A team cannot be called cyber.', 'Cyber has its own section; use another id.');
    refuseOwnId('team', id, path, report);
    checkGroup(file, entry.approvers, [...path, 'approvers'], report);
    if (entry.runbook === undefined) {
      report.warning(path, `team ${id} has no runbook: whoever is woken will have to know what to do.`);
    }
    return [
      id,
      {
        id,
        title: entry.title ?? titleOf(id),
        channel: entry.channel,
        pagerDuty: entry.pagerDuty,
        page: [...new Set(entry.page)],
        approvers: entry.approvers,
        hours: compileHours(entry.hours, [...path, 'hours'], report),
        pageAfterMs: durationOf(entry.pageAfter),
        ...(entry.runbook === undefined ? {} : { runbook: entry.runbook }),
      },
    ];
  });
  return Object.fromEntries(teams);
}

export function compileCyber(file: PolicyFile, report: Report): Cyber {
  const { channel, group, pagerDuty, hours, pageAfter, runbook } = file.cyber;
  checkGroup(file, group, ['cyber', 'group'], report);
  return {
    channel,
    group,
    pagerDuty,
    hours: compileHours(hours, ['cyber', 'hours'], report),
    pageAfterMs: durationOf(pageAfter),
    ...(runbook === undefined ? {} : { runbook }),
  };
}

function compileHours(entry: HoursEntry, path: Path, report: Report): Hours {
  const fromMinute = minuteOf(entry.from);
  const untilMinute = minuteOf(entry.until);
  if (untilMinute <= fromMinute) {
    const remedy = 'Working hours begin and end on one day: put the earlier time into from.';
    report.problem([...path, 'until'], `The hours end at ${entry.until}, which is not after ${entry.from}.`, remedy);
  }
  checkTimeZone(entry.timeZone, [...path, 'timeZone'], report);
  return {
    timeZone: entry.timeZone,
    days: [...new Set(entry.days)],
    fromMinute,
    untilMinute,
    ...(entry.holidays === undefined ? {} : { holidays: entry.holidays }),
  };
}

/**
 * An offset such as +01:00 is refused: it would be wrong for half of the year. So is an abbreviation: Intl (Node's ICU) takes BST for
 * Asia/Dhaka, EST for America/Panama and IST for Asia/Calcutta.
 */
function checkTimeZone(timeZone: string, path: Path, report: Report): void {
  if (timeZone === 'UTC' || (isAreaAndCity(timeZone) && isTimeZone(timeZone))) return;
  const likely = didYouMean(timeZone, Intl.supportedValuesOf('timeZone'));
  const remedy = likely === undefined ? 'Use an IANA name such as Europe/London, or UTC.' : `Did you mean "${likely}"?`;
  report.problem(path, `"${timeZone}" is not a time zone with an area and a city.`, remedy);
}

/** Of an area that IANA has cities in: not `Etc`, whose signs are the wrong way round, and not the old names of single countries. */
function isAreaAndCity(timeZone: string): boolean {
  const area = /^[A-Za-z]+\//.exec(timeZone)?.[0];
  return area !== undefined && Intl.supportedValuesOf('timeZone').some((name) => name.startsWith(area));
}

function isTimeZone(timeZone: string): boolean {
  try {
    new Intl.DateTimeFormat('en-GB', { timeZone });
    return true;
  } catch {
    return false;
  }
}

function checkGroup(file: PolicyFile, group: string, path: Path, report: Report): void {
  if (file.groups[group] !== undefined) return;
  report.problem(path, `There is no group "${group}".`, remedyFor(group, Object.keys(file.groups), 'groups'));
}

function minuteOf(clock: string): number {
  const [hour = '0', minute = '0'] = clock.split(':');
  return Number(hour) * 60 + Number(minute);
}

function titleOf(id: string): string {
  return id.charAt(0).toUpperCase() + id.slice(1).replaceAll('-', ' ');
}
