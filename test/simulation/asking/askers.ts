import type { Approval, Pin } from '../../../lambdas/core/approval.ts';
import type { Finding, Word } from '../../../lambdas/core/finding.ts';
import type { FindingVerb, RequestVerb, SlackJob } from '../../../lambdas/core/slack-job.ts';
import type { ToldInSlack } from '../../../lambdas/core/telling/told.ts';
import { MINUTE_MS } from '../../../lambdas/core/time.ts';
import { spotsOf } from '../../../lambdas/edge/slack-telling.ts';
import { pinsKey, toldKey } from '../../../lambdas/edge/table-keys.ts';
import { idOf } from '../../../lambdas/slack/asking.ts';
import { isShownIn, type People } from '../people.ts';
import type { Random } from '../random.ts';
import type { Clock } from '../scheduler.ts';
import { POLICY, type Story } from '../story.ts';
import type { SimulatedTable } from '../table.ts';
import type { Client } from './client.ts';

/** Who clicks: two who may confirm, one of them cyber; the asker; somebody whom the policy does not know; and a guest. */
const CLICKERS = ['U01BEN', 'U01BEN', 'U01BEN', 'U01CAT', 'U01ADA', 'U01EVE', 'U01GUEST'] as const;
const VERBS: readonly FindingVerb[] = ['acknowledge', 'confirm', 'not-genuine', 'it-was-me'];
/** Somebody who does not see the message yet looks again after a while, and gives up after some hours. */
const LOOKS = 90;
const WORDS = 'I restarted the workers of the queue';

export interface AskedWorld {
  readonly table: SimulatedTable;
  readonly client: Client;
  /** What was handed on of what people did. */
  readonly jobs: readonly SlackJob[];
  readonly resolveByHand: (dedupKey: string) => void;
}

