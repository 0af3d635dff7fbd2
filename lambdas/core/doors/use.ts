import type { AccessKind } from '../access-event.ts';
import type { Principal } from '../arn.ts';
import type { Caller } from '../caller.ts';
import { isTrue, objectIn, type RawRecord, textIn } from '../raw-record.ts';

/** A cluster of ECS that the record does not name: it may be any that is watched. */
export const SOME_CLUSTER = '*';

/** What was used, in the terms of a policy's doors. */
export type Used =
  | { readonly door: 'role'; readonly role: Principal }
  | { readonly door: 'root'; readonly account: string }
  | { readonly door: 'federation'; readonly account: string }
  | {
      readonly door: 'shell';
      readonly account: string;
      readonly by: 'ecs' | 'ssm' | 'instance-connect';
      readonly cluster?: string;
    }
  | { readonly door: 'secret'; readonly account: string; readonly secretId: string; readonly arn: string }
  | { readonly door: 'data-api'; readonly cluster: string }
  | { readonly door: 'tampering' };

/** What one door makes of a record: what was used, and whatever the record says about whose it was and what it belongs to. */
export interface Use {
  readonly kind: AccessKind;
  readonly used: Used;
  /** Account of what was used. */
  readonly account: string;
  readonly resource: string;
  readonly outcome: 'success' | 'refused';
  /** Which copy of a cross-account call; taken for `whole` where no shared id joins the copies. */
  readonly half?: 'caller' | 'role';
  readonly session?: string;
  readonly consoleLink?: string;
  readonly issuedKeyId?: string;
  /** Length of the credentials that the call gave out, in seconds. */
  readonly durationSeconds?: number;
  /** The name of the role session that the call opens. */
  readonly openedSessionName?: string;
  readonly openedSourceIdentity?: string;
  /** The identity provider's assertion, where one was made. */
  readonly asserted?: { readonly names: readonly string[]; readonly byIdentityCenter: boolean };
  /** The caller's ARN that the console writes into the target's copy of a SwitchRole. */
  readonly switchFrom?: string;
}

/** Reads the records of one door; undefined when the record is no use of it (a neighbour with the same event name). */
export type DoorReader = (record: RawRecord, caller: Caller) => Use | undefined;

/** AWS refused the call: it has an error and gave nothing out. */
export function outcomeOf(record: RawRecord, gaveOut = false): 'success' | 'refused' {
  const code = textIn(record, 'errorCode', 128);
  return code !== '' && !gaveOut ? 'refused' : 'success';
}

/** Sign-in events say `Failure` in the answer and often have no error code. */
export function signInOutcome(record: RawRecord): 'success' | 'refused' {
  const answer = textIn(objectIn(record, 'responseElements'), record.eventName, 64);
  const success = objectIn(record, 'additionalEventData').success;
  const failed =
    answer === 'Failure' || textIn(record, 'errorMessage') !== '' || (success !== undefined && !isTrue(success));
  return failed ? 'refused' : outcomeOf(record);
}

/** `account/role/session`: equal on a console SwitchRole and the AssumeRoles it caused. */
export function consoleLinkOf(role: Principal, sessionName: string): string {
  return `${role.account}/${role.name}/${sessionName}`;
}

export function recipientOf(record: RawRecord, caller: Caller): string {
  return textIn(record, 'recipientAccountId', 32) || caller.account;
}
