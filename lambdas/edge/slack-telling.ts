import { createHash } from 'node:crypto';
import type { Finding } from '../core/finding.ts';
import type { VerdictMessage } from '../core/messages.ts';
import type { Policy, Rota } from '../core/policy.ts';
import { newer } from '../core/telling/progress.ts';
import type { ChannelState } from '../core/telling/storm.ts';
import {
  incidentOf,
  type PageState,
  type PostedOnce,
  type ToldIncident,
  type ToldInSlack,
} from '../core/telling/told.ts';
import { HOUR_MS, type Instant, MINUTE_MS } from '../core/time.ts';
import type { Message } from '../core/wording/blocks.ts';
import { findingMessage, foldedMessage } from '../core/wording/finding-message.ts';
import type { PageShown } from '../core/wording/finding-progress.ts';
import { nameOf, targetTitle } from '../core/wording/names.ts';
import { stormMessage } from '../core/wording/storm-message.ts';
import type { writeMetric } from './metric.ts';
import {
  attemptPost,
  changeItem,
  channelKey,
  hush,
  reserve,
  type Turn,
  type TurnServices,
  withoutAttempt,
} from './slack-turn.ts';
import type { Stored, Write } from './table.ts';
import { type Key, timerKey, toldKey } from './table-keys.ts';

export interface TellingServices extends TurnServices {
  readonly policy: Policy;
  /** Says on the verdicts topic that Slack failed, so that a page and an e-mail go out. */
  readonly trouble: (message: VerdictMessage, why: string) => Promise<void>;
  readonly metric: typeof writeMetric;
}

/** One channel in which a finding is told. */
export interface Spot {
  readonly key: Key;
  readonly channel: string;
}

const DELIVERED_WITHIN_MS = 5 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** So long a folded finding waits for the message in whose thread it belongs; then it is shown by itself. */
const ROOT_WITHIN_MS = 3 * MINUTE_MS;

/** The team's channel and cyber's, which sees every finding; one of them where they are the same. */
export function spotsOf(
  finding: Pick<Finding, 'id' | 'team'>,
  policy: Pick<Policy, 'teams' | 'cyber'>,
): readonly Spot[] {
  const team = policy.teams[finding.team]?.channel;
  const cyber = { key: toldKey(finding.id, 'slack#cyber'), channel: policy.cyber.channel };
  if (team === undefined || team === cyber.channel) return [{ ...cyber, key: toldKey(finding.id, 'slack') }];
  return [{ key: toldKey(finding.id, 'slack'), channel: team }, cyber];
}

/** Brings what a channel shows of a finding up to what the message says: posts it in its turn, or updates it. Throws `dependency_failed` when Slack fails. */
export async function tellFinding(
  spot: Spot,
  message: VerdictMessage,
  finding: Finding,
  services: TellingServices,
): Promise<Turn | 'failed'> {
  const told = await note(spot, message, finding, services);
  if (told.value.moot || told.value.listed) return 'done';
  return told.value.ts === undefined ? show(told, services) : refresh(told, services);
}

/** Remembers the newest of what arrived. The first time a timer is planned with it, which sees to it that it is said. */
async function note(
  spot: Spot,
  message: VerdictMessage,
  finding: Finding,
  services: TellingServices,
): Promise<Stored<ToldInSlack>> {
  const { trouble: _, reminder: __, ...lasting } = message;
  const now = services.now();
  const merged = (told: ToldInSlack | undefined): ToldInSlack | undefined => {
    if (!told) return firstNote(spot, lasting, finding, now);
    const newest = newer(told.message, lasting);
    if (JSON.stringify(newest) === JSON.stringify(told.message)) return undefined;
    return { ...told, message: newest };
  };
  const stored = await changeItem<ToldInSlack>(spot.key, merged, services, (told) => timersOf(told, now));
  return stored as Stored<ToldInSlack>;
}

