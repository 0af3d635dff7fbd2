import type { LedgerId } from '../../lambdas/core/access-event.ts';
import type { Approval, Pin } from '../../lambdas/core/approval.ts';
import type { Finding, Word } from '../../lambdas/core/finding.ts';
import type { SlackJob } from '../../lambdas/core/slack-job.ts';
import { MINUTE_MS } from '../../lambdas/core/time.ts';
import { pinsKey, requestKey, toldKey, wordKey } from '../../lambdas/edge/table-keys.ts';
import type { Random } from './random.ts';
import type { Clock } from './scheduler.ts';
import { ADA, CAT, type Story } from './story.ts';
import type { SimulatedTable } from './table.ts';

type Said = Exclude<Word['kind'], 'resolved-elsewhere'> | 'resolves in PagerDuty';

const SAYINGS: readonly Said[] = ['acknowledged', 'confirmed', 'not-genuine', 'it-was-me', 'resolves in PagerDuty'];

export interface World {
  readonly table: SimulatedTable;
  readonly rejudge: (ledger: LedgerId) => void;
  readonly resolveByHand: (dedupKey: string) => void;
  /** Whether somebody sees it: nobody says anything of what they were not shown. */
  readonly isShown: (finding: string) => boolean;
}

/** What people did and what came of it. */
export interface People {
  readonly begin: () => void;
  readonly lookAt: (finding: Finding) => void;
  readonly words: () => readonly Word[];
  readonly approvals: () => readonly Approval[];
  readonly pins: () => readonly Pin[];
  readonly jobs: readonly SlackJob[];
}

/** What people do: they decide about requests, pin, revoke, and speak of the findings that they see. */
export function simulatedPeople(clock: Clock, random: Random, story: Story, world: World): People {
  const words: Word[] = [];

  const lookAt = (finding: Finding) => {
    if (!story.hasPeople || finding.state === 'closed' || !random.chance(0.7)) return;
    const kind = random.pick(SAYINGS);
    const by = random.pick(['ben@example.gov.uk', 'ada.lovelace', ADA, 'unknown']);
    clock.plan(clock.now() + MINUTE_MS + random.below(20 * MINUTE_MS), () => {
      if (kind === 'resolves in PagerDuty') world.resolveByHand(finding.dedupKey);
      else
        say({ id: `w-${finding.id}-${kind}`, finding: finding.id, kind, by, via: 'slack', at: clock.now() }, finding);
    });
  };
  const say = (word: Word, { ledger }: Finding) => {
    const key = wordKey(ledger, word);
    if (!world.isShown(word.finding) || world.table.at(key) !== undefined) return;
    clock.note(() => `${word.by} says ${word.kind} of ${word.finding}`);
    world.table.put(key, word);
    words.push(word);
    world.rejudge(ledger);
  };

  const decide = (approval: Approval) => {
    const { revokedAt, approvedAt = approval.requestedAt } = approval;
    const ledger: LedgerId = `person:${approval.actor}`;
    const store = (value: Approval) => () => {
      clock.note(() => `${value.approver} has ${value.status} ${value.id} of ${value.actor}`);
      world.table.put(requestKey(ledger, value.id), value);
      world.rejudge(ledger);
    };
    clock.plan(approvedAt + random.below(MINUTE_MS), store(withoutRevocation(approval)));
    if (revokedAt !== undefined)
      clock.plan(Math.max(revokedAt, approvedAt + MINUTE_MS) + random.below(10 * MINUTE_MS), store(approval));
  };
  const pinDown = () => {
    clock.note(() => `a pin for ${story.pins.flatMap(({ people }) => people).join(', ')}`);
    world.table.put(pinsKey, story.pins);
    for (const person of [ADA, CAT]) world.rejudge(`person:${person}`);
  };
  const begin = () => {
    for (const approval of story.approvals) decide(approval);
    for (const { from } of story.pins) clock.plan(from, pinDown);
  };

  return {
    begin,
    lookAt,
    words: () => words,
    approvals: () => story.approvals,
    pins: () => story.pins,
    jobs: [],
  };
}

/** Told of by `toldKey(finding, 'slack')`. */
export function isShownIn(table: SimulatedTable, finding: string): boolean {
  return (table.at(toldKey(finding, 'slack'))?.value as { ts?: string } | undefined)?.ts !== undefined;
}

function withoutRevocation(approval: Approval): Approval {
  const { revokedAt, ...rest } = approval;
  return revokedAt === undefined ? approval : { ...rest, status: 'approved' };
}
