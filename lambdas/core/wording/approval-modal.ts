import { LONGEST_REASON, SHORTEST_REASON } from '../ask-check.ts';
import type { Policy, Target } from '../policy.ts';
import { targetAccount } from '../target-account.ts';
import { MINUTE_MS } from '../time.ts';
import { type Block, plain } from './blocks.ts';
import { plainText } from './escape.ts';
import { accountName } from './names.ts';

/** A modal as `views.open` takes it. Titles are at most 24 characters. */
export type Modal = Block & { readonly type: 'modal' };

type FormPolicy = Pick<Policy, 'targets' | 'teams' | 'accounts'>;

/** The form of a request. The account stands beside each target, so that nobody types a wrong one; who may confirm is asked of us when the list opens. */
export function askModal(targets: readonly Target[], policy: FormPolicy): Modal {
  return modal('ask', 'Action notification', 'Ask', [
    input('target', 'What', { type: 'static_select', ...targetOptions(targets, policy) }),
    input('reason', 'Why, in one sentence', {
      type: 'plain_text_input',
      min_length: SHORTEST_REASON,
      max_length: LONGEST_REASON,
    }),
    input('picked', 'Who confirms', { type: 'external_select', min_query_length: 0 }),
    input('ticket', 'Ticket or incident', { type: 'plain_text_input', max_length: 100 }, 'optional'),
    input(
      'emergency',
      'Emergency: I go ahead without a yes',
      { type: 'static_select', options: EMERGENCIES },
      'optional',
    ),
  ]);
}

const EMERGENCIES = [
  option('planned-change', 'A planned change'),
  option('live-incident', 'A live incident'),
  option('nobody-around', 'Nobody is around'),
];

/** What a form of a pin starts with, when it is opened from a request. */
export interface PinStart {
  /** Slack user id. */
  readonly person?: string | undefined;
  readonly target?: string | undefined;
}

/** The form of a pin, for cyber. */
export function pinModal(
  targets: readonly Target[],
  policy: FormPolicy & Pick<Policy, 'approvals'>,
  start: PinStart = {},
): Modal {
  const chosen = targets.filter(({ id }) => id === start.target).map((each) => targetOption(each, policy));
  const most = Math.floor(policy.approvals.maxPinMs / MINUTE_MS);
  const minutes = [...[30, 60, 120].filter((each) => each < most), most];
  const teams = Object.values(policy.teams)
    .slice(0, 100)
    .map(({ id, title }) => option(id, title));
  return modal('pin', 'Pin for an incident', 'Pin', [
    input(
      'people',
      'Who',
      { type: 'multi_users_select', ...(start.person && { initial_users: [start.person] }) },
      'optional',
    ),
    input('team', 'or a whole team', { type: 'static_select', options: teams }, 'optional'),
    input('targets', 'What', {
      type: 'multi_static_select',
      ...targetOptions(targets, policy),
      ...(chosen.length > 0 && { initial_options: chosen }),
    }),
    input('minutes', 'For how long', {
      type: 'static_select',
      options: minutes.map((each) => option(String(each), `${each} minutes`)),
    }),
    input('incident', 'Incident', { type: 'plain_text_input', max_length: 100 }),
    input('reason', 'Why', { type: 'plain_text_input', min_length: SHORTEST_REASON, max_length: LONGEST_REASON }),
  ]);
}

/** Asks for words about a request or finding; `carried` comes back with the submission. `pick` asks for a second person too. */
export function wordsModal(
  callback: string,
  title: string,
  label: string,
  carried: Readonly<Record<string, string>>,
  extra: { readonly pick?: 'a person'; readonly optional?: 'optional' } = {},
): Modal {
  const words = input(
    'words',
    label,
    {
      type: 'plain_text_input',
      multiline: true,
      max_length: LONGEST_REASON,
      ...(extra.optional ? {} : { min_length: SHORTEST_REASON }),
    },
    extra.optional,
  );
  const pick = extra.pick ? [input('picked', 'Who confirms', { type: 'users_select' })] : [];
  return { ...modal(callback, title, 'Send', [words, ...pick]), private_metadata: JSON.stringify(carried) };
}

function modal(callback: string, title: string, submit: string, blocks: readonly Block[]): Modal {
  return {
    type: 'modal',
    callback_id: callback,
    title: plain(title),
    submit: plain(submit),
    close: plain('Cancel'),
    blocks,
  };
}

function input(id: string, label: string, element: object, optional?: 'optional'): Block {
  return {
    type: 'input',
    block_id: id,
    label: plain(label),
    element: { ...element, action_id: id },
    ...(optional && { optional: true }),
  };
}

/** Slack takes 100 options, and 100 groups of 100: one group a team. */
function targetOptions(targets: readonly Target[], policy: FormPolicy): object {
  const teams = [...new Set(targets.map(({ team }) => team))].slice(0, 100);
  return {
    option_groups: teams.map((team) => ({
      label: plain(plainText(policy.teams[team]?.title ?? team, 75)),
      options: targets
        .filter((each) => each.team === team)
        .slice(0, 100)
        .map((each) => targetOption(each, policy)),
    })),
  };
}

function targetOption(target: Target, policy: FormPolicy): object {
  const account = plain(plainText(accountName(policy, targetAccount(target)), 75));
  return { ...option(target.id, target.title), description: account };
}

/** An option of a list. */
export function option(value: string, text: string): object {
  return { value, text: plain(plainText(text, 75)) };
}
