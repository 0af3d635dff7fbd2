import type { LedgerRecord } from '../../lambdas/core/access-event.ts';
import type { Approval, Pin } from '../../lambdas/core/approval.ts';
import type { QueueMessage } from '../../lambdas/core/messages.ts';
import { readRecord, readSession } from '../../lambdas/core/read.ts';
import { isoOf, MINUTE_MS, SECOND_MS } from '../../lambdas/core/time.ts';
import { approval, databaseSession, minute, pin } from '../support/ledger-records.ts';
import { testPolicy } from '../support/policies.ts';
import * as build from '../support/records.ts';
import { type Random, randomOf } from './random.ts';

/** A record as CloudTrail sends it, and as it is read; undefined where it is not to be understood. */
export interface Event {
  readonly body: string;
  /** As reconciliation sends it, which does not know whether the bus brought it; absent for what it does not find. */
  readonly late?: string;
  /** The bus brings it within so long, in milliseconds; absent: within some minutes, sometimes an hour. */
  readonly within?: number;
  readonly record: LedgerRecord | undefined;
}

/** What happens in the world of one seed, before two-eye hears of it. */
export interface Story {
  readonly events: readonly Event[];
  readonly approvals: readonly Approval[];
  readonly pins: readonly Pin[];
  /** Whether people say something about findings. */
  readonly hasPeople: boolean;
}

export const POLICY = testPolicy();
export const ADA = 'ada@example.gov.uk';
export const CAT = 'cat@example.gov.uk';
/** Every name by which each of them may be called. */
export const NAMES: Readonly<Record<string, readonly string[]>> = {
  [ADA]: [ADA, 'ada.lovelace', 'ada@digital.example.gov.uk'],
  [CAT]: [CAT],
};
const TARGETS = ['notify-prod-admin', 'notify-deploy-admin'] as const;
const ROLES = [build.PROD_ADMIN, build.DEPLOY_ADMIN] as const;

/** Of so many seeds these have a storm: half of them tell it by the real `ping`, and in half of those people act in Slack. */
const STORMS_OF = 1_600;
const STORMS: ReadonlySet<number> = new Set([43, 480, 271, 671]);

/** Whether a seed has more findings at once than are told of one by one. */
export function hasStorm(seed: number): boolean {
  return STORMS.has(seed % STORMS_OF);
}

/** What a seed tells of. */
export function storyOf(seed: number): Story {
  const story = anyStory(randomOf(seed));
  return hasStorm(seed) ? { ...story, events: [...story.events, ...stormOf(randomOf(seed ^ 0x5703))] } : story;
}

/** More people than can be told of one by one, within a minute. */
function stormOf(random: Random): readonly Event[] {
  return Array.from({ length: 28 + random.below(8) }, (_, index) => {
    const who = build.user(`contractor-${index}`, `AIDACONTRACTOR${index}`);
    const at = minute(5) + random.below(5 * SECOND_MS);
    return {
      ...eventOf(build.assumeRole({ at, key: `s${index}`, role: build.PROD_ADMIN, half: 'caller', who })),
      within: 5 * SECOND_MS,
    };
  });
}

/**
 * Calls within half an hour and approvals around them, so that they meet at their edges. Most stories are small: a bug that needs three
 * calls is met in one of the few large ones, and one that needs one call is met many times in the time of a large one.
 */
function anyStory(random: Random): Story {
  const calls = random.pick([1, 1, 1, 1, 1, 1, 2, 2, 2, 3, 4, 5]);
  const events = Array.from({ length: calls }, (_, index) => callOf(random, index)).flat();
  const approvals = Array.from({ length: random.below(calls < 3 ? 3 : 4) }, (_, index) => approvalOf(random, index));
  const pins = random.chance(0.15) ? [pinOf(random)] : [];
  return { events, approvals, pins, hasPeople: random.chance(0.5) };
}

/** What one call of somebody leaves behind: one record, the two of a cross-account call, or a call and what was done with it. */
function callOf(random: Random, index: number): readonly Event[] {
  const at = minute(random.below(60) / 2);
  const key = `e${random.below(1_000)}-${index}`;
  const ip = random.pick(['192.0.2.1', '192.0.2.2']);
  const role = random.pick(ROLES);
  const kind = random.next();
  if (kind < 0.45)
    return [eventOf(build.assumeRole({ at, key, ip, role, half: random.pick(['caller', 'role'] as const) }))];
  if (kind < 0.55) return pairOf(random, build.crossAccountPair({ at, key, ip, role }));
  if (kind < 0.72) return pairOf(random, build.crossAccountPair({ at, key, ip, role, who: build.cat }));
  if (kind < 0.79) return [eventOf(build.assumeRole({ at, key, ip, role, who: build.stranger, half: 'role' }))];
  if (kind < 0.86) return [eventOf(build.deniedAssumeRole({ at, key, ip, role }))];
  if (kind < 0.9)
    return [
      eventOf(build.assumeRole({ at, key, ip, role: build.DEPLOY_ADMIN, who: build.session(build.CI_ROLE, 'ci') })),
    ];
  if (kind < 0.93) return [eventOf(stopLogging(at, key, ip))];
  if (kind < 0.95) return [{ body: `{"detail": ${key}`, record: undefined }];
  if (kind < 0.97) return throughDatabase(random, at, key, ip);
  const opening = build.assumeRole({ at, key, ip, role: build.PROD_ADMIN });
  const who = build.sessionOpenedBy(opening);
  return [eventOf(opening), eventOf(build.executeCommand({ who, at: at + MINUTE_MS, key: `${key}-shell`, ip }))];
}

