import type { LedgerId } from './core/access-event.ts';
import { TwoEyeError } from './core/errors.ts';
import { localDate } from './core/hours.ts';
import type { Policy } from './core/policy.ts';
import { type ActorFacts, reportCsv, reportOf, reportWords, type Week } from './core/report.ts';
import { HOUR_MS, type Instant } from './core/time.ts';
import { section } from './core/wording/blocks.ts';
import { escaped } from './core/wording/escape.ts';
import { readRequests } from './edge/approval-store.ts';
import { now } from './edge/clock.ts';
import { compiledPolicy } from './edge/compiled-policy.ts';
import { readActionLines, readFindings, readOpenFindings } from './edge/finding-store.ts';
import { writeReport } from './edge/journal-pages.ts';
import { plainHandler } from './edge/lambda-shell.ts';
import { logError } from './edge/log.ts';
import { writeMetric } from './edge/metric.ts';
import { postMessage } from './edge/slack.ts';

const WEEK_MS = 7 * 24 * HOUR_MS;

export interface ReportServices {
  readonly policy: Policy;
  readonly now: () => Instant;
  readonly readActor: (ledger: LedgerId) => Promise<Omit<ActorFacts, 'actor'>>;
  /** Ledgers of unknown principals with an open finding: nobody else knows their names. */
  readonly strangers: () => Promise<readonly LedgerId[]>;
  readonly writeCsv: (name: string, csv: string) => Promise<void>;
  /** Throws when the message was not taken. */
  readonly post: (channel: string, title: string, lines: readonly string[]) => Promise<void>;
  readonly metric: typeof writeMetric;
}

/** What AWS calls, on Mondays. */
export const handler = plainHandler(buildServices, (_event: unknown, services) => report(services));

/** On a cold start. */
function buildServices(): ReportServices {
  return {
    policy: compiledPolicy(),
    now,
    readActor: async (ledger) => {
      const [actions, findings, requests] = await Promise.all([
        readActionLines(ledger),
        readFindings(ledger),
        readRequests(ledger),
      ]);
      return { actions, findings, requests: requests.map(({ value }) => value) };
    },
    strangers: async () =>
      [...new Set((await readOpenFindings()).map(({ ledger }) => ledger))].filter((id) => id.startsWith('principal:')),
    writeCsv: writeReport,
    post,
    metric: writeMetric,
  };
}

/** The seven days before now: one file for everybody, a message for each team. Every team is told even when one cannot be. */
export async function report(services: ReportServices): Promise<void> {
  const { policy } = services;
  const until = services.now();
  const week: Week = { from: until - WEEK_MS, until };
  const rows = reportOf(policy, await factsOf(services), week);
  const name = `week-to-${localDate(until, 'Europe/London')}.csv`;
  await services.writeCsv(name, reportCsv(rows));
  const failed: string[] = [];
  for (const team of Object.values(policy.teams)) {
    const lines = [...reportWords(team, rows, policy, week), `The file is reports/${name} in the journal's bucket.`];
    const posted = services.post(team.channel, `Privileged access of ${team.title}, the last seven days`, lines);
    await posted.catch((error: unknown) => {
      logError('A team was not told of its week.', error, { team: team.id });
      failed.push(team.id);
    });
  }
  if (failed.length > 0) throw new TwoEyeError('dependency_failed', `Not told of their week: ${failed.join(', ')}.`);
  // An hour ahead (two are the most that CloudWatch takes): the alarm's week must not end before the next report is counted.
  services.metric('ReportTold', 1, 'Count', {}, until + HOUR_MS);
}

async function factsOf({ policy, readActor, strangers }: ReportServices): Promise<readonly ActorFacts[]> {
  const facts: ActorFacts[] = [];
  // One after another: a report is in no hurry, and the table has others to serve.
  for (const { id } of policy.people) facts.push({ actor: id, ...(await readActor(`person:${id}`)) });
  for (const ledger of await strangers()) facts.push({ actor: 'unknown', ...(await readActor(ledger)) });
  return facts;
}

async function post(channel: string, title: string, lines: readonly string[]): Promise<void> {
  const text = lines
    .map((line) => escaped(line, 400))
    .join('\n')
    .slice(0, 2_800);
  const result = await postMessage({ channel, text: title, blocks: [section(`*${escaped(title)}*\n${text}`)] });
  if (result.outcome !== 'ok')
    throw new TwoEyeError('dependency_failed', `Slack did not take a report (${result.outcome}).`);
}