/** When a finding is first noted: that it is delivered. When it is in hand: that it is closed within a day. */
function timersOf(told: ToldInSlack, now: Instant): readonly Write[] {
  const { ledger: about, id, state } = findingOf(told);
  const delivered = { dueAt: told.firstAt + DELIVERED_WITHIN_MS, what: 'delivered', about, id } as const;
  const first: readonly Write[] =
    told.firstAt === now && told.attempts === 0 ? [{ write: 'put', key: timerKey(delivered), value: delivered }] : [];
  if (state !== 'acknowledged') return first;
  const since = findingOf(told).words.find(({ kind }) => kind === 'acknowledged')?.at ?? now;
  const inHand = { dueAt: since + DAY_MS, what: 'still-acknowledged', about, id } as const;
  return [...first, { write: 'put', key: timerKey(inHand), value: inHand }];
}

function firstNote(spot: Spot, message: VerdictMessage, finding: Finding, now: number): ToldInSlack {
  const isMoot =
    finding.state === 'closed' && (finding.closedAs === 'matched-later' || finding.closedAs === 'duplicate');
  return { channel: spot.channel, message, attempts: 0, firstAt: now, folded: 0, ...(isMoot ? { moot: 'yes' } : {}) };
}

/** Shows it for the first time, in its turn. What closed by itself before its turn came need not be shown. */
async function show(noted: Stored<ToldInSlack>, services: TellingServices): Promise<Turn | 'failed'> {
  const finding = findingOf(noted.value);
  if (finding.closedAs === 'matched-later' || finding.closedAs === 'duplicate') {
    await changeItem<ToldInSlack>(noted.key, (told) => told && { ...told, moot: 'yes' }, services);
    return 'done';
  }
  const told = await placed(noted, finding, services);
  if (told.value.listed) return 'done';
  // Another run has shown it since it was noted here.
  if (told.value.ts !== undefined) return refresh(told, services);
  const wait = (told.value.slotAt ?? 0) - services.now();
  if (wait > 0) return comeBack(told.value, wait, services);
  const thread = await threadOf(told.value, services);
  if (thread === 'not-yet') return comeBack(told.value, 5_000, services);
  return post(told, thread, services);
}

async function placed(
  noted: Stored<ToldInSlack>,
  finding: Finding,
  services: TellingServices,
): Promise<Stored<ToldInSlack>> {
  if (finding.foldsInto !== undefined && finding.foldsInto !== finding.id) {
    const root = finding.foldsInto;
    await changeItem<ToldInSlack>(
      noted.key,
      (told) => (told && !told.place ? { ...told, place: { in: 'finding', root } } : undefined),
      services,
    );
    return reserve<ToldInSlack>(noted.key, 'thread', services);
  }
  const kind = `${nameOf(finding.actor)} on ${targetTitle(services.policy, finding.target)}`;
  return reserve<ToldInSlack>(noted.key, 'top', services, {
    kind,
    placed: (told, storm) => ({ ...told, place: storm ? { in: 'summary', storm } : { in: 'channel' } }),
  });
}

/** Time stamp of the message in whose thread it is shown; undefined for the channel itself. */
async function threadOf(told: ToldInSlack, services: TellingServices): Promise<string | undefined | 'not-yet'> {
  const { place } = told;
  if (!place || place.in === 'channel') return undefined;
  const key = place.in === 'finding' ? sameSpot(told, place.root, services) : toldKey(place.storm, 'slack');
  const root = await services.read<ToldInSlack>(key);
  const ts = root?.value.threadTs ?? root?.value.ts;
  if (ts !== undefined) return ts;
  return services.now() - told.firstAt > ROOT_WITHIN_MS ? undefined : 'not-yet';
}

/** The item of another finding for the same channel. */
function sameSpot(told: ToldInSlack, finding: string, services: TellingServices): Key {
  const team = findingOf(told).team;
  const spots = spotsOf({ id: finding, team }, services.policy);
  return (spots.find(({ channel }) => channel === told.channel) ?? spots[0])?.key ?? toldKey(finding, 'slack');
}