/** A role that leads to a database, and a session there: the log names a shared user, so that it waits for who had a role session open. */
function throughDatabase(random: Random, at: number, key: string, ip: string): readonly Event[] {
  const opening = build.assumeRole({ at, key, ip, role: build.PROD_ADMIN, half: 'caller' });
  const session = databaseSession({ key: `${key}-db`, occurredAt: at + random.below(5 * MINUTE_MS) });
  const reading = readSession(session, POLICY);
  if (reading.outcome !== 'access') throw new Error(`the story has a session that is ${reading.outcome}`);
  return [eventOf(opening), { body: JSON.stringify({ twoEye: 'database-session', session }), record: reading.record }];
}

function stopLogging(at: number, key: string, ip: string): build.CloudTrailRecord {
  const who = build.user(ADA, 'AIDAADAEXAMPLE');
  return build.apiCall({
    who,
    at,
    key,
    ip,
    source: 'cloudtrail.amazonaws.com',
    name: 'StopLogging',
    request: { name: 'x' },
  });
}

/** Either half may have the smaller key, by which their action is named. */
function pairOf(
  random: Random,
  { caller, role }: { caller: build.CloudTrailRecord; role: build.CloudTrailRecord },
): readonly Event[] {
  const first = random.chance(0.5) ? 'a-role' : 'role';
  return [eventOf(caller), eventOf({ ...role, eventID: role.eventID.replace(/role$/, first) })];
}

function eventOf(record: build.CloudTrailRecord): Event {
  const reading = readRecord(record, POLICY);
  if (reading.outcome !== 'access') throw new Error(`the story has a record that is ${reading.outcome}`);
  const late: QueueMessage = { twoEye: 'late-record', source: 'the simulation', record };
  return { body: JSON.stringify(build.envelope(record)), late: JSON.stringify(late), record: reading.record };
}

function approvalOf(random: Random, index: number): Approval {
  const approvedAt = minute(random.below(50) / 2) + random.below(3) * 500;
  const validUntil = approvedAt + (2 + random.below(20)) * MINUTE_MS;
  const isRevoked = random.chance(0.15);
  const status = isRevoked ? 'revoked' : random.chance(0.1) ? 'declined' : 'approved';
  const actor = random.chance(0.7) ? ADA : CAT;
  return approval({
    id: `r${index}`,
    actor,
    target: TARGETS[0],
    slots: random.chance(0.5) ? [...TARGETS, 'notify-prod-shell', 'notify-prod-db-write'] : [random.pick(TARGETS)],
    approvedAt,
    validUntil,
    status,
    approver: random.chance(0.1) ? actor : 'ben@example.gov.uk',
    approverEligible: !random.chance(0.1),
    ...(isRevoked ? { revokedAt: approvedAt + 1 + random.below(10) * 30 * SECOND_MS } : {}),
  });
}

/** Made before the first use: a pin that is made later covers nothing that was before it. */
function pinOf(random: Random): Pin {
  const from = minute(random.below(20));
  return pin({ people: [random.pick([ADA, CAT])], from, until: from + (1 + random.below(10)) * MINUTE_MS });
}

/** One line for everything that there is to know at the beginning. */
export function storyInWords({ events, approvals, pins, hasPeople }: Story): string {
  const at = (instant: number | undefined) => (instant === undefined ? '' : isoOf(instant).slice(11));
  return [
    ...events.map(({ body, record }) =>
      record === undefined
        ? `unreadable: ${body}`
        : `${at(record.occurredAt)} ${record.key}: ${record.actor} (${record.principal}) on ${record.target} from ${record.ip}, ${record.outcome}, half: ${record.half}`,
    ),
    ...approvals.map(
      (yes) =>
        `${at(yes.approvedAt)} to ${at(yes.revokedAt ?? yes.validUntil)} ${yes.id}: ${yes.status} by ${yes.approver} for ${yes.actor} on ${yes.slots.join(', ')}${yes.approverEligible ? '' : ', who may not'}`,
    ),
    ...pins.map(
      (one) => `${at(one.from)} to ${at(one.until)} a pin for ${one.people.join(', ')} on ${one.targets.join(', ')}`,
    ),
    hasPeople ? 'People speak of what they see.' : 'Nobody says anything.',
  ].join('\n');
}
