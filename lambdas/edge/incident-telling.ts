import { TwoEyeError } from '../core/errors.ts';
import type { Finding } from '../core/finding.ts';
import type { VerdictMessage } from '../core/messages.ts';
import type { Policy, Rota } from '../core/policy.ts';
import { distinctRotas, intentOf, isOver, type NextSend, nextSend, serviceOf } from '../core/telling/incident-plan.ts';
import { incidentOf, type PageState, type ToldIncident } from '../core/telling/told.ts';
import { type Instant, MINUTE_MS } from '../core/time.ts';
import { followUpEvent, type IncidentEvent, stormEvent, triggerEvent } from '../core/wording/incident.ts';
import type { PagerDutyResult, sendToPagerDuty } from './pagerduty.ts';
import { changeItem } from './slack-turn.ts';
import type { read, Stored, transact, Write } from './table.ts';
import { type Key, timerKey } from './table-keys.ts';

export interface IncidentServices {
  readonly policy: Policy;
  readonly now: () => Instant;
  readonly read: typeof read;
  readonly transact: typeof transact;
  readonly send: typeof sendToPagerDuty;
  /** Says on the verdicts topic that the page failed, so that Slack and an e-mail say so. */
  readonly trouble: (message: VerdictMessage, why: string) => Promise<void>;
  /** Lets Slack show what became of the page. */
  readonly showAgain: (message: VerdictMessage) => Promise<void>;
}

const MOST_TRIES = 8;
/** PagerDuty accepts what a maintenance window then swallows: so long may `incident.triggered` take. */
const TRIGGERED_WITHIN_MS = 3 * MINUTE_MS;

/** Sends whatever is still to be sent about an incident, one event after another, and looks again after each. */
export async function settleIncident(
  key: Key,
  message: VerdictMessage,
  finding: Finding,
  services: IncidentServices,
  loud?: string,
): Promise<void> {
  const failures = new Map<Rota, string>();
  const woken = { ...finding, wakes: distinctRotas(finding, services.policy) };
  for (let step = 0; step < MOST_TRIES; step += 1) {
    const told = await services.read<ToldIncident>(key);
    const options = { loud: loud === undefined ? 'no' : 'yes', except: new Set(failures.keys()) } as const;
    const next = told && nextSend(told.value, woken, services.now(), options);
    if (!next) {
      if (told && failures.size === 0 && isBeingResolved(told.value))
        throw new TwoEyeError(
          'dependency_failed',
          'Another run is resolving the incident; looked at again, should it have died.',
        );
      break;
    }
    const intent = intentOf(next.action, told.value.pages[next.rota], services.now(), options.loud);
    if (!(await setPage(key, told, next.rota, intent, services))) continue;
    const result = await services.send({
      service: serviceOf(next.rota, finding, services.policy),
      region: services.policy.pagerDutyRegion,
      event: eventOf(next, told.value, message, finding, services, loud),
    });
    const why = await record(key, next, result, services);
    if (why === undefined) await services.showAgain(message);
    else failures.set(next.rota, await fail(key, next.rota, why, result, message, services));
  }
  if (failures.size > 0) throw new TwoEyeError('dependency_failed', [...failures.values()].join(' '));
}

/** Over, and somebody has begun to resolve it: nothing else would look whether they came to the end of it. */
function isBeingResolved(incident: ToldIncident): boolean {
  return isOver(incident) && Object.values(incident.pages).some(({ state }) => state === 'resolving');
}

function eventOf(
  { rota, action }: NextSend,
  incident: ToldIncident,
  message: VerdictMessage,
  finding: Finding,
  { policy, now }: IncidentServices,
  loud: string | undefined,
): IncidentEvent {
  if (action !== 'trigger') return followUpEvent(action, finding, incident.dedupKey, policy);
  if (incident.storm) return stormEvent(finding, incident.dedupKey, policy);
  const [line, ...others] = message.actions;
  const note = loud === undefined ? {} : { note: loud };
  return triggerEvent(
    { finding, others, at: now(), rota, ...(line && { action: line }), ...note },
    incident.dedupKey,
    policy,
  );
}

