import type { Policy } from '../../lambdas/core/policy.ts';
import { distinctRotas, serviceOf } from '../../lambdas/core/telling/incident-plan.ts';
import { MINUTE_MS, type Milliseconds } from '../../lambdas/core/time.ts';
import type { VerdictLine } from '../../lambdas/core/verdict-line.ts';

/** Where a use goes that somebody is told of. */
export interface Route {
  /** Of Slack: the team's, if it has one, and cyber's, which sees every finding. */
  readonly channels: readonly string[];
  /** What the page wakes, by the names of the routing keys' secrets. */
  readonly services: readonly string[];
  readonly pagerDutyRegion: Policy['pagerDutyRegion'];
  /** When a ping that nobody takes in hand becomes a page; a page is one at once. */
  readonly pageAfterMs: Milliseconds;
}

export function routeOf(line: VerdictLine, policy: Policy): Route {
  const { cyber, pagerDutyRegion } = policy;
  const team = policy.teams[line.team];
  const channels = [...new Set([...(team === undefined ? [] : [team.channel]), cyber.channel])];
  // Nobody is woken for want of an answer to a deployment that tampers with the watcher.
  if (line.kind === 'tampering' && line.urgency === 'ping')
    return { channels, services: [], pagerDutyRegion, pageAfterMs: 0 };
  const finding = { team: line.team, wakes: team?.page ?? (['cyber'] as const) };
  const services = distinctRotas(finding, policy).map((rota) => serviceOf(rota, finding, policy));
  const pageAfterMs = line.urgency === 'ping' ? (team ?? cyber).pageAfterMs : 0;
  return { channels, services: services.sort(), pagerDutyRegion, pageAfterMs };
}

export function isSameRoute(one: Route, other: Route): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** `in C01NOTIFY and C01CYBER, after 15 min waking notify and cyber (eu)` */
export function routeWords({ channels, services, pagerDutyRegion, pageAfterMs }: Route): string {
  const when = pageAfterMs === 0 ? '' : `after ${pageAfterMs / MINUTE_MS} min `;
  const wakes = services.length === 0 ? 'waking nobody' : `waking ${services.join(' and ')} (${pagerDutyRegion})`;
  return `in ${channels.join(' and ')}, ${when}${wakes}`;
}
