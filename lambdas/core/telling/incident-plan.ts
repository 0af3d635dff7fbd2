import type { Finding } from '../finding.ts';
import type { Policy, Rota } from '../policy.ts';
import { type Instant, MINUTE_MS } from '../time.ts';
import { INTENT_MS } from './attempt.ts';
import type { PageState, ToldIncident } from './told.ts';

/** What to send to PagerDuty next about an incident, to one rota. */
export interface NextSend {
  readonly rota: Rota;
  readonly action: 'trigger' | 'acknowledge' | 'resolve';
}

const SENT: readonly PageState['state'][] = ['sending', 'sent', 'triggered', 'acknowledged'];

/**
 * The next thing to send, from what the finding is and what each rota was sent: one at a time, until there is nothing. A trigger after a
 * resolve would open a new incident, so it is only sent while something under the incident is open. `loud`: page whatever the urgency.
 * `except`: rotas for which a call has just failed.
 */
export function nextSend(
  incident: ToldIncident,
  finding: Finding,
  now: Instant,
  { loud, except }: { readonly loud: 'yes' | 'no'; readonly except: ReadonlySet<Rota> },
): NextSend | undefined {
  const rotas = new Set([...finding.wakes, ...(Object.keys(incident.pages) as Rota[])]);
  for (const rota of [...rotas].filter((each) => !except.has(each))) {
    const page = incident.pages[rota];
    const action = isOver(incident) ? atTheEnd(page, now) : whileOpen(incident, page, finding, now, loud);
    if (action) return { rota, action };
  }
  return undefined;
}

/** Whether every finding under the incident is closed, or has moved on to another one. */
export function isOver({ opened, closed }: Pick<ToldIncident, 'opened' | 'closed'>): boolean {
  return opened > 0 && closed >= opened;
}

/** Whether somebody has it in hand: a resolve in PagerDuty after the acknowledgement, without a word here, ends that. */
export function isInHand(finding: Finding): boolean {
  if (finding.state !== 'acknowledged') return false;
  const last = finding.words.findLast(({ kind }) => kind === 'acknowledged' || kind === 'resolved-elsewhere');
  return last?.kind !== 'resolved-elsewhere';
}

/** Whether a page about the finding may go out. */
export function needsWaking(finding: Finding): boolean {
  return finding.state !== 'closed' && !isInHand(finding);
}

/** So long after a resolve in PagerDuty the finding's next key is waited for; then it is paged under the old one after all. */
const NEXT_KEY_MS = 2 * MINUTE_MS;

function waitsForNextKey(incident: ToldIncident, page: PageState | undefined, now: Instant): boolean {
  if (incident.storm || page?.state !== 'resolved' || page.resolvedThereAt === undefined) return false;
  return now - page.resolvedThereAt < NEXT_KEY_MS;
}

function atTheEnd(page: PageState | undefined, now: Instant): 'resolve' | undefined {
  // A page that failed may have arrived all the same: only its answer was lost. A resolve of what never opened does nothing.
  if (!page || page.state === 'resolved') return undefined;
  return page.state === 'resolving' && now - page.at < INTENT_MS ? undefined : 'resolve';
}

function whileOpen(
  incident: ToldIncident,
  page: PageState | undefined,
  finding: Finding,
  now: Instant,
  loud: 'yes' | 'no',
): 'trigger' | 'acknowledge' | undefined {
  if (waitsForNextKey(incident, page, now)) return undefined;
  const wantsPage = needsWaking(finding) && (finding.urgency === 'page' || loud === 'yes');
  const isSent =
    page !== undefined && SENT.includes(page.state) && !(page.state === 'sending' && now - page.at >= INTENT_MS);
  // A second trigger joins the incident that is open, and tells whoever has it that Slack says nothing.
  const wantsNote = loud === 'yes' && page?.noted === undefined && !incident.storm;
  if (wantsPage && (!isSent || wantsNote)) return 'trigger';
  const isLoose = incident.acknowledged === 'yes' && (page?.state === 'sent' || page?.state === 'triggered');
  return isLoose ? 'acknowledge' : undefined;
}

/** The state to write before the call, so that somebody who looks meanwhile knows. What is sent already stays sent while a note is added. */
export function intentOf(
  action: NextSend['action'],
  page: PageState | undefined,
  now: Instant,
  loud: 'yes' | 'no',
): PageState {
  const known = page ?? { state: 'sending', at: now, failures: 0 };
  const { why: _, ...rest } = known;
  if (action === 'resolve') return { ...rest, state: 'resolving', at: now };
  if (action === 'acknowledge') return known;
  const noted = loud === 'yes' ? { noted: 'yes' as const } : {};
  return SENT.includes(known.state) && known.state !== 'sending'
    ? { ...known, ...noted }
    : { ...rest, ...noted, state: 'sending', at: now };
}

/** The name of the PagerDuty service (its routing key's secret) that wakes a rota. */
export function serviceOf(rota: Rota, finding: Pick<Finding, 'team'>, policy: Pick<Policy, 'teams' | 'cyber'>): string {
  return rota === 'team' ? (policy.teams[finding.team]?.pagerDuty ?? policy.cyber.pagerDuty) : policy.cyber.pagerDuty;
}

/** The rotas of a finding, without one that would wake the same service twice. */
export function distinctRotas(
  finding: Pick<Finding, 'team' | 'wakes'>,
  policy: Pick<Policy, 'teams' | 'cyber'>,
): readonly Rota[] {
  const seen = new Set<string>();
  const rotas = finding.wakes.length > 0 ? finding.wakes : (['cyber'] as const);
  return rotas.filter((rota) => {
    const service = serviceOf(rota, finding, policy);
    return !seen.has(service) && seen.add(service);
  });
}

/** How many incidents a team had opened lately: more than ten in ten minutes go under one. */
export interface PageCount {
  readonly from: Instant;
  readonly opened: number;
  /** The storm's incident, while it goes on. */
  readonly storm?: string;
}

const WINDOW_MS = 10 * MINUTE_MS;
const MOST_INCIDENTS = 10;

/** PagerDuty rings nobody's phone for what comes under an incident that is acknowledged. */
export function isQuiet({ pages }: ToldIncident): boolean {
  return Object.values(pages).some(({ state }) => state === 'acknowledged');
}

/**
 * Counts an incident of a team, and says under which storm's incident it goes instead, if it does. `quiet`: the storm's incident that
 * somebody has acknowledged; what comes later notifies again, under another one.
 */
export function countIncident(count: PageCount | undefined, team: string, now: Instant, quiet?: string): PageCount {
  const current = count && now - count.from < WINDOW_MS ? count : { from: now, opened: 0 };
  const opened = current.opened + 1;
  if (opened <= MOST_INCIDENTS) return { ...current, opened };
  // While it goes on the window moves along, so that a storm of an hour is one incident.
  const storm = current.storm === quiet ? undefined : current.storm;
  return { from: now, opened, storm: storm ?? `storm/${team}/${now}` };
}
