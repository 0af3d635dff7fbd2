import { TwoEyeError } from '../core/errors.ts';
import type { PersonId } from '../core/policy.ts';
import type { SlackActor } from '../core/slack-job.ts';
import { INTENT_MS } from '../core/telling/attempt.ts';
import type { Instant } from '../core/time.ts';
import { type Message, section } from '../core/wording/blocks.ts';
import type { PostedMessage, SlackMessage, SlackResult } from '../edge/slack.ts';
import { hush, noteSpoken } from '../edge/slack-turn.ts';
import type { SlackWorkServices } from './services.ts';

/**
 * Shows a message about something once: a delivery that comes again finds it and changes that one. One that somebody has deleted is
 * posted anew. Rejects with `dependency_failed` while another run may be about to post it.
 */
export async function show(
  about: string,
  where: string,
  channel: string,
  message: Message,
  services: SlackWorkServices,
  threadTs?: string,
): Promise<PostedMessage> {
  const { value, version } = await services.readTold<Shown>(about, where);
  const note = (told: Shown, after: number) => services.writeTold(about, where, told, after);
  const sent = { channel, id: `${about}/${where}`, ...message, ...(threadTs && { threadTs }) };
  const known = postedIn(value);
  const there = known ?? (await lost(sent, value, services));
  if (there !== undefined && (await changed(there, message, services))) {
    if (known === undefined) await note(there, version);
    return there;
  }
  // Noted before it is posted: of a run that dies in between, or gets no answer, the next one looks whether it is there.
  const { outcome } = await note({ triedAt: services.now() }, version);
  if (outcome === 'changed') throw inTheMiddle();
  if (isChannel(channel)) await noteSpoken(channel, services.now(), services);
  const result = await services.postMessage(sent);
  if (result.outcome === 'rate-limited' && isChannel(channel))
    await hush(channel, services.now() + result.retryAfterMs, services);
  // What is certainly not there need not be looked for.
  if (result.outcome !== 'ok' && !(result.outcome === 'unreachable' && result.mayHaveWorked === 'yes'))
    await note({}, version + 1);
  const { channel: its, ts } = took(result);
  await note({ channel: its, ts }, version + 1);
  return { channel: its, ts };
}

/** What is noted of a message: where it is, or since when it may be there without our knowing. */
interface Shown extends Partial<PostedMessage> {
  readonly triedAt?: Instant;
}

/**
 * A message that may have been posted without our knowing: looked for by our own id. Where we may not look it is posted once more; while
 * Slack does not answer this either, or a run may be in the middle of posting it, `dependency_failed`.
 */
async function lost(
  message: SlackMessage,
  told: Shown | undefined,
  services: SlackWorkServices,
): Promise<PostedMessage | undefined> {
  if (told?.triedAt === undefined) return undefined;
  const found = await services.findMessage(message, told.triedAt);
  const there = found.outcome === 'refused' ? undefined : took(found);
  if (there === undefined && services.now() < told.triedAt + INTENT_MS) throw inTheMiddle();
  return there;
}

function inTheMiddle(): TwoEyeError {
  return new TwoEyeError('dependency_failed', 'Another run may be in the middle of posting the same message.');
}

/** Changes a message that was shown before; one that never was, or that somebody has deleted, is left at that. */
export async function showAgain(
  about: string,
  where: string,
  message: Message,
  services: SlackWorkServices,
): Promise<void> {
  const there = postedIn((await services.readTold<Partial<PostedMessage>>(about, where)).value);
  if (there !== undefined) await changed(there, message, services);
}

/** Whether it was said, as far as Slack told us. */
export async function isTold(about: string, where: string, services: SlackWorkServices): Promise<boolean> {
  return postedIn((await services.readTold<Shown>(about, where)).value) !== undefined;
}

function postedIn(told: Partial<PostedMessage> | undefined): PostedMessage | undefined {
  const { channel, ts } = told ?? {};
  return channel === undefined || ts === undefined ? undefined : { channel, ts };
}

/** False when the message is not there any more. */
async function changed(there: PostedMessage, message: Message, services: SlackWorkServices): Promise<boolean> {
  const result = await services.updateMessage(there, message);
  if (result.outcome === 'refused' && result.code === 'message_not_found') return false;
  took(result);
  return true;
}

/** Direct messages are addressed to a user or to a `D…`; nobody else speaks there. */
function isChannel(channel: string): boolean {
  return /^[CG]/.test(channel);
}

/** Tells a person by direct message, once for each `what`. Somebody without a Slack id cannot be told, which is no failure. */
export async function tellOnce(
  about: string,
  what: string,
  person: PersonId,
  message: Message,
  services: SlackWorkServices,
): Promise<void> {
  const user = services.policy.people.find(({ id }) => id === person)?.slack;
  if (!user) return;
  const where = `slack-dm#${user}#${what}`;
  if (!(await isTold(about, where, services))) await show(about, where, user, message, services);
}

/** A reply that only they see: in the channel where they acted, else as a direct message. */
export async function whisper({ user, channel }: SlackActor, text: string, services: SlackWorkServices): Promise<void> {
  if (channel && !channel.startsWith('D')) {
    const result = await services.callSlack('chat.postEphemeral', { channel, user, text });
    if (result.outcome === 'ok') return;
  }
  took(await services.postMessage({ channel: user, text }));
}

/** A message of one paragraph. */
export function words(text: string): Message {
  return { text, blocks: [section(text)] };
}

/** The value, or `dependency_failed`, so that the queue brings the work again. */
export function took<T>(result: SlackResult<T>): T {
  if (result.outcome === 'ok') return result.value;
  const why =
    result.outcome === 'refused' ? result.code : result.outcome === 'unreachable' ? result.why : 'too many calls';
  throw new TwoEyeError('dependency_failed', `Slack did not take a message: ${why}.`);
}
