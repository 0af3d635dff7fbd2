import type { Pin } from '../approval.ts';
import type { Policy } from '../policy.ts';
import type { Instant } from '../time.ts';
import { actions, button, fields, type Message, said, section } from './blocks.ts';
import { bounded, code, escaped } from './escape.ts';
import { mention, nameOf } from './names.ts';
import { timeBeside, zoneOf } from './times.ts';

/** When a pin covers nothing any more: its end, or when somebody ended it. */
export function pinEndsAt(pin: Pin): Instant {
  return Math.min(pin.until, pin.endedAt ?? pin.until);
}

/** A pin in the channels of cyber and of the teams it touches, while it lasts and after. */
export function pinMessage(pin: Pin, at: Instant, policy: Policy): Message {
  const end = pinEndsAt(pin);
  const time = (instant: Instant) => timeBeside(instant, pin.from, zoneOf(policy, pin.targets[0] ?? ''));
  const over = at >= end;
  const state = over ? `Ended ${time(end)}` : `Lasts until ${time(end)}`;
  const incident = pin.incident ? ` (${escaped(pin.incident, 100)})` : '';
  const people = bounded(pin.people.map((person) => mention(policy, person)).join(', '), 1900);
  const targets = bounded(pin.targets.map((target) => code(target, 80)).join(', '), 1900);
  return {
    text: `Pinned for an incident by ${escaped(nameOf(pin.by), 80)}${incident}. ${state}.`,
    blocks: [
      section(`:pushpin: *Pinned for an incident*${incident} by ${mention(policy, pin.by)}`),
      fields(`*Who*\n${people}`, `*What*\n${targets}`, `*When*\n${time(pin.from)} to ${time(end)}`),
      said(pin.reason),
      section(`${state}. Every use is recorded.`),
      ...actions(...(over ? [] : [button('End now', 'pin.end', { pin: pin.id }, { style: 'danger' })])),
    ],
  };
}

/** What a pin was used for, once its last records had time to arrive. */
export function pinSummary(
  pin: Pin,
  uses: readonly { readonly actor: string; readonly target: string }[],
  policy: Policy,
): Message {
  const end = timeBeside(pinEndsAt(pin), pin.from, zoneOf(policy, pin.targets[0] ?? ''));
  const counts = new Map<string, number>();
  for (const { actor, target } of uses) {
    const line = `${mention(policy, actor)} used ${code(target, 80)}`;
    counts.set(line, (counts.get(line) ?? 0) + 1);
  }
  const lines = [...counts].map(([line, count]) => `• ${line} ${times(count)}`);
  const text = `The pin ended ${end}; it was ${uses.length === 0 ? 'never used' : `used ${times(uses.length)}`}.`;
  return { text, blocks: [section(bounded([text, ...lines].join('\n'), 2900))] };
}

function times(count: number): string {
  return ['never', 'once', 'twice'][count] ?? `${count} times`;
}
