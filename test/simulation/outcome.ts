import type { Approval, Pin } from '../../lambdas/core/approval.ts';
import type { Finding, Word } from '../../lambdas/core/finding.ts';
import type { SlackJob } from '../../lambdas/core/slack-job.ts';
import type { SlackMessage } from '../../lambdas/edge/slack.ts';
import type { SlackWorkspace } from '../../sandbox/stand-ins/slack-workspace.ts';
import type { Incident } from './pagerduty.ts';
import type { Story } from './story.ts';
import type { SimulatedTable } from './table.ts';

/** How a seed ended, and what was seen on the way. */
export interface Outcome {
  readonly story: Story;
  readonly table: SimulatedTable;
  /** Every value that was ever stored of a finding, in order. */
  readonly findingHistory: readonly Finding[];
  readonly words: readonly Word[];
  /** What people decided: as the story has it, or as it came to be in the table. */
  readonly approvals: readonly Approval[];
  readonly pins: readonly Pin[];
  /** Every value that was ever stored of a request, in order. */
  readonly requestHistory: readonly Approval[];
  /** What was handed on of what people did in Slack, and what of it was met with silence. */
  readonly jobs: readonly SlackJob[];
  readonly wrongClicks: readonly string[];
  /** What Slack has that is no message of a channel or a person. */
  readonly workspace: SlackWorkspace;
  /** Messages that Slack has, by their `ts`. */
  readonly slack: ReadonlyMap<string, SlackMessage>;
  /** Whether the real `ping` told, which also says on an approval's own message what it was used for. */
  readonly tellsByPing: boolean;
  /** Whether people asked and answered in Slack. */
  readonly actsBySlack: boolean;
  readonly incidents: ReadonlyMap<string, Incident>;
  readonly verdictsTold: ReadonlySet<string>;
  /** Approvals that two actions had spent at some instant. */
  readonly spentTwice: ReadonlySet<string>;
  /** What was told and was not in the table at that instant. */
  readonly toldUnrecorded: readonly string[];
  readonly undecided: UndecidedKeys;
  readonly dead: number;
  readonly endedAt: number;
}

/** Keys of records that could not be decided because the table was away. */
export interface UndecidedKeys {
  /** `on-access` believed that somebody was told, and nobody was. */
  readonly untold: ReadonlySet<string>;
  readonly told: ReadonlySet<string>;
  /** They were said to be decided and were not. */
  readonly notYet: ReadonlySet<string>;
}
