import type { findMessage, postMessage, SlackMessage, SlackResult, updateMessage } from '../../lambdas/edge/slack.ts';

export interface Posted extends SlackMessage {
  readonly ts: string;
  readonly at: number;
  readonly edits: number;
}

/** How Slack answers. `lost`: the message is there, the answer is not. */
export type SlackMood = 'fine' | 'down' | 'lost' | '429' | 'archived' | 'html';

/** Slack's channels in memory, with the same answers as the edge gives: for scenarios on a virtual clock. */
export function slackChannels(now: () => number) {
  const messages: Posted[] = [];
  const world = {
    mood: 'fine' as SlackMood,
    searchable: true,
    /** Channels that are archived, whatever the mood. */
    archived: new Set<string>(),
    messages,
    calls: [] as { readonly at: number; readonly channel: string }[],
  };
  const refused = (channel: string): SlackResult<never> | undefined => {
    if (world.archived.has(channel)) return { outcome: 'refused', code: 'is_archived' };
    if (world.mood === 'down')
      return { outcome: 'unreachable', why: 'Slack could not be reached (ECONNREFUSED)', mayHaveWorked: 'no' };
    if (world.mood === 'html')
      return { outcome: 'unreachable', why: 'Slack answered something that is not JSON', mayHaveWorked: 'yes' };
    if (world.mood === '429') return { outcome: 'rate-limited', retryAfterMs: 30_000 };
    if (world.mood === 'archived') return { outcome: 'refused', code: 'is_archived' };
    return undefined;
  };
  const post: typeof postMessage = async (message) => {
    const no = refused(message.channel);
    if (no) return no;
    const ts = `${Math.floor(now() / 1000)}.${String(messages.length).padStart(6, '0')}`;
    messages.push({ ...message, ts, at: now(), edits: 0 });
    world.calls.push({ at: now(), channel: message.channel });
    if (world.mood === 'lost')
      return { outcome: 'unreachable', why: 'Slack did not answer within 4 seconds', mayHaveWorked: 'yes' };
    return { outcome: 'ok', value: { channel: message.channel, ts } };
  };
  const update: typeof updateMessage = async (posted, message) => {
    const no = refused(posted.channel);
    if (no) return no;
    const index = messages.findIndex(({ ts }) => ts === posted.ts);
    const before = messages[index];
    if (!before) return { outcome: 'refused', code: 'message_not_found' };
    messages[index] = { ...before, ...message, edits: before.edits + 1 };
    return { outcome: 'ok', value: posted };
  };
  const find: typeof findMessage = async ({ channel, id, threadTs }) => {
    if (!world.searchable) return { outcome: 'refused', code: 'missing_scope' };
    const found = messages.find((each) => each.channel === channel && each.id === id && each.threadTs === threadTs);
    return { outcome: 'ok', value: found && { channel, ts: found.ts } };
  };
  return Object.assign(world, { post, update, find });
}
