import { isoOf } from '../lambdas/core/time.ts';
import type { Sandbox } from './sandbox.ts';

/** A call of the control API that a step makes. */
export interface StoryCall {
  readonly method: 'POST' | 'PUT';
  readonly path: string;
  readonly body: object | ((sandbox: Sandbox) => object);
}

export interface StoryStep {
  /** What happens, as a sentence. */
  readonly say: string;
  readonly calls: readonly StoryCall[];
}

/** A guided story: anyone can step through it. */
export interface Story {
  readonly id: string;
  readonly title: string;
  readonly steps: readonly StoryStep[];
}

const TUESDAY = '2026-12-01T14:00:00Z';
const SUNDAY = '2026-12-06T03:00:00Z';
const BOXING_DAY = '2026-12-26T11:00:00Z';

const startAgain: StoryCall = { method: 'POST', path: '/api/start-again', body: {} };
const clock = (at: string): StoryCall => ({ method: 'PUT', path: '/api/clock', body: { at } });
const wait = (advance: string): StoryCall => ({ method: 'PUT', path: '/api/clock', body: { advance } });
const person = (sandbox: Sandbox, index: number): string => {
  const { people } = sandbox.policy;
  return people[index % people.length]?.id ?? '';
};
const target = (sandbox: Sandbox, index: number): string => {
  const roles = sandbox.policy.targets.filter(({ door }) => door.kind === 'role');
  return roles[index % roles.length]?.id ?? '';
};

function act(who: number, doing: string, which = 0): StoryCall {
  return {
    method: 'POST',
    path: '/api/act',
    body: (sandbox) => ({ by: person(sandbox, who), doing, target: target(sandbox, which) }),
  };
}

let serial = 0;

/** A yes that was given just now. */
function approval(who: number, by: number, which = 0): StoryCall {
  return {
    method: 'POST',
    path: '/api/approvals',
    body: (sandbox) => {
      serial += 1;
      const now = sandbox.clock.now();
      const asked = { id: `story-${serial}`, actor: person(sandbox, who), target: target(sandbox, which) };
      const yes = { status: 'approved', approver: person(sandbox, by), approvedAt: isoOf(now) };
      return {
        ...asked,
        reason: 'Rotate the API keys',
        requestedAt: isoOf(now - 60_000),
        picked: yes.approver,
        ...yes,
      };
    },
  };
}

function pin(by: number): StoryCall {
  return {
    method: 'POST',
    path: '/api/approvals',
    body: (sandbox) => {
      serial += 1;
      const now = sandbox.clock.now();
      return {
        pin: true,
        id: `story-pin-${serial}`,
        people: [person(sandbox, 0), person(sandbox, 1)],
        targets: [target(sandbox, 0)],
        from: isoOf(now),
        until: isoOf(now + 2 * 3_600_000),
        by: person(sandbox, by),
        reason: 'Messages are not going out',
        incident: 'INC-2041',
      };
    },
  };
}

export const STORIES: readonly Story[] = [
  {
    id: 'approved',
    title: 'Approved',
    steps: [
      {
        say: 'It is Tuesday, 14:00. Ben confirms what Ada asked for.',
        calls: [startAgain, clock(TUESDAY), approval(0, 1)],
      },
      { say: 'Ada opens the production admin role. Nobody is disturbed.', calls: [wait('1m'), act(0, 'assume-role')] },
    ],
  },
  {
    id: 'forgot-to-ask',
    title: 'Forgot to ask',
    steps: [
      {
        say: 'It is Tuesday, 14:00. Ada opens production without asking: Slack hears of it.',
        calls: [startAgain, clock(TUESDAY), act(0, 'assume-role')],
      },
      { say: 'Nobody reacts for a quarter of an hour: the ping becomes a page.', calls: [wait('16m')] },
    ],
  },
  {
    id: 'wrong-role',
    title: 'The wrong role',
    steps: [
      {
        say: 'Ben confirms the production admin role for Ada.',
        calls: [startAgain, clock(TUESDAY), approval(0, 1, 0)],
      },
      {
        say: 'Ada opens the deploy role instead: the message names the near miss.',
        calls: [wait('1m'), act(0, 'assume-role', 1)],
      },
    ],
  },
  {
    id: 'night',
    title: 'A 3 a.m. emergency',
    steps: [
      {
        say: 'It is Sunday, 03:00. Ada goes ahead with nobody awake: somebody is paged.',
        calls: [startAgain, clock(SUNDAY), act(0, 'switch-role')],
      },
    ],
  },
  {
    id: 'boxing-day',
    title: 'Boxing Day',
    steps: [
      {
        say: 'It is Boxing Day, 11:00: a bank holiday. An unapproved use pages.',
        calls: [startAgain, clock(BOXING_DAY), act(1, 'assume-role')],
      },
    ],
  },
  {
    id: 'pinned',
    title: 'A pinned incident',
    steps: [
      {
        say: 'Dan of cyber security pins production for Ada and Ben for two hours.',
        calls: [startAgain, clock(TUESDAY), pin(3)],
      },
      {
        say: 'Both use it, several times: every use is recorded, nobody is disturbed.',
        calls: [
          wait('1m'),
          act(0, 'assume-role'),
          wait('10m'),
          act(1, 'assume-role'),
          wait('10m'),
          act(0, 'assume-role'),
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
        calls: [startAgain, clock(TUESDAY), approval(0, 1), wait('1m'), act(0, 'assume-role')],
      },
      {
        say: "A minute later Ada's key is used from elsewhere: the approval is spent, and it is told.",
        calls: [wait('1m'), act(0, 'stolen-key')],
      },
    ],
  },
  {
    id: 'two-people',
    title: 'Two people, one approval',
    steps: [
      { say: 'Ben confirms Ada, for one action.', calls: [startAgain, clock(TUESDAY), approval(0, 1)] },
      {
        say: 'Ada uses it. Ten minutes later Cat uses production as well: her use is told.',
        calls: [wait('1m'), act(0, 'assume-role'), wait('10m'), act(2, 'assume-role')],
      },
      {
        say: 'Ada uses production a second time: the approval was already used.',
        calls: [wait('5m'), act(0, 'assume-role')],
      },
    ],
  },
];

/** What plays by itself at the start and is printed. */
export const OPENING_STORIES = ['approved', 'forgot-to-ask', 'boxing-day', 'two-people'];
