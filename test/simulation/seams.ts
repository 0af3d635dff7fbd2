import { type BatchServices, takeBatch } from '../../lambdas/access/batch.ts';
import type { OutageServices } from '../../lambdas/access/outage.ts';
import { answer } from '../../lambdas/on-slack.ts';
import { page } from '../../lambdas/page.ts';
import { ping } from '../../lambdas/ping.ts';
import { slackWork } from '../../lambdas/slack-work.ts';
import type { SweepServices } from '../../lambdas/sweep.ts';

/** What can be put in the place of the right thing, to see whether it would be noticed. */
export interface Seams {
  readonly takeBatch: typeof takeBatch;
  readonly ping: typeof ping;
  readonly page: typeof page;
  /** `ping`: the real function with all its words and turns. `showing`: what it comes to, many times as fast. */
  readonly tellsBy: 'ping' | 'showing' | 'either';
  readonly services: (services: BatchServices) => BatchServices;
  readonly outage: (services: OutageServices) => OutageServices;
  readonly sweep: (services: SweepServices) => SweepServices;
  /** Whether the table refuses a write whose condition does not hold. */
  readonly refuses: 'yes' | 'no';
  readonly sweeps: 'yes' | 'no';
  readonly redrives: 'yes' | 'no';
  readonly rejudges: 'yes' | 'no';
  /** `asking`: people act through Slack and `slack-work`. `writing`: they write into the table what comes of it, many times as fast. */
  readonly actBy: 'asking' | 'writing' | 'either';
  readonly slackWork: typeof slackWork;
  readonly onSlack: typeof answer;
}

export const RIGHT: Seams = {
  takeBatch,
  ping,
  page,
  tellsBy: 'either',
  services: (right) => right,
  outage: (right) => right,
  sweep: (right) => right,
  refuses: 'yes',
  sweeps: 'yes',
  redrives: 'yes',
  rejudges: 'yes',
  actBy: 'either',
  slackWork,
  onSlack: answer,
};