async function setPage(
  key: Key,
  told: Stored<ToldIncident>,
  rota: Rota,
  page: PageState,
  services: IncidentServices,
): Promise<boolean> {
  const value = { ...told.value, pages: { ...told.value.pages, [rota]: page } };
  // Planned before the call, so that a call that dies with its function is looked at again.
  const watch = page.state === 'sending' ? [watchOver(value, page.at)] : [];
  const writes: readonly Write[] = [{ write: 'put', key, value, version: told.version }, ...watch];
  return (await services.transact(writes)).outcome === 'committed';
}

/** Writes what became of a call; gives why when it failed. A page that was taken has three minutes to open an incident. */
async function record(
  key: Key,
  { rota, action }: NextSend,
  result: PagerDutyResult,
  services: IncidentServices,
): Promise<string | undefined> {
  const at = services.now();
  const isTaken = result.outcome === 'accepted';
  const why = isTaken ? undefined : whyOf(result);
  const changed = (incident: ToldIncident | undefined): ToldIncident | undefined => {
    if (!incident) return undefined;
    const page = incident.pages[rota] ?? { state: 'sending', at, failures: 0 };
    return { ...incident, pages: { ...incident.pages, [rota]: afterCall(page, action, why, at) } };
  };
  await changeItem<ToldIncident>(key, changed, services, (incident) =>
    action === 'trigger' ? [watchOver(incident, at)] : [],
  );
  return why;
}

/** A failed resolve or acknowledgement leaves the page as it was, to be tried again. */
function afterCall(page: PageState, action: NextSend['action'], why: string | undefined, at: Instant): PageState {
  const { why: _, ...rest } = page;
  // A resolve overtook this trigger: which of them PagerDuty heard last is not known, so it is resolved once more.
  const isOvertaken = action === 'trigger' && ['resolving', 'resolved'].includes(page.state) && !page.resolvedThereAt;
  if (isOvertaken) return { ...rest, state: 'sent', at };
  // The other way round: that there is something to resolve was noted while this resolve was under way.
  if (action === 'resolve' && page.state !== 'resolving' && page.state !== 'resolved') return page;
  if (why !== undefined) {
    const state = page.state === 'sending' ? 'failed' : page.state === 'resolving' ? 'sent' : page.state;
    return { ...rest, state, at, why, failures: page.failures + 1 };
  }
  // A webhook may have been faster than our own record of the call.
  if (action === 'trigger')
    return {
      ...rest,
      state: page.state === 'sending' ? 'sent' : page.state,
      at: page.state === 'sending' ? at : page.at,
    };
  return { ...rest, state: action === 'acknowledge' ? 'acknowledged' : 'resolved', at };
}

function watchOver(incident: ToldIncident, at: Instant): Write {
  const timer = {
    dueAt: at + TRIGGERED_WITHIN_MS,
    what: 'triggered',
    about: incident.ledger,
    id: incidentOf(incident.dedupKey),
  } as const;
  return { write: 'put', key: timerKey(timer), value: timer };
}

function whyOf(result: Exclude<PagerDutyResult, { outcome: 'accepted' }>): string {
  return result.outcome === 'busy' ? 'PagerDuty takes no more events at the moment (429)' : result.why;
}

/** Says once that the page could not be sent. */
async function fail(
  key: Key,
  rota: Rota,
  why: string,
  result: PagerDutyResult,
  message: VerdictMessage,
  services: IncidentServices,
): Promise<string> {
  const told = await services.read<ToldIncident>(key);
  const page = told?.value.pages[rota];
  const isFirst =
    page !== undefined && page.troubleTold === undefined && (result.outcome !== 'busy' || page.failures >= 3);
  if (!isFirst) return why;
  await services.trouble(message, why);
  const withTrouble = (incident: ToldIncident | undefined) =>
    incident && {
      ...incident,
      pages: { ...incident.pages, [rota]: { ...(incident.pages[rota] ?? page), troubleTold: 'yes' as const } },
    };
  await changeItem<ToldIncident>(key, withTrouble, services);
  return why;
}
