import type { Pin } from '../core/approval.ts';
import { approversOf, knownPerson } from '../core/eligibility.ts';
import { pinOf } from '../core/pin.ts';
import type { PersonId, Policy } from '../core/policy.ts';
import type { PinAsk, SlackActor } from '../core/slack-job.ts';
import { MINUTE_MS } from '../core/time.ts';
import { personOfSlack } from '../core/wording/names.ts';
import { pinEndsAt, pinMessage, pinSummary } from '../core/wording/pin-message.ts';
import { changePins, ledgerOf, readPins } from '../edge/approval-store.ts';
import { now } from '../edge/clock.ts';
import { readActionLines } from '../edge/finding-store.ts';
import { enqueueAccess } from '../edge/queues.ts';
import { putTimer } from '../edge/timer-store.ts';
import { idOf, isCyber, membersIn, standing, teamOf } from './requests.ts';
import { show, whisper } from './tell.ts';

/** CloudTrail's records of the last uses are still to come when a pin ends. */
const SUMMARY_AFTER_MS = 15 * MINUTE_MS;

/** Pins approvals for an incident: cyber only, nobody themselves. Shown after the write; everybody it covers is judged again. */
export async function pin(key: string, by: SlackActor, wanted: PinAsk, policy: Policy): Promise<void> {
  const cyber = await cyberPerson(by, policy);
  if (cyber.outcome === 'refused') return whisper(by, cyber.why);
  const team = wanted.team === undefined ? [] : await peopleOfTeam(wanted.team, policy);
  const checked = pinOf(`p${idOf(key).slice(1)}`, wanted, cyber.person, team, by.at, policy);
  if (checked.outcome === 'refused') return whisper(by, checked.why);
  const made = checked.pin;
  await changePins((pins) => (pins.some(({ id }) => id === made.id) ? pins : [...pins, made]), by.at);
  await afterChange(made, policy);
}

/** Ends a pin early; the second of two clicks changes nothing. */
export async function endPin(by: SlackActor, id: string, policy: Policy): Promise<void> {
  const cyber = await cyberPerson(by, policy);
  if (cyber.outcome === 'refused') return whisper(by, cyber.why);
  const end = (each: Pin) => (each.id === id && by.at < pinEndsAt(each) ? { ...each, endedAt: by.at } : each);
  await changePins((pins) => pins.map(end), by.at);
  const ended = await pinWith(id);
  if (!ended) return whisper(by, 'This pin is not known.');
  if (ended.endedAt !== by.at) await whisper(by, 'This pin had ended already.');
  await afterChange(ended, policy);
}

/** A pin's end came due: say that it ended, and a while later how often it was used. */
export async function pinDue(id: string, policy: Policy): Promise<void> {
  const over = await pinWith(id);
  if (!over || now() < pinEndsAt(over)) return;
  await showPin(over, policy);
  if (now() < pinEndsAt(over) + SUMMARY_AFTER_MS) return planSummary(over);
  const uses = await Promise.all(over.people.map((person) => readActionLines(ledgerOf(person))));
  const mine = uses.flat().filter((line) => line.pin === id);
  await show(id, 'slack-summary', policy.cyber.channel, pinSummary(over, mine, policy));
}

async function afterChange(changed: Pin, policy: Policy): Promise<void> {
  await putTimer({ what: 'pin-over', about: changed.id, id: changed.id, dueAt: changed.until });
  if (changed.endedAt !== undefined) await planSummary(changed);
  const because = `pin ${changed.id} changed`;
  await Promise.all(
    changed.people.map((person) => enqueueAccess({ twoEye: 'rejudge', ledger: ledgerOf(person), because })),
  );
  await showPin(changed, policy);
}

function planSummary(over: Pin): Promise<void> {
  return putTimer({ what: 'pin-over', about: over.id, id: over.id, dueAt: pinEndsAt(over) + SUMMARY_AFTER_MS });
}

async function showPin(shown: Pin, policy: Policy): Promise<void> {
  const teams = new Set(shown.targets.map((target) => policy.teams[teamOf({ target }, policy)]?.channel));
  const message = pinMessage(shown, now(), policy);
  for (const channel of new Set([policy.cyber.channel, ...teams])) {
    if (channel) await show(shown.id, `slack#${channel}`, channel, message);
  }
}

async function cyberPerson(by: SlackActor, policy: Policy) {
  const known = knownPerson(await standing(by), policy);
  if (known.outcome === 'refused' || (await isCyber(known.person, by.user, policy))) return known;
  return {
    outcome: 'refused' as const,
    why: 'Only cyber can pin approvals or end a pin, and you are not in that group now.',
  };
}

async function peopleOfTeam(team: string, policy: Policy): Promise<readonly PersonId[]> {
  const group = approversOf(team, policy);
  if (group?.kind === 'people') return group.people;
  return ((await membersIn(group)) ?? []).flatMap((user) => personOfSlack(policy, user)?.id ?? []);
}

async function pinWith(id: string): Promise<Pin | undefined> {
  return (await readPins()).pins.find((each) => each.id === id);
}
