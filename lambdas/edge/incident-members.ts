import { TwoEyeError } from '../core/errors.ts';
import type { Finding } from '../core/finding.ts';
import type { VerdictMessage } from '../core/messages.ts';
import { memberOf, withMember, withoutMember } from '../core/telling/incident-members.ts';
import { countIncident, isOver, isQuiet, needsWaking, type PageCount } from '../core/telling/incident-plan.ts';
import { progressOf } from '../core/telling/progress.ts';
import {
  type IncidentMember,
  incidentOf,
  isNotGenuineAlarm,
  type ToldIncident,
  type UnderIncident,
} from '../core/telling/told.ts';
import type { Instant } from '../core/time.ts';
import { changeItem } from './slack-turn.ts';
import type { read, Stored, transact, Write } from './table.ts';
import { type Key, stateKey, toldKey } from './table-keys.ts';

export interface MemberServices {
  readonly now: () => Instant;
  readonly read: typeof read;
  readonly transact: typeof transact;
}

const MOST_TRIES = 8;
/** A finding moves on once for every resolve in PagerDuty without a word here. */
const MOST_MOVES = 20;

export const incidentKey = (incident: string): Key => toldKey(incident, 'pagerduty');
export const memberKey = (incident: string, finding: string): Key => toldKey(incident, `member#${finding}`);

/**
 * Notes a finding under its incident, with the incident's count of open ones and the pointer to it in the same transaction, so that it is
 * under one incident however many work on it at once. Gives the incidents to settle: its own, and those that it has left, once they are
 * over. None for news that is older than what is known: a late trigger must not open an incident again.
 */
export async function noteMember(
  message: VerdictMessage,
  finding: Finding,
  services: MemberServices,
  loud: 'yes' | 'no' = 'no',
): Promise<readonly Key[]> {
  const wantsPage = needsWaking(finding) && (finding.urgency === 'page' || loud === 'yes');
  for (let attempt = 0; attempt < MOST_TRIES; attempt += 1) {
    const pointer = await services.read<UnderIncident>(toldKey(finding.id, 'page'));
    if ((pointer?.value.progress ?? 0) > progressOf(finding)) return [];
    const incident = await incidentFor(finding, pointer?.value, wantsPage, services);
    const [told, known] = await Promise.all([
      services.read<ToldIncident>(incidentKey(incident)),
      services.read<IncidentMember>(memberKey(incident, finding.id)),
    ]);
    const member = memberOf(message, finding, incident);
    const before = formerOf(pointer?.value, incident);
    const under: UnderIncident = {
      ...{ incident, dedupKey: finding.dedupKey, progress: member.progress },
      ...(before.length === 0 ? {} : { before }),
    };
    const left = await leaving(finding, pointer?.value.incident, incident, services);
    const outcome = await services.transact([
      put(memberKey(incident, finding.id), member, known),
      put(incidentKey(incident), withMember(told?.value, incident, finding, known?.value), told),
      put(toldKey(finding.id, 'page'), under, pointer),
      ...left,
    ]);
    if (outcome.outcome === 'committed') return [incidentKey(incident), ...(await overOf(before, services))];
  }
  throw new TwoEyeError('dependency_failed', `The incident of ${finding.id} was changed by others too often.`);
}

function put<T>(key: Key, value: T, there: Stored<unknown> | undefined): Write {
  return { write: 'put', key, value, version: there?.version ?? 0 };
}

/** Counts the finding over in the incident that it was under before, when that is another one. */
async function leaving(
  finding: Finding,
  from: string | undefined,
  to: string,
  services: MemberServices,
): Promise<readonly Write[]> {
  if (from === undefined || from === to) return [];
  const [told, member] = await Promise.all([
    services.read<ToldIncident>(incidentKey(from)),
    services.read<IncidentMember>(memberKey(from, finding.id)),
  ]);
  if (!told || member?.value.state !== 'open') return [];
  return [
    put(memberKey(from, finding.id), { ...member.value, state: 'closed' }, member),
    put(incidentKey(from), withoutMember(told.value, to), told),
  ];
}

function formerOf(under: UnderIncident | undefined, incident: string): readonly string[] {
  const all = under === undefined ? [] : [...(under.before ?? []), under.incident];
  return [...new Set(all)].filter((one) => one !== incident).slice(-MOST_MOVES);
}

/** Those that the finding has left and that are over: looked at with every message, for nobody else would look at them. */
async function overOf(incidents: readonly string[], services: MemberServices): Promise<readonly Key[]> {
  const keys = incidents.map(incidentKey);
  const told = await Promise.all(keys.map((key) => services.read<ToldIncident>(key)));
  return keys.filter((_, index) => {
    const incident = told[index]?.value;
    return incident !== undefined && isOver(incident);
  });
}

/** The incident that a finding is under: where it was noted before, the one of its dedup key, or, in a storm, the storm's. */
async function incidentFor(
  finding: Finding,
  under: UnderIncident | undefined,
  wantsPage: boolean,
  services: MemberServices,
): Promise<string> {
  const noted =
    under?.dedupKey === finding.dedupKey ? under.incident : await current(incidentOf(finding.dedupKey), services);
  if (!wantsPage || noted.startsWith('storm/') || isNotGenuineAlarm(finding.id)) return noted;
  const told = await services.read<ToldIncident>(incidentKey(noted));
  if (told && Object.keys(told.value.pages).length > 0) return noted;
  const key = stateKey(`pages#${finding.team}`);
  const quiet = await quietStorm(key, services);
  const counted = await changeItem<PageCount>(
    key,
    (count) => countIncident(count, finding.team, services.now(), quiet),
    services,
  );
  return counted?.value.storm ?? noted;
}

async function quietStorm(key: Key, services: MemberServices): Promise<string | undefined> {
  const storm = (await services.read<PageCount>(key))?.value.storm;
  if (storm === undefined) return undefined;
  const told = await services.read<ToldIncident>(incidentKey(storm));
  return told && isQuiet(told.value) ? storm : undefined;
}

/** Where those who were under an incident are now. */
async function current(incident: string, services: MemberServices): Promise<string> {
  let last = incident;
  for (let move = 0; move < MOST_MOVES; move += 1) {
    const told = await services.read<ToldIncident>(incidentKey(last));
    if (told?.value.movedTo === undefined) break;
    last = told.value.movedTo;
  }
  return last;
}
