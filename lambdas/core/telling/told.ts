import type { LedgerId } from '../access-event.ts';
import type { VerdictMessage } from '../messages.ts';
import type { Rota } from '../policy.ts';
import type { Instant } from '../time.ts';

/** One message to Slack, whatever it is about: the intent is written before the call, the outcome after it. */
export interface PostedOnce {
  readonly channel: string;
  /** When an attempt began of which the outcome is not known yet. */
  readonly postingAt?: Instant;
  readonly attempts: number;
  /** The slot that was reserved for the next call. */
  readonly slotAt?: Instant;
  readonly ts?: string;
  readonly threadTs?: string;
  readonly postedAt?: Instant;
  /** Set when a storm's summary counts it and it has no message of its own: it is in the Home tab, as every open finding is. */
  readonly listed?: 'yes';
  /** Why the last attempt failed, in words for a person. */
  readonly failure?: string;
}

/** What a channel was told about a finding: `TOLD#<finding>`, `slack` (the team's channel) or `slack#cyber`. */
export interface ToldInSlack extends PostedOnce {
  /** The newest that is known of the finding; the message is made from it. */
  readonly message: VerdictMessage;
  readonly firstAt: Instant;
  /** Where it is shown: by itself, in the thread of the finding that it folds into, or in that of a storm's summary. */
  readonly place?:
    | { readonly in: 'channel' }
    | { readonly in: 'finding'; readonly root: string }
    | { readonly in: 'summary'; readonly storm: string };
  /** What is shown now, as a digest, so that nothing is updated in vain. */
  readonly shown?: string;
  /** How many findings are shown in this one's thread. */
  readonly folded: number;
  /** Set when it need not be shown any more: it was closed by itself before its turn came. */
  readonly moot?: 'yes';
}

/** What became of the page to one rota. `sending` and `resolving` are intents, written before the call. */
export interface PageState {
  readonly state: 'sending' | 'sent' | 'triggered' | 'acknowledged' | 'resolving' | 'resolved' | 'failed';
  readonly at: Instant;
  readonly failures: number;
  readonly why?: string;
  /** PagerDuty's own address of the incident. */
  readonly href?: string;
  /** When somebody resolved it in PagerDuty while a finding under it was open: the finding is to be paged under its next key. */
  readonly resolvedThereAt?: Instant;
  /** Set when the incident says that Slack could not be told. */
  readonly noted?: 'yes';
  /** Set when the message has gone out that this page could not be sent. */
  readonly troubleTold?: 'yes';
}

/** An incident in PagerDuty, for one finding or for several that fold: `TOLD#<dedup key without two-eye/>`, `pagerduty`. */
export interface ToldIncident {
  readonly dedupKey: string;
  readonly ledger: LedgerId;
  /** The finding that it was opened for, and its team. */
  readonly finding: string;
  readonly team?: string;
  readonly opened: number;
  readonly closed: number;
  readonly acknowledged?: 'yes';
  readonly pages: Partial<Readonly<Record<Rota, PageState>>>;
  /** A storm's incident stands for findings of many ledgers. */
  readonly storm?: 'yes';
  /** The incident under which its findings are since it was resolved in PagerDuty without a word here, or since a storm took them. */
  readonly movedTo?: string;
}

/** The pointer from a finding to the incident that it is under: `TOLD#<finding>`, `page`. */
export interface UnderIncident {
  readonly incident: string;
  readonly dedupKey: string;
  /** How far the finding had come by the newest message (`progressOf`). */
  readonly progress: number;
  /** The incidents that it was under before. */
  readonly before?: readonly string[];
}

/** A finding under an incident: `TOLD#<incident>`, `member#<finding>`. One that moved on to another incident is closed here. */
export interface IncidentMember {
  readonly incident: string;
  readonly finding: string;
  readonly ledger: LedgerId;
  readonly progress: number;
  readonly state: 'open' | 'closed';
  readonly message: VerdictMessage;
}

const NOT_GENUINE = '/not-genuine';

/** What cyber is woken by when somebody says that a finding is not genuine, as a finding's id. */
export function notGenuineAlarm(finding: string): string {
  return `${finding}${NOT_GENUINE}`;
}

/** It has an incident of its own, whatever storm there is: it is for cyber alone, and lasts until cyber is done with it. */
export function isNotGenuineAlarm(id: string): boolean {
  return id.endsWith(NOT_GENUINE);
}

/** The part of a dedup key that names its items. */
export function incidentOf(dedupKey: string): string {
  return dedupKey.replace(/^two-eye\//, '');
}