async function post(
  told: Stored<ToldInSlack>,
  threadTs: string | undefined,
  services: TellingServices,
): Promise<Turn | 'failed'> {
  const { channel } = told.value;
  const pages = await pagesOf(findingOf(told.value), services);
  const build = (resent: 'yes' | undefined) => ({
    channel,
    ...render(told.value, pages, services, services.now(), resent),
    ...(threadTs === undefined ? {} : { threadTs }),
    id: idOf(told.key),
  });
  const shown = digest(render(told.value, pages, services, told.value.firstAt));
  const attempt = await attemptPost(told, build, services, (value) => ({
    ...value,
    shown,
    ...(threadTs === undefined ? {} : { threadTs }),
  }));
  if (attempt.outcome === 'wait') return comeBack(told.value, attempt.ms, services);
  if (attempt.outcome === 'posted') {
    const now = services.now();
    services.metric('TimeToTell', Math.max(0, now - findingOf(told.value).occurredAt) / 1_000, 'Seconds', {}, now);
    return counted(told.value, services);
  }
  return 'failed';
}

/** Counts a finding that is now in another one's thread, and lets that one say so. */
async function counted(told: ToldInSlack, services: TellingServices): Promise<Turn> {
  if (told.place?.in !== 'finding') return 'done';
  const key = sameSpot(told, told.place.root, services);
  const root = await changeItem<ToldInSlack>(key, (value) => value && { ...value, folded: value.folded + 1 }, services);
  if (root?.value.ts !== undefined) await services.later(root.value.message, 5_000);
  return 'done';
}

/** Updates what is shown when it says something else than it should. A refused update cannot be helped: the message is gone or too old. */
async function refresh(told: Stored<ToldInSlack>, services: TellingServices): Promise<Turn | 'failed'> {
  const pages = await pagesOf(findingOf(told.value), services);
  const shown = digest(render(told.value, pages, services, told.value.firstAt));
  if (shown === told.value.shown) return 'done';
  const turn = await reserve<ToldInSlack>(told.key, 'notice', services);
  const wait = (turn.value.slotAt ?? 0) - services.now();
  if (wait > 0) return comeBack(told.value, wait, services);
  const { channel, ts = '' } = turn.value;
  const result = await services.update(
    { channel, ts },
    { ...render(turn.value, pages, services, services.now()), id: idOf(told.key) },
  );
  if (result.outcome === 'rate-limited') {
    await hush(channel, services.now() + result.retryAfterMs, services);
    await changeItem<ToldInSlack>(told.key, (value) => value && withoutAttempt(value), services);
    return comeBack(told.value, result.retryAfterMs, services);
  }
  if (result.outcome === 'unreachable') return 'failed';
  const current = digest(render(turn.value, pages, services, turn.value.firstAt));
  await changeItem<ToldInSlack>(told.key, (value) => value && { ...withoutAttempt(value), shown: current }, services);
  return 'done';
}

/** A line in the thread of a finding that people wait for: that it was closed, that its page failed. Said once. */
export async function tellInThread(
  spot: Spot,
  name: string,
  message: Message,
  about: VerdictMessage,
  services: TellingServices,
  broadcast?: 'yes',
): Promise<Turn | 'failed'> {
  const root = await services.read<ToldInSlack>(spot.key);
  // That one of thousands was closed is on record; that a page failed, or that it is still open, is said in the summary's thread.
  if (root?.value.moot || (root?.value.listed && name === 'closed')) return 'done';
  const top = root?.value.listed ? await summaryOf(root.value, services) : { key: spot.key, told: root?.value };
  const threadTs = top.told?.threadTs ?? top.told?.ts;
  if (threadTs === undefined) return later(about, 5_000, services);
  return sayOnce(
    { ...top.key, sk: `${top.key.sk}#${name}` },
    { channel: spot.channel, ...message, threadTs, ...(broadcast && { broadcast }) },
    about,
    services,
  );
}

async function summaryOf({ place }: ToldInSlack, services: TellingServices) {
  const key = toldKey(place?.in === 'summary' ? place.storm : '', 'slack');
  return { key, told: (await services.read<PostedOnce>(key))?.value };
}

