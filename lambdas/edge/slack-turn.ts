import { TwoEyeError } from '../core/errors.ts';
import type { PingWork } from '../core/messages.ts';
import { INTENT_MS } from '../core/telling/attempt.ts';
import { type Lane, quietUntil, spoken, takeSlot } from '../core/telling/pace.ts';
import { CALM, type ChannelState, countInStorm, isListed, isStorm, planRefresh } from '../core/telling/storm.ts';
import type { PostedOnce } from '../core/telling/told.ts';
import type { Instant, Milliseconds } from '../core/time.ts';
import type { findMessage, postMessage, SlackMessage, updateMessage } from './slack.ts';
import type { read, Stored, transact, Write } from './table.ts';
import { type Key, stateKey } from './table-keys.ts';

/** What telling a channel needs. An object literal of functions is the fake. */
export interface TurnServices {
  readonly now: () => Instant;
  readonly read: typeof read;
  readonly transact: typeof transact;
  readonly post: typeof postMessage;
  readonly update: typeof updateMessage;
  readonly find: typeof findMessage;
  /** Comes back to `ping` with the work after a while. */
  readonly later: (work: PingWork, delayMs: Milliseconds) => Promise<void>;
}

/** `done`: it was said, now or before. `later`: its turn comes later, and it will. */
export type Turn = 'done' | 'later';

const MOST_TRIES = 8;

export const channelKey = (channel: string): Key => stateKey(`channel#${channel}`);

/** Changes an item under its version, again when somebody else was first; `change` gives undefined to leave it as it is. */
export async function changeItem<T>(
  key: Key,
  change: (value: T | undefined) => T | undefined,
  services: Pick<TurnServices, 'read' | 'transact'>,
  also: (value: T) => readonly Write[] = () => [],
): Promise<Stored<T> | undefined> {
  for (let attempt = 0; attempt < MOST_TRIES; attempt += 1) {
    const there = await services.read<T>(key);
    const value = change(there?.value);
    if (value === undefined) return there;
    const version = there?.version ?? 0;
    const outcome = await services.transact([{ write: 'put', key, value, version }, ...also(value)]);
    if (outcome.outcome === 'committed') return { key, value, version: version + 1 };
  }
  throw new TwoEyeError('dependency_failed', `${key.pk} was changed by others too often.`);
}

/**
 * Reserves the item's turn in a channel, together with the channel's state in one transaction, so that no turn is lost or given twice. With
 * `kind` a storm may put it under the summary instead.
 */
export async function reserve<T extends PostedOnce>(
  key: Key,
  lane: Lane,
  services: TurnServices,
  storm?: { readonly kind: string; readonly placed: (told: T, storm: string | undefined) => T },
): Promise<Stored<T>> {
  for (let attempt = 0; attempt < MOST_TRIES; attempt += 1) {
    const told = await services.read<T>(key);
    if (!told) throw new TwoEyeError('invariant_broken', `${key.pk} ${key.sk} is told before it is noted.`);
    if (told.value.slotAt !== undefined || told.value.listed) return told;
    const now = services.now();
    const { channel } = told.value;
    const there = await services.read<ChannelState>(channelKey(channel));
    const { state, turn, stormId, refreshAt } = nextTurn(there?.value ?? CALM, channel, lane, storm?.kind, now);
    const placed = storm ? storm.placed(told.value, stormId) : told.value;
    const value = { ...placed, ...turn };
    const outcome = await services.transact([
      { write: 'put', key, value, version: told.version },
      { write: 'put', key: channelKey(channel), value: state, version: there?.version ?? 0 },
    ]);
    if (outcome.outcome === 'conflict') continue;
    if (stormId && refreshAt !== undefined)
      await services.later({ twoEye: 'summary', channel, storm: stormId }, refreshAt - now);
    return { key, value, version: told.version + 1 };
  }
  throw new TwoEyeError('dependency_failed', `The turns of a channel were changed by others too often.`);
}

interface NextTurn {
  readonly state: ChannelState;
  /** A slot, or none for what a storm only lists. */
  readonly turn: Pick<PostedOnce, 'slotAt' | 'listed'>;
  readonly stormId?: string;
  readonly refreshAt?: Instant;
}

function nextTurn(state: ChannelState, channel: string, lane: Lane, kind: string | undefined, now: Instant): NextTurn {
  if (kind === undefined || !isStorm(state, now)) {
    const { pace, at } = takeSlot(state.pace, lane, now);
    return { state: { ...state, pace }, turn: { slotAt: at } };
  }
  const counted = countInStorm(state, channel, kind, now);
  const { storm, at: refreshAt } = planRefresh(counted.storm, now);
  const refresh = { stormId: storm.id, ...(refreshAt === undefined ? {} : { refreshAt }) };
  if (isListed(storm)) return { state: { ...state, storm }, turn: { listed: 'yes' }, ...refresh };
  const { pace, at } = takeSlot(state.pace, 'thread', now);
  return { state: { pace, storm }, turn: { slotAt: at }, ...refresh };
}