/** People who ask, answer, pin and speak by what they see in Slack and nothing else. */
export function simulatedAskers(
  clock: Clock,
  random: Random,
  story: Story,
  { table, client, jobs, resolveByHand }: AskedWorld,
): People {
  const whenSeen = (isSeen: () => boolean, then: () => void, looks = LOOKS) => {
    if (isSeen()) then();
    else if (looks > 0)
      clock.plan(clock.now() + MINUTE_MS + random.below(2 * MINUTE_MS), () => whenSeen(isSeen, then, looks - 1));
  };
  const shownAt = (about: string, where: string) => {
    const { channel, ts } = (table.at(toldKey(about, where))?.value ?? {}) as { channel?: string; ts?: string };
    return channel && ts ? { channel: channel.replace(/^U/, 'D'), ts } : undefined;
  };
  const isAsked = (request: string) => () => shownAt(request, 'slack') !== undefined;

  /** On the message in the channel, or on their own. Nobody can press what is not there any more. */
  const click = (request: string, verb: RequestVerb, user: string) => {
    const own = random.chance(0.3) ? shownAt(request, `slack-dm#${user}`) : undefined;
    const place = own ?? shownAt(request, 'slack');
    const form = verb === 'decline' ? { form: { words: WORDS } } : {};
    if (place) client.act(user, { act: 'click', ...place, actionId: `request.${verb}` }, form);
  };
  const forge = (request: string) => {
    const place = shownAt(request, 'slack');
    if (place) client.forge('U01BEN', { act: 'click', ...place, actionId: 'request.approve' });
  };

  /** As the story has it: somebody asks, in one of three ways, and whoever the story says answers; now and then others do at the same time. */
  const ask = (yes: Approval) => {
    const asker = slackOf(yes.actor);
    const isEmergency = random.chance(0.25);
    const [target, { reason }] = [yes.slots[0] ?? yes.target, yes];
    const askedAt = (yes.approvedAt ?? yes.requestedAt) - (1 + random.below(8)) * MINUTE_MS;
    // Nobody is there to say yes to an emergency before it is acted upon.
    const answeredAt = askedAt + (1 + random.below(isEmergency ? 25 : 8)) * MINUTE_MS;
    const heard = once((job) => 'key' in job && asked(idOf(job.key), yes, answeredAt));
    const way = random.next();
    clock.plan(askedAt, () => {
      if (isEmergency || way < 0.3)
        return client.act(
          asker,
          { act: 'shortcut' },
          {
            form: {
              ...{ target, reason, picked: 'ben@example.gov.uk' },
              ...(isEmergency && { emergency: 'nobody-around' }),
            },
            heard,
          },
        );
      if (way < 0.9)
        return client.act(
          asker,
          { act: 'command', text: `${target} ${reason} <@U01BEN|ben>`, channel: 'C01NOTIFY' },
          { heard },
        );
      const inputs = { requester: asker, target, reason, approver: 'U01BEN' };
      client.act(asker, { act: 'run-step', inputs, execution: `Fx${yes.id}` }, { heard });
    });
  };
  const asked = (request: string, yes: Approval, answeredAt: number) => {
    const asker = slackOf(yes.actor);
    const user = yes.approverEligible ? slackOf(yes.approver ?? '') : random.pick(['U01EVE', 'U01GUEST']);
    clock.plan(answeredAt, () =>
      whenSeen(isAsked(request), () => {
        if (random.chance(0.1)) forge(request);
        if (random.chance(0.85)) click(request, yes.status === 'declined' ? 'decline' : 'approve', user);
        if (random.chance(0.3)) click(request, random.pick(['approve', 'decline']), random.pick(CLICKERS));
        if (random.chance(0.1)) click(request, 'cancel', asker);
      }),
    );
    if (yes.revokedAt !== undefined)
      clock.plan(yes.revokedAt + MINUTE_MS, () => whenSeen(isAsked(request), () => click(request, 'revoke', 'U01BEN')));
  };

  const pin = ({ people, targets, from, until, reason }: Pin) =>
    clock.plan(from, () => {
      const form = {
        people: people.map(slackOf),
        targets,
        minutes: String((until - from) / MINUTE_MS),
        incident: 'INC-1',
        reason: `${reason} of the day`,
      };
      const heard = once((job) => {
        if (!('key' in job) || !random.chance(0.3)) return;
        const id = `p${idOf(job.key).slice(1)}`;
        const place = () => shownAt(id, `slack#${POLICY.cyber.channel}`);
        const end = () => {
          const shown = place();
          if (shown) client.act('U01BEN', { act: 'click', ...shown, actionId: 'pin.end' });
        };
        clock.plan(clock.now() + random.below(10) * MINUTE_MS, () => whenSeen(() => place() !== undefined, end));
      });
      client.act('U01BEN', { act: 'command', text: 'pin' }, { form, heard });
    });

  const lookAt = (finding: Finding) => {
    if (!story.hasPeople || finding.state === 'closed' || finding.cause === 'undecided' || !random.chance(0.7)) return;
    const verb = random.pick(VERBS);
    const user = random.pick(CLICKERS);
    clock.plan(clock.now() + MINUTE_MS + random.below(20 * MINUTE_MS), () =>
      whenSeen(
        () => isShownIn(table, finding.id),
        () => speak(finding, verb, user),
      ),
    );
  };
  const speak = (finding: Finding, verb: FindingVerb, user: string) => {
    if (verb === 'acknowledge' && random.chance(0.3)) return resolveByHand(finding.dedupKey);
    const [spot] = spotsOf(finding, POLICY);
    const { ts } = (spot && (table.at(spot.key)?.value as ToldInSlack | undefined)) ?? {};
    if (!spot || !ts) return;
    const picked = user === 'U01BEN' ? 'U01CAT' : 'U01BEN';
    const form = verb === 'confirm' ? { words: WORDS } : { words: WORDS, picked };
    const person = POLICY.people.find(({ slack }) => slack === user)?.id;
    const heard = once((job) => {
      if (verb !== 'it-was-me' || person === undefined || !('key' in job) || random.chance(0.3)) return;
      const request = idOf(job.key);
      clock.plan(clock.now() + 5 * MINUTE_MS, () =>
        whenSeen(isAsked(request), () => click(request, 'approve', random.pick(CLICKERS))),
      );
    });
    client.act(user, { act: 'click', channel: spot.channel, ts, actionId: `finding.${verb}` }, { form, heard });
  };

  /** Somebody looks what is open. */
  const look = (user: string) => {
    const at = clock.now() + random.below(60) * MINUTE_MS;
    const does = random.chance(0.5) ? ({ act: 'open-home' } as const) : ({ act: 'command', text: 'status' } as const);
    clock.plan(at, () => client.act(user, does));
  };

  return {
    jobs,
    lookAt,
    begin() {
      for (const approval of story.approvals) ask(approval);
      for (const one of story.pins) pin(one);
      if (random.chance(0.3)) look(random.pick(CLICKERS));
    },
    /** What came of it, by the table. */
    words: () => valuesOf<Word>(table, 'WORD#'),
    approvals: () => [...new Map(valuesOf<Approval>(table, 'REQUEST#').map((one) => [one.id, one])).values()],
    pins: () => (table.at(pinsKey)?.value as readonly Pin[] | undefined) ?? [],
  };
}

/** What is handed on twice, since Slack said that it had failed, is gone on with once. */
function once(act: (job: SlackJob) => unknown): (job: SlackJob) => void {
  let isDone = false;
  return (job) => {
    if (!isDone) act(job);
    isDone = true;
  };
}

function valuesOf<T>(table: SimulatedTable, prefix: string): readonly T[] {
  return table.items().flatMap(({ key, value }) => (key.sk.startsWith(prefix) ? [value as T] : []));
}

function slackOf(person: string): string {
  return POLICY.people.find(({ id }) => id === person)?.slack ?? 'U01EVE';
}
