import type { LedgerId } from './access-event.ts';
import type { EmergencyWhy } from './approval.ts';
import type { Instant } from './time.ts';

/** Who clicked or typed, as Slack signed it, and when that was received. */
export interface SlackActor {
  /** Slack user id. */
  readonly user: string;
  /** Slack workspace id. */
  readonly workspace: string;
  readonly at: Instant;
  /** Where a reply that only they see belongs; absent for a modal or the App Home. */
  readonly channel?: string;
}

/** What somebody asks for, not yet checked. */
export interface Ask {
  readonly target: string;
  readonly reason: string;
  /** A person's id or alias, or a Slack user id; absent: anyone who may confirm. */
  readonly picked?: string;
  readonly ticket?: string;
  readonly emergency?: EmergencyWhy;
}

/** What somebody wants pinned, not yet checked. */
export interface PinAsk {
  /** Slack user ids or canonical ids. */
  readonly people: readonly string[];
  readonly team?: string;
  readonly targets: readonly string[];
  readonly minutes: number;
  readonly reason: string;
  readonly incident?: string;
}

export type RequestVerb = 'approve' | 'decline' | 'cancel' | 'revoke' | 'disown';
export type FindingVerb = 'acknowledge' | 'it-was-me' | 'confirm' | 'not-genuine';

/** Bodies that `on-slack` puts on the Slack queue. `key` is our own idempotency key: the same for every delivery of one act. */
export type SlackJob =
  | {
      readonly twoEye: 'ask';
      readonly key: string;
      readonly by: SlackActor;
      readonly ask: Ask;
      readonly via: 'modal' | 'command';
    }
  | {
      readonly twoEye: 'step';
      readonly key: string;
      readonly by: SlackActor;
      readonly execution: string;
      readonly ask: Ask;
    }
  | {
      readonly twoEye: 'request';
      readonly verb: RequestVerb;
      readonly by: SlackActor;
      readonly ledger: LedgerId;
      readonly request: string;
      readonly words?: string;
    }
  | {
      readonly twoEye: 'finding';
      readonly key: string;
      readonly verb: FindingVerb;
      readonly by: SlackActor;
      readonly ledger: LedgerId;
      readonly finding: string;
      readonly words?: string;
      readonly picked?: string;
    }
  | { readonly twoEye: 'pin'; readonly key: string; readonly by: SlackActor; readonly pin: PinAsk }
  | { readonly twoEye: 'pin-end'; readonly by: SlackActor; readonly pin: string }
  | { readonly twoEye: 'home' | 'status'; readonly by: SlackActor };
