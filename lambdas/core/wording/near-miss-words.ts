import { localDateTime } from '../hours.ts';
import type { Policy } from '../policy.ts';
import type { Instant } from '../time.ts';
import type { VerdictLine } from '../verdict-line.ts';
import { lengthOf } from './durations.ts';
import { plainText } from './escape.ts';
import { nameOf, targetTitle } from './names.ts';

type Miss = VerdictLine['nearMisses'][number];

/** What the words need beside the miss: the use that was not covered, and the zone in which people read times. */
export interface MissedUse {
  readonly target: string;
  readonly account: string;
  readonly occurredAt: Instant;
  readonly timeZone: string;
}

/**
 * Why approvals did not cover a use, one sentence an approval, the nearest first, at most `most`: plain words, to be escaped where
 * they are shown. Several reasons of one approval are one sentence.
 */
export function nearMissWords(
  misses: readonly Miss[],
  use: MissedUse,
  policy: Pick<Policy, 'targets' | 'accounts'>,
  most = 3,
): readonly string[] {
  const approvals = [...new Set(misses.map((miss) => miss.approval))];
  return approvals.slice(0, most).map((approval) => {
    const own = misses.filter((miss) => miss.approval === approval);
    const reasons = own.map((miss) => reasonWords(miss, use, policy)).join(', and ');
    return `${subjectOf(own[0], policy)} ${reasons} (${plainText(approval, 80)}).`;
  });
}

function subjectOf(miss: Miss | undefined, policy: Pick<Policy, 'targets'>): string {
  // A no is not an approval.
  if (miss?.because === 'declined') return declinedSubject(miss, policy);
  const whose = miss?.approver ? `${nameOf(miss.approver)}'s approval` : 'A request';
  return miss?.target ? `${whose} for ${plainText(targetTitle(policy, miss.target), 100)}` : `${whose}`;
}

function declinedSubject({ approver, target }: Miss, policy: Pick<Policy, 'targets'>): string {
  const to = approver ? ` to ${nameOf(approver)}` : '';
  return `The request${to}${target ? ` for ${plainText(targetTitle(policy, target), 100)}` : ''}`;
}

/** The predicate of the sentence. A reason that this code does not know is shown as it is: better strange than missing. */
function reasonWords(miss: Miss, use: MissedUse, policy: Pick<Policy, 'targets' | 'accounts'>): string {
  const at = miss.at === undefined ? undefined : Date.parse(miss.at);
  const clock = at === undefined ? '' : ` at ${localDateTime(at, use.timeZone)}`;
  switch (miss.because) {
    case 'already-used':
      return `was already used${clock}${miss.usedBy ? `, by the action ${plainText(miss.usedBy, 80)}` : ''}`;
    case 'not-yet-approved':
      return at === undefined
        ? 'had no yes yet'
        : `came late: the yes came ${lengthOf(at - use.occurredAt)} after the use`;
    case 'expired':
      return at === undefined ? 'had expired' : `had expired ${lengthOf(use.occurredAt - at)} earlier,${clock}`;
    case 'revoked':
      return at === undefined
        ? 'had been revoked'
        : `had been revoked ${lengthOf(use.occurredAt - at)} earlier,${clock}`;
    case 'declined':
      return `was declined${clock}`;
    case 'self-approved':
      return 'was given by the actor themselves';
    case 'approver-not-eligible':
      return 'was given by somebody who may not approve this';
    case 'other-account':
      return `is for another account than ${plainText(policy.accounts[use.account] ?? use.account, 60)}`;
    case 'other-target':
      return `is not for ${plainText(targetTitle(policy, use.target), 100)}`;
    case 'too-late':
      return 'might have covered it, but the record came too late to tell whether something else had used it';
    default:
      return `did not cover it: ${plainText(miss.because, 60)}`;
  }
}
