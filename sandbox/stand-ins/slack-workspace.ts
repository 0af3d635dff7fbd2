import type { Policy } from '../../lambdas/core/policy.ts';
import type { Instant } from '../../lambdas/core/time.ts';

type Json = Readonly<Record<string, unknown>>;

/** A member of the workspace, as `users.info` tells. */
export interface SlackUser {
  readonly id: string;
  readonly name: string;
  readonly teamId: string;
  deleted: boolean;
  readonly isBot: boolean;
  /** Guests: multi-channel (`is_restricted`) or single-channel (`is_ultra_restricted`). */
  guest: 'no' | 'multi-channel' | 'single-channel';
}

export interface StoredMessage {
  readonly channel: string;
  readonly ts: string;
  text: string;
  blocks: readonly Json[];
  readonly threadTs?: string;
  metadata?: Json;
  /** Times at which it was updated. */
  readonly updatedAt: Instant[];
}

/** Shown to one person only, and gone with their next reload. */
export interface EphemeralMessage {
  readonly channel: string;
  readonly user: string;
  readonly text: string;
  readonly at: Instant;
}

export interface SlackChannel {
  readonly id: string;
  readonly name: string;
  readonly kind: 'channel' | 'direct';
  /** For a direct message, the person at the other end. */
  readonly user?: string;
  botIsMember: boolean;
  archived: boolean;
}

export interface OpenModal {
  readonly id: string;
  readonly user: string;
  hash: string;
  view: Json;
}

/** Everything the stand-in knows. Readable by whoever shows it; changed only by the methods and by people. */
export interface SlackWorkspace {
  readonly id: string;
  readonly botUser: string;
  readonly users: Map<string, SlackUser>;
  /** Slack user ids by user group id. */
  readonly userGroups: Map<string, Set<string>>;
  readonly channels: Map<string, SlackChannel>;
  readonly messages: StoredMessage[];
  readonly ephemerals: EphemeralMessage[];
  /** A person's open modals, the newest last. */
  readonly modals: OpenModal[];
  readonly homes: Map<string, Json>;
  readonly steps: Map<string, { state: 'running' | 'succeeded' | 'failed'; outputs?: Json; error?: string }>;
  readonly triggers: Map<string, { readonly user: string; readonly at: Instant; used: boolean }>;
  serial: number;
  /** When the last time stamp was given, and every one that was, in microseconds: none is given twice, though a clock is set back. */
  lastTs: { readonly at: Instant; readonly micros: number };
  readonly givenTs: Set<number>;
}

/** A workspace with the people, channels and user groups of the policy, and a channel where the app is not (`C00OTHER`). */
export function workspaceOf(policy: Policy, userGroups: Readonly<Record<string, readonly string[]>>): SlackWorkspace {
  const people = policy.people.flatMap(({ id, slack }) => (slack ? [user(slack, id.split('@')[0] ?? id, policy)] : []));
  const channels = [
    ...Object.values(policy.teams).map((team) => channel(team.channel, team.id)),
    channel(policy.cyber.channel, 'cyber'),
    { ...channel('C00OTHER', 'random'), botIsMember: false },
  ];
  const groups = Object.values(policy.groups).flatMap((group) =>
    group.kind === 'slack-user-group' ? [group.slackUserGroup] : [],
  );
  return {
    id: policy.slack.workspace,
    botUser: 'U00TWOEYE',
    users: new Map(people.map((each) => [each.id, each])),
    userGroups: new Map(groups.map((id) => [id, new Set(userGroups[id] ?? [])])),
    channels: new Map(channels.map((each) => [each.id, each])),
    messages: [],
    ephemerals: [],
    modals: [],
    homes: new Map(),
    steps: new Map(),
    triggers: new Map(),
    serial: 0,
    lastTs: { at: 0, micros: 0 },
    givenTs: new Set(),
  };
}

function user(id: string, name: string, policy: Policy): SlackUser {
  return { id, name, teamId: policy.slack.workspace, deleted: false, isBot: false, guest: 'no' };
}

function channel(id: string, name: string): SlackChannel {
  return { id, name, kind: 'channel', botIsMember: true, archived: false };
}

/**
 * A message's `ts`: its time in seconds with six decimals, unique, and rising as Slack's are while the clock does; where the clock was
 * set back, it goes back with it, since it is what people see as the time of the message.
 */
export function nextTs(workspace: SlackWorkspace, at: Instant): string {
  const { lastTs, givenTs } = workspace;
  let micros = at < lastTs.at ? at * 1000 : Math.max(at * 1000, lastTs.micros + 1);
  while (givenTs.has(micros)) micros += 1;
  givenTs.add(micros);
  workspace.lastTs = { at, micros };
  const text = String(micros).padStart(7, '0');
  return `${text.slice(0, -6)}.${text.slice(-6)}`;
}

export function nextId(workspace: SlackWorkspace, prefix: string): string {
  workspace.serial += 1;
  return `${prefix}${String(workspace.serial).padStart(8, '0')}`;
}

/** The direct message channel with a person, opened when there is none. */
export function directWith(workspace: SlackWorkspace, userId: string): SlackChannel | undefined {
  if (!workspace.users.has(userId)) return undefined;
  const id = `D${userId.slice(1)}`;
  const known = workspace.channels.get(id);
  if (known) return known;
  const direct: SlackChannel = { id, name: userId, kind: 'direct', user: userId, botIsMember: true, archived: false };
  workspace.channels.set(id, direct);
  return direct;
}