/** Posts something once, in its turn; `work` comes back when the turn is later. */
export async function sayOnce(
  key: Key,
  message: Message & { readonly channel: string; readonly threadTs?: string; readonly broadcast?: 'yes' },
  work: Parameters<TurnServices['later']>[0],
  services: TurnServices,
): Promise<Turn | 'failed'> {
  const fresh: PostedOnce = { channel: message.channel, attempts: 0 };
  const told = await changeItem<PostedOnce>(key, (value) => (value ? undefined : fresh), services);
  if (told?.value.ts !== undefined) return 'done';
  const turn = await reserve<PostedOnce>(key, 'notice', services);
  if (turn.value.ts !== undefined) return 'done';
  const wait = (turn.value.slotAt ?? 0) - services.now();
  if (wait > 0) return later(work, wait, services);
  const again = (resent: 'yes' | undefined) => ({
    ...message,
    text: resent ? `Re-sent. ${message.text}` : message.text,
    id: idOf(key),
  });
  const attempt = await attemptPost(turn, again, services);
  if (attempt.outcome === 'wait') return later(work, attempt.ms, services);
  return attempt.outcome === 'posted' ? 'done' : 'failed';
}

/** Posts a storm's summary, or makes it anew. */
export async function tellSummary(channel: string, storm: string, services: TellingServices): Promise<Turn | 'failed'> {
  const state = await services.read<ChannelState>(channelKey(channel));
  if (state?.value.storm?.id !== storm) return 'done';
  const key = toldKey(storm, 'slack');
  const message = stormMessage(state.value.storm, services.policy.cyber.hours.timeZone);
  const told = await services.read<PostedOnce>(key);
  const work = { twoEye: 'summary', channel, storm } as const;
  if (told?.value.ts === undefined) return sayOnce(key, { channel, ...message }, work, services);
  const result = await services.update({ channel, ts: told.value.ts }, message);
  if (result.outcome === 'rate-limited') return later(work, result.retryAfterMs, services);
  return result.outcome === 'unreachable' ? 'failed' : 'done';
}

function findingOf(told: ToldInSlack): Finding {
  return told.message.finding as Finding;
}

function render(
  told: ToldInSlack,
  pages: readonly PageShown[],
  { policy }: TellingServices,
  at: number,
  resent?: 'yes',
): Message {
  const [action, ...others] = told.message.actions;
  const view = {
    finding: findingOf(told),
    others,
    at,
    pages,
    folded: told.folded,
    ...(action && { action }),
    ...(resent && { resent }),
  };
  return told.place?.in === 'finding' ? foldedMessage(view, policy) : findingMessage(view, policy);
}

function digest(message: Message): string {
  return createHash('sha256').update(JSON.stringify(message)).digest('base64url').slice(0, 22);
}

/** What `page` recorded of the finding's incident, as the message shows it. */
async function pagesOf(finding: Finding, services: TellingServices): Promise<readonly PageShown[]> {
  if (finding.urgency !== 'page') return [];
  const pointer = await services.read<{ readonly incident: string }>(toldKey(finding.id, 'page'));
  const about = pointer?.value.incident ?? incidentOf(finding.dedupKey);
  const incident = await services.read<ToldIncident>(toldKey(about, 'pagerduty'));
  const pages = Object.entries(incident?.value.pages ?? {}) as [Rota, PageState][];
  return pages.flatMap(([rota, page]) => shownPage(rota, page));
}

function shownPage(rota: Rota, { state, at, why }: PageState): readonly PageShown[] {
  if (state === 'sending') return [];
  const shown = state === 'resolving' ? 'resolved' : state;
  return [{ rota, state: shown, at, ...(why === undefined ? {} : { why }) }];
}

function idOf(key: Key): string {
  return `${key.pk}#${key.sk}`;
}

function comeBack(told: ToldInSlack, ms: number, services: TurnServices): Promise<'later'> {
  return later(told.message, ms, services);
}

async function later(work: Parameters<TurnServices['later']>[0], ms: number, services: TurnServices): Promise<'later'> {
  await services.later(work, ms);
  return 'later';
}
