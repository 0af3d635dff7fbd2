import type { Timer } from '../core/ledger-state.ts';
import type { VerdictMessage } from '../core/messages.ts';
import { isOver } from '../core/telling/incident-plan.ts';
import type { IncidentMember, PageState, ToldIncident, UnderIncident } from '../core/telling/told.ts';
import { type Instant, MINUTE_MS, SECOND_MS } from '../core/time.ts';
import { incidentKey, memberKey } from '../edge/incident-members.ts';
import { changeItem } from '../edge/slack-turn.ts';
import type { read, readPartition, Stored, transact } from '../edge/table.ts';
import { toldKey } from '../edge/table-keys.ts';

export interface PageCheckServices {
  readonly now: () => Instant;
  readonly read: typeof read;
  readonly readPartition: typeof readPartition;
  readonly transact: typeof transact;
  readonly publish: (message: VerdictMessage) => Promise<void>;
}

const OVERDUE_MS = 3 * MINUTE_MS;

/**
 * A page that PagerDuty took but opened no incident for, or that never left, has failed: said elsewhere, and tried again. So is the resolve
 * of an incident that is over and not resolved there.
 */
export async function checkTriggered(timer: Timer, services: PageCheckServices): Promise<Timer | undefined> {
  const key = incidentKey(timer.id);
  const told = (await services.read<ToldIncident>(key))?.value;
  if (!told) return undefined;
  if (isOver(told)) return resolveAgain(timer, told, services);
  const late = Object.entries(told.pages).filter(([, page]) => isLate(page, services.now()));
  if (late.length === 0) return watchedNext(timer, told, services.now());
  const message = await openMessage(timer.id, services);
  if (!message) return undefined;
  const silent = late.filter(([, page]) => page.troubleTold === undefined);
  const noted = await changeItem<ToldIncident>(
    key,
    (incident) =>
      incident &&
      withFailed(
        incident,
        late.map(([rota]) => rota),
        services.now(),
      ),
    services,
  );
  const why =
    'PagerDuty took the page and opened no incident within 3 minutes (a maintenance window? a wrong service?)';
  if (silent.length > 0)
    await services.publish({ ...message, change: 'changed', trouble: { channel: 'pagerduty', why } });
  await services.publish({ ...message, change: 'changed' });
  return watchedNext(timer, noted?.value ?? told, services.now());
}

/**
 * By what is known of the pages and not by the hour: every attempt to page plans a timer, and all of them become one, for a timer that is
 * planned twice is one timer.
 */
function watchedNext(timer: Timer, { pages }: ToldIncident, now: Instant): Timer | undefined {
  const ends = Object.values(pages).flatMap((page) => (isPending(page) ? [page.at + OVERDUE_MS] : []));
  return ends.length === 0 ? undefined : { ...timer, dueAt: Math.max(now + SECOND_MS, ...ends) };
}

/** A finding that has moved on is known better under the incident where it is now, and `page` heeds nothing that is older. */
async function newestOf({ finding, message }: IncidentMember, services: PageCheckServices): Promise<VerdictMessage> {
  const under = (await services.read<UnderIncident>(toldKey(finding, 'page')))?.value;
  const now = under && (await services.read<IncidentMember>(memberKey(under.incident, finding)))?.value;
  return now?.message ?? message;
}

async function resolveAgain(
  timer: Timer,
  { pages }: ToldIncident,
  services: PageCheckServices,
): Promise<Timer | undefined> {
  if (Object.values(pages).every(({ state }) => state === 'resolved')) return undefined;
  const [member] = await membersOf(timer.id, services);
  if (!member) return undefined;
  await services.publish({ ...(await newestOf(member.value, services)), change: 'changed' });
  return { ...timer, dueAt: services.now() + OVERDUE_MS };
}

function isPending({ state }: PageState): boolean {
  return state === 'sending' || state === 'sent' || state === 'failed';
}

function isLate(page: PageState, at: Instant): boolean {
  return isPending(page) && at - page.at >= OVERDUE_MS;
}

function withFailed(incident: ToldIncident, rotas: readonly string[], at: Instant): ToldIncident {
  const pages = Object.entries(incident.pages).map(([rota, page]) => {
    // The webhook may have come between the reading and this.
    if (!rotas.includes(rota) || !isLate(page, at)) return [rota, page];
    const why = page.why ?? 'no incident was opened within 3 minutes';
    return [rota, { ...page, state: 'failed', at, why, failures: page.failures + 1, troubleTold: 'yes' }];
  });
  return { ...incident, pages: Object.fromEntries(pages) };
}

async function openMessage(incident: string, services: PageCheckServices): Promise<VerdictMessage | undefined> {
  const members = await membersOf(incident, services);
  return members.find(({ value }) => value.state === 'open')?.value.message;
}

function membersOf(incident: string, services: PageCheckServices): Promise<readonly Stored<IncidentMember>[]> {
  return services.readPartition<IncidentMember>(toldKey(incident, '').pk, { prefix: 'member#', limit: 50 });
}
