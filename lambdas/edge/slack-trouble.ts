import type { Finding } from '../core/finding.ts';
import type { VerdictMessage } from '../core/messages.ts';
import type { Policy } from '../core/policy.ts';
import type { ToldInSlack } from '../core/telling/told.ts';
import { HOUR_MS, type Instant, MINUTE_MS } from '../core/time.ts';
import { teamTitle } from '../core/wording/names.ts';
import { type Spot, spotsOf, type TellingServices } from './slack-telling.ts';
import { toldKey } from './table-keys.ts';

/** So long one channel may fail before it is said in the other: by then the queue has tried again. */
const NOTICE_AFTER_MS = MINUTE_MS;
/** So long a finding that failed in one channel may wait for its turn in the other before it is paged. */
const TURN_WITHIN_MS = MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

interface Standing {
  readonly spot: Spot;
  readonly told: ToldInSlack | undefined;
}

/**
 * After a failure in Slack: a finding that no channel shows is paged, once. One that a channel shows is known to people, and waking somebody
 * for a channel that was archived would teach them not to get up: the channel that works is told about the other, once a day.
 */
export async function whenSlackFails(
  message: VerdictMessage,
  finding: Finding,
  services: TellingServices,
): Promise<void> {
  const all: readonly Standing[] = await Promise.all(
    spotsOf(finding, services.policy).map(async (spot) => ({
      spot,
      told: (await services.read<ToldInSlack>(spot.key))?.value,
    })),
  );
  const failing = all.filter(({ told }) => told?.ts === undefined && told?.failure !== undefined);
  const shown = all.find(({ told }) => told?.ts !== undefined || told?.listed);
  if (failing.length === 0) return;
  if (shown) return tellOther(shown.spot, failing, finding, services);
  if (failing.length === all.length || hasWaited(failing, TURN_WITHIN_MS, services.now()))
    await troubleOnce(message, finding, failing[0]?.told?.failure ?? 'Slack failed', services);
}

function hasWaited(standings: readonly Standing[], ms: number, now: Instant): boolean {
  return standings.some(({ told }) => told !== undefined && now - told.firstAt >= ms);
}

async function troubleOnce(
  message: VerdictMessage,
  finding: Finding,
  why: string,
  services: TellingServices,
): Promise<void> {
  const key = toldKey(finding.id, 'slack-trouble');
  if (await services.read(key)) return;
  await services.trouble(message, why);
  // After it, not before: told twice is better than not at all.
  await services.transact([{ write: 'put', key, value: { at: services.now() } }]);
}

async function tellOther(
  { channel }: Spot,
  failing: readonly Standing[],
  finding: Finding,
  services: TellingServices,
): Promise<void> {
  const now = services.now();
  for (const { spot, told } of failing.filter((each) => hasWaited([each], NOTICE_AFTER_MS, now))) {
    const id = `channel-${spot.channel}-${Math.floor(now / DAY_MS)}`;
    const text = `Findings cannot be shown in ${ownerOf(spot, finding, services.policy)} channel ${spot.channel}: ${told?.failure}. They are shown in this channel alone. If the channel was archived or two-eye was taken out of it, put that right, or name another channel in the policy.`;
    await services.later({ twoEye: 'notice', channel, id, text }, 0);
  }
}

function ownerOf(spot: Spot, { team }: Finding, policy: Pick<Policy, 'teams' | 'cyber'>): string {
  return spot.channel === policy.cyber.channel ? "cyber's" : `${teamTitle(policy, team)}'s`;
}