/** What came of an attempt to post. Why it failed is written on the item. */
export type Attempt =
  | { readonly outcome: 'posted'; readonly ts: string }
  | { readonly outcome: 'wait'; readonly ms: Milliseconds }
  | { readonly outcome: 'failed' };

/**
 * Posts what the item stands for: the intent is written first, and an attempt of which the outcome is not known is looked for by our own id
 * before it is sent again, marked as re-sent.
 */
export async function attemptPost<T extends PostedOnce>(
  told: Stored<T>,
  build: (resent: 'yes' | undefined) => SlackMessage,
  services: TurnServices,
  shown: (told: T) => T = (value) => value,
): Promise<Attempt> {
  const now = services.now();
  const before = told.value.postingAt;
  if (before !== undefined && now - before < INTENT_MS) return { outcome: 'wait', ms: INTENT_MS - (now - before) };
  if (before !== undefined) {
    const found = await services.find(build(undefined), before);
    if (found.outcome === 'ok' && found.value) return posted(told, found.value.ts, services, shown);
  }
  const value = { ...told.value, postingAt: now, attempts: told.value.attempts + 1 };
  const intent = await services.transact([{ write: 'put', key: told.key, value, version: told.version }]);
  if (intent.outcome === 'conflict') return { outcome: 'wait', ms: 2_000 };
  const result = await services.post(build(before === undefined ? undefined : 'yes'));
  switch (result.outcome) {
    case 'ok':
      return posted(told, result.value.ts, services, shown);
    case 'rate-limited':
      await hush(told.value.channel, now + result.retryAfterMs, services);
      await forgetAttempt(told.key, services, undefined);
      return { outcome: 'wait', ms: result.retryAfterMs };
    case 'refused':
      return failedWith(told, `Slack refused the message (${result.code})`, 'no', services);
    case 'unreachable':
      return failedWith(told, result.why, result.mayHaveWorked, services);
  }
}

/**
 * Notes that something is said in a channel now without a turn, because somebody waits for it, so that `ping` leaves room behind it. Not
 * for the sake of it: while others keep changing the channel's turns they know of each other, and the question must not wait.
 */
export async function noteSpoken(
  channel: string,
  at: Instant,
  services: Pick<TurnServices, 'read' | 'transact'>,
): Promise<void> {
  for (let attempt = 0; attempt < 2; attempt += 1) {
    const there = await services.read<ChannelState>(channelKey(channel));
    const { pace, ...rest } = there?.value ?? CALM;
    const value = { ...rest, pace: spoken(pace, at) };
    const write = { write: 'put', key: channelKey(channel), value, version: there?.version ?? 0 } as const;
    if ((await services.transact([write])).outcome === 'committed') return;
  }
}

/** After a 429 the channel hands out no slot before the instant that Slack named. */
export async function hush(
  channel: string,
  until: Instant,
  services: Pick<TurnServices, 'read' | 'transact'>,
): Promise<void> {
  const quiet = (state: ChannelState = CALM): ChannelState => ({ ...state, pace: quietUntil(state.pace, until) });
  await changeItem<ChannelState>(channelKey(channel), quiet, services);
}

async function posted<T extends PostedOnce>(
  told: Stored<T>,
  ts: string,
  services: TurnServices,
  shown: (told: T) => T,
): Promise<Attempt> {
  const at = services.now();
  await changeItem<T>(told.key, (value) => value && shown(withoutAttempt({ ...value, ts, postedAt: at })), services);
  return { outcome: 'posted', ts };
}

async function failedWith<T extends PostedOnce>(
  told: Stored<T>,
  why: string,
  mayHaveWorked: 'yes' | 'no',
  services: TurnServices,
): Promise<Attempt> {
  if (mayHaveWorked === 'no') await forgetAttempt(told.key, services, why);
  else await changeItem<T>(told.key, (value) => value && { ...value, failure: why }, services);
  return { outcome: 'failed' };
}

async function forgetAttempt(key: Key, services: TurnServices, failure: string | undefined): Promise<void> {
  const change = (value: PostedOnce | undefined) => {
    if (!value) return undefined;
    const { postingAt: _, slotAt: __, ...rest } = value;
    return failure === undefined ? rest : { ...rest, failure };
  };
  await changeItem<PostedOnce>(key, change, services);
}

/** A message that arrived has no attempt, slot or failure any more. */
export function withoutAttempt<T extends PostedOnce>(told: T): T {
  const { postingAt: _, slotAt: __, failure: ___, ...rest } = told;
  return rest as T;
}
