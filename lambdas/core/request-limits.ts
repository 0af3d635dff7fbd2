import type { Approval } from './approval.ts';
import { hasLapsed } from './request.ts';
import { HOUR_MS, type Instant, MINUTE_MS } from './time.ts';

export const MOST_OPEN = 2;
export const MOST_AN_HOUR = 10;
export const MOST_OF_ONE_PERSON = 3;
export const REST_AFTER_NO_MS = 30 * MINUTE_MS;

/**
 * Why a person may not ask once more, in words; undefined when they may. `used` are the ids of approvals that were spent. A late request has its
 * own limit (one a finding) and counts only towards the rate.
 */
export function limitReached(
  wanted: Approval,
  earlier: readonly Approval[],
  used: ReadonlySet<string>,
): string | undefined {
  const at = wanted.requestedAt;
  const lastHour = earlier.filter(({ requestedAt }) => at - requestedAt < HOUR_MS);
  if (lastHour.length >= MOST_AN_HOUR)
    return `You have asked ${MOST_AN_HOUR} times within an hour. Wait a while, or talk to cyber.`;
  return wanted.lateFor
    ? lateLimit(wanted, earlier, at)
    : (openLimit(wanted, earlier, used, at) ?? bombing(wanted, lastHour, at));
}

function lateLimit(wanted: Approval, earlier: readonly Approval[], at: Instant): string | undefined {
  const same = earlier.find(
    (one) => one.lateFor === wanted.lateFor && one.status === 'requested' && !hasLapsed(one, at),
  );
  return same && 'You have asked for a late yes to this already; it waits for an answer.';
}

function openLimit(
  wanted: Approval,
  earlier: readonly Approval[],
  used: ReadonlySet<string>,
  at: Instant,
): string | undefined {
  const live = earlier.filter((one) => one.target === wanted.target && !one.lateFor && isLive(one, used, at));
  if (live.length < MOST_OPEN) return undefined;
  return `You have ${live.length} open requests or unused approvals for ${wanted.target}. Use one, cancel one, or let one expire.`;
}

function isLive(one: Approval, used: ReadonlySet<string>, at: Instant): boolean {
  if (one.status === 'requested') return !hasLapsed(one, at);
  return one.status === 'approved' && at < (one.validUntil ?? 0) && !used.has(one.id);
}

/** Nobody is asked again and again until they give in. */
function bombing(wanted: Approval, lastHour: readonly Approval[], at: Instant): string | undefined {
  if (!wanted.picked) return undefined;
  const theirs = lastHour.filter(({ picked, target }) => picked === wanted.picked && target === wanted.target);
  const declined = theirs.some(
    ({ declinedBy, declinedAt }) => declinedBy === wanted.picked && at - (declinedAt ?? 0) < REST_AFTER_NO_MS,
  );
  if (declined) return `${wanted.picked} declined this less than half an hour ago. Talk to them, or ask somebody else.`;
  return theirs.length >= MOST_OF_ONE_PERSON
    ? `You have asked ${wanted.picked} for this ${theirs.length} times within an hour. Talk to them, or ask somebody else.`
    : undefined;
}
