import { SECOND_MS } from '../../lambdas/core/time.ts';
import type {
  callSlack,
  findMessage,
  postMessage,
  SlackMessage,
  SlackResult,
  updateMessage,
} from '../../lambdas/edge/slack.ts';
import type { Random } from './random.ts';
import type { Faults, Life, scheduler } from './scheduler.ts';

/** A message that one person alone sees. */
export interface Whisper {
  readonly user: string;
  readonly text: string;
}

const GUEST = 'U01GUEST';
const CYBER = ['U01BEN'];

/** Slack as `ping` and `slack-work` know it: it may refuse for a while, take a message and not answer, or be out of reach. */
export function simulatedSlack(clock: ReturnType<typeof scheduler>, random: Random, faults: Faults) {
  const messages = new Map<string, SlackMessage>();
  const whispers: Whisper[] = [];
  const fate = () => (random.chance(faults.rate) ? random.pick(['lost', 'away', 'busy'] as const) : 'fine');
  const post: typeof postMessage = async (message) => {
    const how = fate();
    if (how === 'away') return { outcome: 'unreachable', why: 'it is away in the simulation', mayHaveWorked: 'no' };
    if (how === 'busy') return { outcome: 'rate-limited', retryAfterMs: 30 * SECOND_MS };
    const ts = `${clock.now()}.${messages.size}`;
    messages.set(ts, message);
    if (how === 'lost') return { outcome: 'unreachable', why: 'the answer was lost', mayHaveWorked: 'yes' };
    return { outcome: 'ok', value: { channel: message.channel, ts } };
  };
  const update: typeof updateMessage = async (posted, message) => {
    if (fate() !== 'fine') return { outcome: 'unreachable', why: 'it is away in the simulation', mayHaveWorked: 'no' };
    const before = messages.get(posted.ts);
    if (before === undefined) return { outcome: 'refused', code: 'message_not_found' };
    messages.set(posted.ts, { ...before, ...message });
    return { outcome: 'ok', value: posted };
  };
  const find: typeof findMessage = async ({ channel, id, threadTs }) => {
    for (const [ts, one] of [...messages].reverse())
      if (one.channel === channel && one.id === id && one.threadTs === threadTs)
        return { outcome: 'ok', value: { channel, ts } };
    return { outcome: 'ok', value: undefined };
  };
  /** Everything else that `slack-work` calls. */
  const other = async (method: string, args: Readonly<Record<string, unknown>>): Promise<SlackResult<unknown>> => {
    if (fate() !== 'fine') return { outcome: 'unreachable', why: 'it is away in the simulation', mayHaveWorked: 'no' };
    const user = String(args.user);
    if (method === 'users.info')
      return { outcome: 'ok', value: { user: { id: user, team_id: 'T01GDS', is_restricted: user === GUEST } } };
    if (method === 'usergroups.users.list') return { outcome: 'ok', value: { users: CYBER } };
    if (method === 'chat.postEphemeral') whispers.push({ user, text: String(args.text) });
    return { outcome: 'ok', value: {} };
  };
  /** As a function is given it: it may die before or after any call. */
  const through = (life: Life) => {
    const call = async <T>(act: () => Promise<T>, what: () => string): Promise<T> =>
      (await clock.call(life, () => ({ act: act() }), 'Slack', what)).act;
    return {
      post: ((message) =>
        call(
          () => post(message),
          () => `posts in ${message.channel}: ${message.text}`,
        )) as typeof postMessage,
      update: ((posted, message) =>
        call(
          () => update(posted, message),
          () => `updates ${posted.ts} in ${posted.channel}: ${message.text}`,
        )) as typeof updateMessage,
      call: ((method, args) =>
        call(
          () => other(method, args),
          () => `calls ${method} ${JSON.stringify(args)}`,
        )) as typeof callSlack,
      find: ((message, since) =>
        call(
          () => find(message, since),
          () => `looks for ${message.id} in ${message.channel}`,
        )) as typeof findMessage,
    };
  };
  return { messages, whispers, through };
}
