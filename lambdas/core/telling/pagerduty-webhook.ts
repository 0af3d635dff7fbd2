import type { Word } from '../finding.ts';
import type { PersonId, Policy, Rota } from '../policy.ts';
import type { Instant } from '../time.ts';
import { isOver } from './incident-plan.ts';
import type { PageState, ToldIncident } from './told.ts';

/** What two-eye reads of a V3 webhook. Source: https://developer.pagerduty.com/docs/webhooks-overview (event data types). */
export interface IncidentNews {
  readonly id: string;
  readonly what: 'triggered' | 'acknowledged' | 'resolved' | 'other';
  readonly at: Instant;
  /** Our dedup key. */
  readonly incidentKey: string;
  readonly service: string;
  readonly href?: string;
  readonly by: PersonId | 'unknown';
  /** Whether a person did it, or PagerDuty or an event of ours. */
  readonly actor: 'person' | 'machine';
}

/** Reads a webhook's body; undefined when it is none of ours or nothing to us: then it is benign, and answered with a 200. */
export function incidentNews(body: unknown, policy: Pick<Policy, 'people'>): IncidentNews | undefined {
  const event = at(body, 'event');
  const data = at(event, 'data');
  const id = text(at(event, 'id'));
  const incidentKey = text(at(data, 'incident_key'));
  const occurredAt = Date.parse(text(at(event, 'occurred_at')) ?? '');
  if (id === undefined || incidentKey === undefined || !incidentKey.startsWith('two-eye/') || Number.isNaN(occurredAt))
    return undefined;
  const agent = at(event, 'agent');
  const href = text(at(data, 'html_url'));
  return {
    id,
    what: whatOf(text(at(event, 'event_type'))),
    at: occurredAt,
    incidentKey,
    service: (text(at(at(data, 'service'), 'summary')) ?? '').toLowerCase(),
    ...(href?.startsWith('https://') && { href }),
    by: personOfAgent(agent, policy),
    actor: text(at(agent, 'type')) === 'user_reference' ? 'person' : 'machine',
  };
}

/** By PagerDuty's immutable user id, or an e-mail where the webhook has one; never by a display name, which anybody can change. */
function personOfAgent(agent: unknown, policy: Pick<Policy, 'people'>): PersonId | 'unknown' {
  const id = text(at(agent, 'id'));
  const email = text(at(agent, 'email'))?.toLowerCase();
  const found = policy.people.find(
    (person) =>
      (id !== undefined && person.pagerDuty === id) ||
      (email !== undefined && (person.id === email || person.aliases.includes(email))),
  );
  return found?.id ?? 'unknown';
}

function whatOf(type: string | undefined): IncidentNews['what'] {
  const name = type?.replace(/^incident\./, '');
  return name === 'triggered' || name === 'acknowledged' || name === 'resolved' ? name : 'other';
}

/**
 * The incident after the news: an older delivery never undoes a newer one. The webhook names a service, not a rota: the one whose
 * PagerDuty name is in the service's, else the first that is still waiting.
 */
export function afterNews(
  incident: ToldIncident,
  news: IncidentNews,
  serviceNames: Readonly<Record<Rota, string>>,
): ToldIncident {
  const rota = rotaOf(incident, news, serviceNames);
  const page = rota && incident.pages[rota];
  if (!rota || !page || news.what === 'other') return incident;
  if (isOpenAgain(incident, page, news)) return withPage(incident, rota, { ...page, state: 'resolving', at: news.at });
  // Two runs paged under one key, and somebody resolved it between the two.
  const isOnceMore = news.what === 'triggered' && page.state === 'resolved' && news.at >= page.at;
  if (RANK[news.what] < RANK[page.state] && !isOnceMore) return incident;
  // It may have been triggered again since: the resolve is a word on the finding still, and no state of the page any more.
  if (news.what === 'resolved' && news.at <= page.at) return incident;
  const { why: _, ...rest } = page;
  const isTooEarly = news.what === 'resolved' && !isOver(incident);
  const next: PageState = {
    ...rest,
    state: news.what,
    // The first of two triggers may be heard of last: were it to set the clock back, a resolve between the two would count for the second.
    at: Math.max(page.at, news.at),
    ...(news.href && { href: news.href }),
    ...(isTooEarly && { resolvedThereAt: news.at }),
  };
  return withPage(incident, rota, next);
}

function withPage(incident: ToldIncident, rota: Rota, page: PageState): ToldIncident {
  return { ...incident, pages: { ...incident.pages, [rota]: page } };
}

/**
 * A trigger that was overtaken by its resolve has opened an incident of which nobody would think again. The news may be older than the
 * resolve too, and come late; to resolve once more what is resolved does nothing.
 */
function isOpenAgain(incident: ToldIncident, { state }: PageState, { what }: IncidentNews): boolean {
  return what === 'triggered' && (state === 'resolving' || state === 'resolved') && isOver(incident);
}

const RANK: Record<PageState['state'], number> = {
  failed: 0,
  sending: 1,
  sent: 2,
  triggered: 3,
  acknowledged: 4,
  resolving: 5,
  resolved: 6,
};

function rotaOf(
  incident: ToldIncident,
  news: IncidentNews,
  serviceNames: Readonly<Record<Rota, string>>,
): Rota | undefined {
  const rotas = (Object.keys(incident.pages) as Rota[]).sort();
  const named = rotas.find((rota) => news.service.includes(serviceNames[rota].toLowerCase()));
  if (named) return named;
  const waiting = rotas.find(
    (rota) => RANK[incident.pages[rota]?.state ?? 'failed'] < RANK[news.what === 'other' ? 'failed' : news.what],
  );
  return waiting ?? rotas[0];
}

/** The word that the news is on a finding. A resolve by an event of ours is not a word; one by anybody else pages again. */
export function wordOf(news: IncidentNews, incident: ToldIncident, finding: string): Word | undefined {
  const base = { id: `pagerduty-${news.id}-${finding}`, finding, by: news.by, via: 'pagerduty', at: news.at } as const;
  if (news.what === 'acknowledged' && news.actor === 'person') return { ...base, kind: 'acknowledged' };
  const isOurs = news.actor === 'machine' && isOver(incident);
  return news.what === 'resolved' && !isOurs ? { ...base, kind: 'resolved-elsewhere' } : undefined;
}

function at(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
