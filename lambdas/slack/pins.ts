import type { Pin } from '../core/approval.ts';
import { approversOf, knownPerson } from '../core/eligibility.ts';
import { pinOf } from '../core/pin.ts';
import type { PersonId } from '../core/policy.ts';
import type { PinAsk, SlackActor } from '../core/slack-job.ts';
import { MINUTE_MS } from '../core/time.ts';
import { personOfSlack } from '../core/wording/names.ts';
import { pinEndsAt, pinMessage, pinSummary } from '../core/wording/pin-message.ts';
import { ledgerOf } from '../edge/approval-store.ts';
import { idOf } from './asking.ts';
import { isCyber, membersIn, standing } from './membership.ts';
import { teamOf } from './request-shown.ts';
import type { SlackWorkServices } from './services.ts';
import { show, whisper } from './tell.ts';

/** CloudTrail's records of the last uses are still to come when a pin ends. */
const SUMMARY_AFTER_MS = 15 * MINUTE_MS;

/** Pins approvals for an incident: cyber only, nobody themselves. Shown after the write; everybody it covers is judged again. */
export async function pin(key: string, by: SlackActor, wanted: PinAsk, services: SlackWorkServices): Promise<void> {
  const cyber = await cyberPerson(by, services);
  if (cyber.outcome === 'refused') return whisper(by, cyber.why, services);
  const team = wanted.team === undefined ? [] : await peopleOfTeam(wanted.team, services);
  const checked = pinOf(`p${idOf(key).slice(1)}`, wanted, cyber.person, team, by.at, services.policy);
  if (checked.outcome === 'refused') return whisper(by, checked.why, services);
  const made = checked.pin;
  await services.changePins((pins) => (pins.some(({ id }) => id === made.id) ? pins : [...pins, made]), by.at);
  await afterChange(made, services);
}

/** Ends a pin early; the second of two clicks changes nothing. */
export async function endPin(by: SlackActor, id: string, services: SlackWorkServices): Promise<void> {
  const cyber = await cyberPerson(by, services);
  if (cyber.outcome === 'refused') return whisper(by, cyber.why, services);
  const end = (each: Pin) => (each.id === id && by.at < pinEndsAt(each) ? { ...each, endedAt: by.at } : each);
  await services.changePins((pins) => pins.map(end), by.at);
  const ended = await pinWith(id, services);
  if (!ended) return whisper(by, 'This pin is not known.', services);
  if (ended.endedAt !== by.at) await whisper(by, 'This pin had ended already.', services);
  await afterChange(ended, services);
}

/** A pin's end came due: say that it ended, and a while later how often it was used. */
export async function pinDue(id: string, services: SlackWorkServices): Promise<void> {
  const over = await pinWith(id, services);
  if (!over || services.now() < pinEndsAt(over)) return;
  await showPin(over, services);
  if (services.now() < pinEndsAt(over) + SUMMARY_AFTER_MS) return planSummary(over, services);
  const uses = await Promise.all(over.people.map((person) => services.readActionLines(ledgerOf(person))));
  const mine = uses.flat().filter((line) => line.pin === id);
  await show(id, 'slack-summary', services.policy.cyber.channel, pinSummary(over, mine, services.policy), services);
}

async function afterChange(changed: Pin, services: SlackWorkServices): Promise<void> {
  await services.putTimer({ what: 'pin-over', about: changed.id, id: changed.id, dueAt: changed.until });
  if (changed.endedAt !== undefined) await planSummary(changed, services);
  const because = `pin ${changed.id} changed`;
  await Promise.all(
    changed.people.map((person) => services.enqueueAccess({ twoEye: 'rejudge', ledger: ledgerOf(person), because })),
  );
  await showPin(changed, services);
}

function planSummary(over: Pin, services: SlackWorkServices): Promise<void> {
  return services.putTimer({
    what: 'pin-over',
    about: over.id,
    id: over.id,
    dueAt: pinEndsAt(over) + SUMMARY_AFTER_MS,
  });
}

async function showPin(shown: Pin, services: SlackWorkServices): Promise<void> {
  const teams = new Set(
    shown.targets.map((target) => services.policy.teams[teamOf({ target }, services.policy)]?.channel),
  );
  const message = pinMessage(shown, services.now(), services.policy);
  for (const channel of new Set([services.policy.cyber.channel, ...teams])) {
    if (channel) await show(shown.id, `slack#${channel}`, channel, message, services);
  }
}

async function cyberPerson(by: SlackActor, services: SlackWorkServices) {
  const known = knownPerson(await standing(by, services), services.policy);
  if (known.outcome === 'refused' || (await isCyber(known.person, by.user, services))) return known;
  return {
    outcome: 'refused' as const,
    why: 'Only cyber can pin approvals or end a pin, and you are not in that group now.',
  };
}

async function peopleOfTeam(team: string, services: SlackWorkServices): Promise<readonly PersonId[]> {
  const group = approversOf(team, services.policy);
  if (group?.kind === 'people') return group.people;
  return ((await membersIn(group, services)) ?? []).flatMap((user) => personOfSlack(services.policy, user)?.id ?? []);
}

async function pinWith(id: string, services: SlackWorkServices): Promise<Pin | undefined> {
  return (await services.readPins()).pins.find((each) => each.id === id);
}
