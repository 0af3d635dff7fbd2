import { TwoEyeError } from '../core/errors.ts';
import type { PersonId, Policy } from '../core/policy.ts';
import type { SlackActor } from '../core/slack-job.ts';
import { type Message, section } from '../core/wording/blocks.ts';
import { now } from '../edge/clock.ts';
import { callSlack, type PostedMessage, postMessage, type SlackResult, updateMessage } from '../edge/slack.ts';
import { hush, noteSpoken } from '../edge/slack-turn.ts';
import { read, transact } from '../edge/table.ts';
import { readTold, writeTold } from '../edge/told-store.ts';

/**
 * Shows a message about something once: a delivery that comes again finds it and changes that one. One that somebody has deleted is
 * posted anew.
 */
export async function show(
  about: string,
  where: string,
  channel: string,
  message: Message,
  threadTs?: string,
): Promise<PostedMessage> {
  const { value, version } = await readTold<Partial<PostedMessage>>(about, where);
  const there = postedIn(value);
  if (there !== undefined && (await changed(there, message))) return there;
  if (isChannel(channel)) await noteSpoken(channel, now(), { read, transact });
  const result = await postMessage({ channel, id: `${about}/${where}`, ...message, ...(threadTs && { threadTs }) });
  if (result.outcome === 'rate-limited' && isChannel(channel))
    await hush(channel, now() + result.retryAfterMs, { read, transact });
  const posted = took(result);
  const told = { channel: posted.channel, ts: posted.ts };
  await writeTold(about, where, { ...value, ...told }, version);
  return told;
}

/** Changes a message that was shown before; one that never was, or that somebody has deleted, is left at that. */
export async function showAgain(about: string, where: string, message: Message): Promise<void> {
  const there = postedIn((await readTold<Partial<PostedMessage>>(about, where)).value);
  if (there !== undefined) await changed(there, message);
}

function postedIn(told: Partial<PostedMessage> | undefined): PostedMessage | undefined {
  const { channel, ts } = told ?? {};
  return channel === undefined || ts === undefined ? undefined : { channel, ts };
}

/** False when the message is not there any more. */
async function changed(there: PostedMessage, message: Message): Promise<boolean> {
  const result = await updateMessage(there, message);
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
  policy: Policy,
): Promise<void> {
  const user = policy.people.find(({ id }) => id === person)?.slack;
  if (!user) return;
  const where = `slack-dm#${user}#${what}`;
  if ((await readTold(about, where)).value === undefined) await show(about, where, user, message);
}

/** A reply that only they see: in the channel where they acted, else as a direct message. */
export async function whisper({ user, channel }: SlackActor, text: string): Promise<void> {
  if (channel && !channel.startsWith('D')) {
    const result = await callSlack('chat.postEphemeral', { channel, user, text });
    if (result.outcome === 'ok') return;
  }
  took(await postMessage({ channel: user, text }));
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
