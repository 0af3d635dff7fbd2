import { type Reading, UNKNOWN } from './access-event.ts';
import type { DatabaseSession } from './messages.ts';
import type { Policy } from './policy.ts';
import { prepare } from './prepare.ts';
import { isObject } from './raw-record.ts';
import { targetOfSession } from './targets.ts';

const NOT_WATCHED: Reading = { outcome: 'ignored', because: 'not-watched' };

/**
 * Reads a session of a database: its log names a database user and a tunnel's address, never a human, so the actor is
 * unknown until a live session on an included target tells (`attribution.ts`).
 */
export function readSession(session: DatabaseSession, policy: Policy): Reading {
  const target = targetOfSession(prepare(policy).targets, session);
  if (target === undefined) return NOT_WATCHED;
  const { key, occurredAt, account, region, logGroup, user, database, ip, applicationName } = session;
  return {
    outcome: 'access',
    record: {
      key,
      occurredAt,
      kind: 'database',
      eventName: 'connection authorized',
      outcome: 'success',
      target: target.id,
      team: target.team,
      account,
      region,
      actor: UNKNOWN,
      how: session.doubtful
        ? `a line of the database log that somebody who was not let in may have written; it names the database user ${usersOf(session)}`
        : `a database log names the database user only: ${user}`,
      hints: applicationName === '' ? [] : [`application name ${applicationName}`],
      principal: `${account}/${region}${logGroup}/${user}`,
      resource: `${user}@${database}`,
      ip,
      userAgent: applicationName,
      half: 'whole',
      groupingMs: target.groupingMs,
      maxActionMs: target.maxActionMs,
      ...(session.commands === undefined ? {} : { commands: session.commands }),
      ...(session.doubtful === undefined ? {} : { doubtful: session.doubtful }),
      policy: policy.hash,
    },
  };
}

/** Cut, since a ledger keeps it. */
function usersOf({ user, otherUsers = [] }: DatabaseSession): string {
  return [user, ...otherUsers].join(' or ').slice(0, 512);
}

/** Whether a message's `session` is one: it comes from a queue. */
export function isDatabaseSession(value: unknown): value is DatabaseSession {
  if (!isObject(value)) return false;
  const texts = ['key', 'account', 'region', 'logGroup', 'user', 'database', 'ip', 'applicationName'];
  if (!texts.every((field) => isBoundedText(value[field])) || value.key === '') return false;
  const { occurredAt, commands, doubtful, otherUsers } = value;
  const isLists = [commands, otherUsers].every((list) => list === undefined || isBoundedTexts(list));
  const isDoubt = doubtful === undefined || doubtful === 'yes';
  return typeof occurredAt === 'number' && Number.isFinite(occurredAt) && isLists && isDoubt;
}

function isBoundedTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every(isBoundedText);
}

function isBoundedText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= 512;
}
