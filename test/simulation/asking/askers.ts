import type { LedgerId } from '../../../lambdas/core/access-event.ts';
import type { Approval, Pin } from '../../../lambdas/core/approval.ts';
import type { Finding, Word } from '../../../lambdas/core/finding.ts';
import type { FindingVerb, RequestVerb, SlackActor, SlackJob } from '../../../lambdas/core/slack-job.ts';
import { MINUTE_MS } from '../../../lambdas/core/time.ts';
import { pinsKey, toldKey } from '../../../lambdas/edge/table-keys.ts';
import { idOf } from '../../../lambdas/slack/requests.ts';
import { isShownIn, type People } from '../people.ts';
import type { Random } from '../random.ts';
import type { Clock } from '../scheduler.ts';
import { POLICY, type Story } from '../story.ts';
import type { SimulatedTable } from '../table.ts';

/** Who clicks: two who may confirm, one of them cyber; the asker; somebody whom the policy does not know; and a guest. */
const CLICKERS = ['U01BEN', 'U01BEN', 'U01BEN', 'U01CAT', 'U01ADA', 'U01EVE', 'U01GUEST'] as const;
const VERBS: readonly FindingVerb[] = ['acknowledge', 'confirm', 'not-genuine', 'it-was-me'];
/** Somebody who does not see the message yet looks again after a while, and gives up some day. */
const LOOKS = 12;

export interface AskedWorld {
  readonly table: SimulatedTable;
  /** What `on-slack` does with everything: it puts it on the Slack queue. */
  readonly enqueue: (job: SlackJob) => void;
  readonly resolveByHand: (dedupKey: string) => void;
}

/** People who ask, answer, pin and speak by what they see in Slack and nothing else. */
export function simulatedAskers(clock: Clock, random: Random, story: Story, { table, ...world }: AskedWorld): People {
  const jobs: SlackJob[] = [];
  const act = (job: SlackJob) => {
    clock.note(() => `${'by' in job ? job.by.user : ''} does ${JSON.stringify(job)}`);
    jobs.push(job);
    world.enqueue(job);
  };
  const by = (user: string, channel?: string): SlackActor => ({
    user,
    workspace: POLICY.slack.workspace,
    at: clock.now(),
    ...(channel && { channel }),
  });
  const whenSeen = (isSeen: () => boolean, then: () => void, looks = LOOKS) => {
    if (isSeen()) then();
    else if (looks > 0)
      clock.plan(clock.now() + MINUTE_MS + random.below(2 * MINUTE_MS), () => whenSeen(isSeen, then, looks - 1));
  };
  const isAsked = (request: string) => () =>
    (table.at(toldKey(request, 'slack'))?.value as { ts?: string } | undefined)?.ts !== undefined;

  const click = (request: string, ledger: LedgerId, verb: RequestVerb, user: string) =>
    act({ twoEye: 'request', verb, by: by(user, POLICY.teams.notify?.channel), ledger, request });

  /** As the story has it: somebody asks, and whoever the story says answers; now and then others do at the same time. */
  const ask = (yes: Approval) => {
    const asker = slackOf(yes.actor);
    const isEmergency = random.chance(0.25);
    const key = `${yes.id}/${story.events[0]?.body.length ?? 0}`;
    const request = idOf(key);
    const ledger: LedgerId = `person:${yes.actor}`;
    const askedBefore = yes.approvedAt ?? yes.requestedAt;
    // Nobody is there to say yes to an emergency before it is acted upon.
    const answeredAt = askedBefore + (isEmergency ? (5 + random.below(20)) * MINUTE_MS : 0);
    clock.plan(askedBefore - (1 + random.below(8)) * MINUTE_MS, () => {
      const ask = {
        target: yes.slots[0] ?? yes.target,
        reason: yes.reason,
        picked: 'U01BEN',
        ...(isEmergency && { emergency: 'nobody-around' as const }),
      };
      act({ twoEye: 'ask', key, by: by(asker), ask, via: 'command' });
    });
    const user = yes.approverEligible ? slackOf(yes.approver ?? '') : random.pick(['U01EVE', 'U01GUEST']);
    clock.plan(answeredAt, () =>
      whenSeen(isAsked(request), () => {
        if (random.chance(0.85)) click(request, ledger, yes.status === 'declined' ? 'decline' : 'approve', user);
        if (random.chance(0.2)) click(request, ledger, random.pick(['approve', 'decline']), random.pick(CLICKERS));
        if (random.chance(0.1)) click(request, ledger, 'cancel', asker);
      }),
    );
    if (yes.revokedAt !== undefined)
      clock.plan(yes.revokedAt + MINUTE_MS, () =>
        whenSeen(isAsked(request), () => click(request, ledger, 'revoke', 'U01BEN')),
      );
  };

  const pin = ({ id, people, targets, from, until, reason }: Pin) =>
    clock.plan(from, () => {
      const minutes = (until - from) / MINUTE_MS;
      act({
        twoEye: 'pin',
        key: id,
        by: by('U01BEN'),
        pin: { people, targets, minutes, reason: `${reason} of the day` },
      });
      if (random.chance(0.3))
        clock.plan(clock.now() + random.below(10) * MINUTE_MS, () =>
          act({ twoEye: 'pin-end', by: by('U01BEN'), pin: `p${idOf(id).slice(1)}` }),
        );
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
    if (verb === 'acknowledge' && random.chance(0.3)) return world.resolveByHand(finding.dedupKey);
    const key = `${finding.id}/${verb}/${user}`;
    const picked = verb === 'it-was-me' ? { picked: 'U01BEN', words: 'It was me, I restarted the workers' } : {};
    act({ twoEye: 'finding', key, verb, by: by(user), ledger: finding.ledger, finding: finding.id, ...picked });
    const person = POLICY.people.find(({ slack }) => slack === user)?.id;
    if (verb !== 'it-was-me' || person === undefined || random.chance(0.3)) return;
    const request = idOf(key);
    clock.plan(clock.now() + 5 * MINUTE_MS, () =>
      whenSeen(isAsked(request), () => click(request, `person:${person}`, 'approve', random.pick(CLICKERS))),
    );
  };

  return {
    jobs,
    lookAt,
    begin() {
      for (const approval of story.approvals) ask(approval);
      for (const one of story.pins) pin(one);
    },
    /** What came of it, by the table. */
    words: () => valuesOf<Word>(table, 'WORD#'),
    approvals: () => [...new Map(valuesOf<Approval>(table, 'REQUEST#').map((one) => [one.id, one])).values()],
    pins: () => (table.at(pinsKey)?.value as readonly Pin[] | undefined) ?? [],
  };
}

function valuesOf<T>(table: SimulatedTable, prefix: string): readonly T[] {
  return table.items().flatMap(({ key, value }) => (key.sk.startsWith(prefix) ? [value as T] : []));
}

function slackOf(person: string): string {
  return POLICY.people.find(({ id }) => id === person)?.slack ?? 'U01EVE';
}
