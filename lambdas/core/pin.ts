import type { Pin } from './approval.ts';
import { pickedPerson } from './ask-check.ts';
import type { PersonId, Policy } from './policy.ts';
import type { PinAsk } from './slack-job.ts';
import { HOUR_MS, type Instant, MINUTE_MS } from './time.ts';

export type PinCheck =
  | { readonly outcome: 'ok'; readonly pin: Pin }
  | { readonly outcome: 'refused'; readonly why: string };

/**
 * The pin that cyber asks for, or why not. `teamPeople` are the team's members by canonical id, already spelt out. That `by` belongs to
 * cyber is checked before. Nobody pins themselves, by an alias or through a team.
 */
export function pinOf(
  id: string,
  ask: PinAsk,
  by: PersonId,
  teamPeople: readonly PersonId[],
  at: Instant,
  policy: Policy,
): PinCheck {
  const named = ask.people.map((name) => pickedPerson(name, policy));
  if (named.includes(undefined)) return no('Somebody you named is not in the policy.');
  const people = [...new Set([...named.filter((each) => each !== undefined), ...teamPeople])];
  const stray = ask.targets.find((target) => !policy.targets.some((each) => each.id === target));
  const lengthMs = ask.minutes * MINUTE_MS;
  if (people.length === 0) return no('Name somebody to pin, or a team.');
  if (people.includes(by))
    return no('You cannot pin yourself, by any of your names or through a team. Ask another member of cyber.');
  if (ask.targets.length === 0 || stray)
    return no(stray ? `There is no target "${stray}".` : 'Name at least one target.');
  if (!(lengthMs > 0 && lengthMs <= policy.approvals.maxPinMs))
    return no(`A pin ends within ${policy.approvals.maxPinMs / MINUTE_MS} minutes.`);
  if (ask.reason.trim().length < 10) return no('Say in 10 to 500 characters why.');
  const { team, incident } = ask;
  const pin = { id, people, targets: ask.targets, from: at, until: at + lengthMs, by, reason: ask.reason.trim() };
  return { outcome: 'ok', pin: { ...pin, ...(team && { team }), ...(incident && { incident }) } };
}

/** After this nothing that is still judged can have happened while a pin lasted; the journal has it for ever. */
const KEPT_MS = 30 * 24 * HOUR_MS;

/** The pins without those that have been over for a month: they cover nothing any more, and what they covered is recorded as such. */
export function lasting(pins: readonly Pin[], at: Instant): readonly Pin[] {
  return pins.filter(({ until, endedAt }) => Math.min(until, endedAt ?? until) + KEPT_MS > at);
}

function no(why: string): PinCheck {
  return { outcome: 'refused', why };
}
