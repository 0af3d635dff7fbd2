import type { Approval, Pin } from '../approval.ts';
import type { Finding } from '../finding.ts';
import type { Policy } from '../policy.ts';
import { ledgerOf } from '../request.ts';
import type { Instant } from '../time.ts';
import { actions, type Block, button, type Message, said, section } from './blocks.ts';
import { escaped } from './escape.ts';
import { findingButtons } from './finding-message.ts';
import { mention, targetTitle } from './names.ts';
import { pinEndsAt } from './pin-message.ts';
import { clockTime, timeBeside, zoneOf } from './times.ts';

/** What concerns one person now. */
export interface Mine {
  readonly requests: readonly Approval[];
  readonly waiting: readonly Approval[];
  readonly pins: readonly Pin[];
  readonly findings: readonly Finding[];
  readonly at: Instant;
}

/** Each list is shown up to here and counted beyond, so that a view stays under Slack's 100 blocks. */
const MOST = 10;

/** The App Home tab. */
export function homeView(mine: Mine, policy: Policy): Block {
  const buttons = actions(
    button('Ask for approval', 'home.ask', {}, { style: 'primary' }),
    button('Pin (cyber)', 'home.pin', {}),
  );
  return { type: 'home', blocks: [...buttons, ...mineBlocks(mine, policy)] };
}

/** The same for `/2i status`, as a message. */
export function statusMessage(mine: Mine, policy: Policy): Message {
  const text = `Open requests of yours: ${mine.requests.length}. Waiting for you: ${mine.waiting.length}. Active pins: ${mine.pins.length}. Open findings of your teams: ${mine.findings.length}.`;
  const blocks = mineBlocks(mine, policy);
  return { text, blocks: blocks.length > 45 ? [section(text), ...blocks.slice(0, 44)] : [section(text), ...blocks] };
}

function mineBlocks(mine: Mine, policy: Policy): readonly Block[] {
  return [
    ...list('My open requests', mine.requests, (one) => requestBlocks(one, mine.at, policy)),
    ...list('Waiting for me', mine.waiting, (one) => waitingBlocks(one, policy)),
    ...list('Active pins', mine.pins, (one) => [section(pinLine(one, policy))]),
    ...list('Open findings of my teams', mine.findings, (one) => findingBlocks(one, mine.at, policy)),
  ];
}

function list<T>(title: string, all: readonly T[], each: (one: T) => readonly Block[]): readonly Block[] {
  const more = all.length > MOST ? [section(`… and ${all.length - MOST} more.`)] : [];
  const none = all.length === 0 ? ' none' : '';
  return [section(`*${title}*${none}`), ...all.slice(0, MOST).flatMap(each), ...more];
}

function requestBlocks(request: Approval, at: Instant, policy: Policy): readonly Block[] {
  const zone = zoneOf(policy, request.target);
  const time = (instant: Instant) => timeBeside(instant, at, zone);
  const state =
    request.status === 'approved'
      ? `use before ${time(request.validUntil ?? 0)}`
      : `waiting, asked ${time(request.requestedAt)}`;
  const value = { ledger: ledgerOf(request), request: request.id };
  const cancel = request.status === 'requested' ? actions(button('Cancel', 'request.cancel', value)) : [];
  return [section(`• ${escaped(targetTitle(policy, request.target), 120)}: ${state}`), ...cancel];
}

function waitingBlocks(request: Approval, policy: Policy): readonly Block[] {
  const value = { ledger: ledgerOf(request), request: request.id };
  const asked = clockTime(request.requestedAt, zoneOf(policy, request.target));
  return [
    section(
      `• ${mention(policy, request.actor)} asked ${asked} for ${escaped(targetTitle(policy, request.target), 120)}`,
    ),
    said(request.reason),
    ...actions(
      button('Confirm', 'request.approve', value, { style: 'primary' }),
      button('Decline', 'request.decline', value),
    ),
  ];
}

function pinLine(pin: Pin, policy: Policy): string {
  const until = clockTime(pinEndsAt(pin), zoneOf(policy, pin.targets[0] ?? ''));
  return `• ${escaped(pin.incident ?? pin.id, 100)} by ${mention(policy, pin.by)}, until ${until}`;
}

/** With buttons: in a storm this is the only place where a finding is shown by itself. */
function findingBlocks(finding: Finding, at: Instant, policy: Policy): readonly Block[] {
  return [section(findingLine(finding, at, policy)), ...actions(...findingButtons(finding))];
}

function findingLine(finding: Finding, at: Instant, policy: Policy): string {
  const when = timeBeside(finding.occurredAt, at, zoneOf(policy, finding.target));
  return `• ${when} ${mention(policy, finding.actor)} used ${escaped(targetTitle(policy, finding.target), 120)}: ${finding.state}`;
}
