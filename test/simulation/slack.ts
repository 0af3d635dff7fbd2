import { SECOND_MS } from '../../lambdas/core/time.ts';
import type {
  callSlack,
  findMessage,
  postMessage,
  SlackMessage,
  SlackResult,
  updateMessage,
} from '../../lambdas/edge/slack.ts';
import type { LightAnswer } from '../../lambdas/edge/slack-light.ts';
import { METHODS } from '../../sandbox/stand-ins/slack-methods.ts';
import { type SlackUser, workspaceOf } from '../../sandbox/stand-ins/slack-workspace.ts';
import type { Random } from './random.ts';
import type { Faults, Life, scheduler } from './scheduler.ts';
import { POLICY } from './story.ts';

const CYBER = { S01CYBER: ['U01BEN'] };
/** Two whom the policy does not know: a member of the workspace, and a guest. */
const OTHERS = [
  ['U01EVE', 'no'],
  ['U01GUEST', 'multi-channel'],
] as const;

/**
 * Slack as `ping`, `slack-work` and `on-slack` know it: it may refuse for a while, take a message and not answer, or be out of reach; what
 * it does not take, it refuses here too.
 */
export function simulatedSlack(clock: ReturnType<typeof scheduler>, random: Random, faults: Faults) {
  const workspace = workspaceOf(POLICY, CYBER);
  for (const [id, guest] of OTHERS) workspace.users.set(id, stranger(id, guest));
  const messages = new Map<string, SlackMessage>();
  const fate = () => (random.chance(faults.rate) ? random.pick(['lost', 'away', 'busy'] as const) : 'fine');
  const asked = (method: string, args: Readonly<Record<string, unknown>>) =>
    METHODS[method]?.(workspace, args, clock.now()) ?? { ok: false, error: 'unknown_method' };
  const post: typeof postMessage = async (message) => {
    const how = fate();
    if (how === 'away') return { outcome: 'unreachable', why: 'it is away in the simulation', mayHaveWorked: 'no' };
    if (how === 'busy') return { outcome: 'rate-limited', retryAfterMs: 30 * SECOND_MS };
    const { channel, text, blocks = [], threadTs } = message;
    const { ok: taken, error, ts } = asked('chat.postMessage', { channel, text, blocks, thread_ts: threadTs });
    if (!taken) return { outcome: 'refused', code: String(error) };
    messages.set(String(ts), message);
    if (how === 'lost') return { outcome: 'unreachable', why: 'the answer was lost', mayHaveWorked: 'yes' };
    return { outcome: 'ok', value: { channel, ts: String(ts) } };
  };
  const update: typeof updateMessage = async (posted, message) => {
    if (fate() !== 'fine') return { outcome: 'unreachable', why: 'it is away in the simulation', mayHaveWorked: 'no' };
    const { text, blocks = [] } = message;
    const { ok: taken, error } = asked('chat.update', { ...posted, text, blocks });
    if (!taken) return { outcome: 'refused', code: String(error) };
    messages.set(posted.ts, { ...messages.get(posted.ts), channel: posted.channel, ...message });
    return { outcome: 'ok', value: posted };
  };
  const find: typeof findMessage = async ({ channel, id, threadTs }) => {
    // What a person is told directly has a channel of its own, of which only who has posted knows.
    if (channel.startsWith('U')) return { outcome: 'refused', code: 'channel_not_found' };
    for (const [ts, one] of [...messages].reverse())
      if (one.channel === channel && one.id === id && one.threadTs === threadTs)
        return { outcome: 'ok', value: { channel, ts } };
    return { outcome: 'ok', value: undefined };
  };
  /** Everything else that `slack-work` calls. */
  const other = async (method: string, args: Readonly<Record<string, unknown>>): Promise<SlackResult<unknown>> => {
    if (fate() !== 'fine') return { outcome: 'unreachable', why: 'it is away in the simulation', mayHaveWorked: 'no' };
    const { ok: taken, error, ...value } = asked(method, args);
    return taken ? { outcome: 'ok', value } : { outcome: 'refused', code: String(error) };
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
      /** As `on-slack` calls it, for which a failure is an answer. */
      light: (method: string, args: Readonly<Record<string, unknown>>): Promise<LightAnswer> =>
        clock
          .call(
            life,
            () => asked(method, args),
            'Slack',
            () => `calls ${method}`,
          )
          .then(
            (answer) => answer as LightAnswer,
            () => ({ ok: false, error: 'unreachable: the simulation' }),
          ),
    };
  };
  /** Puts a message there, or changes it, without asking anybody. */
  const place = (ts: string, channel: string, blocks: readonly object[]) => {
    messages.set(ts, { channel, text: '', blocks });
    const shown = workspace.messages.find((each) => each.ts === ts);
    const asJson = blocks as readonly Readonly<Record<string, unknown>>[];
    if (shown) shown.blocks = asJson;
    else workspace.messages.push({ channel, ts, text: '', blocks: asJson, updatedAt: [] });
  };
  return { workspace, messages, place, through };
}

function stranger(id: string, guest: SlackUser['guest']): SlackUser {
  return { id, name: id, teamId: POLICY.slack.workspace, deleted: false, isBot: false, guest };
}
