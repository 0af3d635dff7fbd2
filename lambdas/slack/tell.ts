import { TwoEyeError } from '../core/errors.ts';
import type { PersonId, Policy } from '../core/policy.ts';
import type { SlackActor } from '../core/slack-job.ts';
import { type Message, section } from '../core/wording/blocks.ts';
import { callSlack, type PostedMessage, postMessage, type SlackResult, updateMessage } from '../edge/slack.ts';
import { readTold, writeTold } from '../edge/told-store.ts';

/** Shows a message about something once: a delivery that comes again finds it and changes that one. */
export async function show(
  about: string,
  where: string,
  channel: string,
  message: Message,
  threadTs?: string,
): Promise<PostedMessage> {
  const { value, version } = await readTold<Partial<PostedMessage>>(about, where);
  if (value?.channel !== undefined && value.ts !== undefined) {
    const posted = { channel: value.channel, ts: value.ts };
    took(await updateMessage(posted, message));
    return posted;
  }
  const id = `${about}/${where}`;
  const posted = took(await postMessage({ channel, id, ...message, ...(threadTs && { threadTs }) }));
  const told = { channel: posted.channel, ts: posted.ts };
  await writeTold(about, where, { ...value, ...told }, version);
  return told;
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
