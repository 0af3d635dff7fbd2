import type { Policy } from '../lambdas/core/policy.ts';

/** A call of the control API that a step makes, for the people and targets of the policy at hand. */
export interface StoryCall {
  readonly method: 'POST' | 'PUT';
  readonly path: string | ((policy: Policy) => string);
  readonly body: object | ((policy: Policy) => object);
}

export interface StoryStep {
  /** What happens, as a sentence. */
  readonly say: string;
  /** Who does it, by number: the page looks through their eyes. */
  readonly by: number;
  readonly calls: readonly StoryCall[];
}

/** A guided story: anyone can step through it. */
export interface Story {
  readonly id: string;
  readonly title: string;
  readonly steps: readonly StoryStep[];
}

const [ADA, BEN, CAT, DAN] = [0, 1, 2, 3];
const [ADMIN, DEPLOY] = [0, 1];
const TUESDAY = '2026-12-01T14:00:00Z';
const SUNDAY = '2026-12-06T03:00:00Z';
const BOXING_DAY = '2026-12-26T11:00:00Z';

/** The person that a number of a story stands for: the policy's people in their order. */
export function personOf(policy: Policy, index: number): { readonly id: string; readonly slack?: string } {
  return policy.people[index % policy.people.length] ?? { id: '' };
}

function targetOf(policy: Policy, index: number): { readonly id: string; readonly team: string } {
  const roles = policy.targets.filter(({ door }) => door.kind === 'role');
  return roles[index % roles.length] ?? { id: '', team: '' };
}

const teamChannel = (policy: Policy): string => policy.teams[targetOf(policy, ADMIN).team]?.channel ?? '';

const clock = (at: string): StoryCall => ({ method: 'PUT', path: '/api/clock', body: { at } });
const wait = (advance: string): StoryCall => ({ method: 'PUT', path: '/api/clock', body: { advance } });
const from = (at: string): readonly StoryCall[] => [{ method: 'POST', path: '/api/start-again', body: {} }, clock(at)];

function act(who: number, doing: string, which = ADMIN): StoryCall {
  return {
    method: 'POST',
    path: '/api/act',
    body: (policy) => ({ by: personOf(policy, who).id, doing, target: targetOf(policy, which).id }),
  };
}

function slack(who: number, body: (policy: Policy) => object): StoryCall {
  return { method: 'POST', path: (policy) => `/api/slack/as/${encodeURIComponent(personOf(policy, who).id)}`, body };
}

/** `/2i notify-prod-admin rotate the API keys @ben`, in the team's channel. */
function ask(who: number, whom: number): StoryCall {
  return slack(who, (policy) => ({
    act: 'command',
    channel: teamChannel(policy),
    text: `${targetOf(policy, ADMIN).id} rotate the API keys <@${personOf(policy, whom).slack}>`,
  }));
}

const confirm = (who: number): StoryCall =>
  slack(who, (policy) => ({ act: 'click', channel: teamChannel(policy), actionId: 'request.approve' }));

const askInEmergency = (who: number, whom: number): readonly StoryCall[] => [
  slack(who, () => ({ act: 'shortcut' })),
  slack(who, (policy) => ({
    act: 'submit',
    values: {
      target: targetOf(policy, ADMIN).id,
      reason: 'messages are not going out',
      picked: personOf(policy, whom).id,
      ticket: 'INC-2041',
      emergency: 'nobody-around',
    },
  })),
];

const pin = (by: number): readonly StoryCall[] => [
  slack(by, (policy) => ({ act: 'command', text: 'pin', channel: policy.cyber.channel })),
  slack(by, (policy) => ({
    act: 'submit',
    values: {
      people: [ADA, BEN].map((each) => personOf(policy, each).slack),
      targets: [targetOf(policy, ADMIN).id],
      minutes: '60',
      incident: 'INC-2041',
      reason: 'messages are not going out',
    },
  })),
];

export const STORIES: readonly Story[] = [
  {
    id: 'approved',
    title: 'Approved',
    steps: [
      {
        say: 'It is Tuesday, 14:00. Ada asks Ben in Slack, with /2i.',
        by: ADA,
        calls: [...from(TUESDAY), ask(ADA, BEN)],
      },
      { say: 'Ben confirms with one click.', by: BEN, calls: [wait('1m'), confirm(BEN)] },
      {
        say: 'Ada opens the production admin role. Nobody is disturbed; the message now says when it was used.',
        by: ADA,
        calls: [wait('1m'), act(ADA, 'assume-role')],
      },
    ],
  },
  {
    id: 'forgot-to-ask',
    title: 'Forgot to ask',
    steps: [
      {
        say: 'It is Tuesday, 14:00. Ada opens production without asking: Slack hears of it.',
        by: ADA,
        calls: [...from(TUESDAY), act(ADA, 'assume-role')],
      },
      { say: 'Nobody reacts for a quarter of an hour: the ping becomes a page.', by: ADA, calls: [wait('16m')] },
    ],
  },
  {
    id: 'wrong-role',
    title: 'The wrong role',
    steps: [
      {
        say: 'Ben confirms the production admin role for Ada.',
        by: BEN,
        calls: [...from(TUESDAY), ask(ADA, BEN), confirm(BEN)],
      },
      {
        say: 'Ada opens the deploy role instead: the message names the near miss.',
        by: ADA,
        calls: [wait('1m'), act(ADA, 'assume-role', DEPLOY)],
      },
    ],
  },
  {
    id: 'night',
    title: 'A 3 a.m. emergency',
    steps: [
      {
        say: 'It is Sunday, 03:00. Ada says in Slack that she goes ahead: nobody is around.',
        by: ADA,
        calls: [...from(SUNDAY), ...askInEmergency(ADA, BEN)],
      },
      {
        say: 'She switches to the role in the console. Somebody is paged, and the page says why she did.',
        by: ADA,
        calls: [wait('2m'), act(ADA, 'switch-role')],
      },
      { say: 'At nine Ben confirms, late: that closes it.', by: BEN, calls: [wait('6h'), confirm(BEN)] },
    ],
  },
  {
    id: 'boxing-day',
    title: 'Boxing Day',
    steps: [
      {
        say: 'It is Boxing Day, 11:00: a bank holiday. An unapproved use pages.',
        by: BEN,
        calls: [...from(BOXING_DAY), act(BEN, 'assume-role')],
      },
    ],
  },
  {
    id: 'pinned',
    title: 'A pinned incident',
    steps: [
      {
        say: 'Dan of cyber security pins production for Ada and Ben for an hour, with /2i pin.',
        by: DAN,
        calls: [...from(TUESDAY), ...pin(DAN)],
      },
      {
        say: 'Both use it, several times: every use is recorded, nobody is disturbed.',
        by: ADA,
        calls: [
          wait('1m'),
          act(ADA, 'assume-role'),
          wait('10m'),
          act(BEN, 'assume-role'),
          wait('10m'),
          act(ADA, 'assume-role'),
        ],
      },
    ],
  },
  {
    id: 'stolen-key',
    title: 'A stolen key',
    steps: [
      {
        say: 'Ben confirms Ada, and she uses production from her laptop.',
        by: ADA,
        calls: [...from(TUESDAY), ask(ADA, BEN), confirm(BEN), wait('1m'), act(ADA, 'assume-role')],
      },
      {
        say: "A minute later Ada's key is used from elsewhere: the approval is spent, and it is told.",
        by: ADA,
        calls: [wait('1m'), act(ADA, 'stolen-key')],
      },
    ],
  },
  {
    id: 'two-people',
    title: 'Two people, one approval',
    steps: [
      {
        say: 'Ada asks and Ben confirms, for one action.',
        by: BEN,
        calls: [...from(TUESDAY), ask(ADA, BEN), confirm(BEN)],
      },
      {
        say: 'Ada uses it. Ten minutes later Cat uses production as well: her use is told.',
        by: CAT,
        calls: [wait('1m'), act(ADA, 'assume-role'), wait('10m'), act(CAT, 'assume-role')],
      },
      {
        say: 'Ada uses production a second time: the approval was already used.',
        by: ADA,
        calls: [wait('5m'), act(ADA, 'assume-role')],
      },
    ],
  },
];

/** What plays by itself at the start and is printed. */
export const OPENING_STORIES = ['approved', 'forgot-to-ask', 'boxing-day', 'two-people'];
