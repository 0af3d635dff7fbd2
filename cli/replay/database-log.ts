import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';
import { databaseSessionsIn, type LogEvent } from '../../lambdas/core/database-sessions.ts';
import { TwoEyeError } from '../../lambdas/core/errors.ts';
import type { Door, Policy } from '../../lambdas/core/policy.ts';
import { logEntriesOf } from '../../lambdas/core/postgres-log.ts';
import { readSession } from '../../lambdas/core/read-session.ts';
import { addReading, type Extract } from '../archive/extract.ts';

type DatabaseDoor = Door & { readonly kind: 'database' };

/**
 * Adds the sessions of a PostgreSQL log, named `TARGET=FILE`. Throws `misconfigured` for a target that is no database and for a
 * file that cannot be read; a line that tells of a session at no time in UTC is unreadable.
 */
export async function addDatabaseLog(named: string, policy: Policy, to: Extract): Promise<void> {
  const [, target = '', file = ''] = /^([^=]+)=(.+)$/.exec(named) ?? [];
  const { account, region, logGroup } = doorOf(target, named, policy);
  const events = await eventsIn(file, to);
  for (const session of databaseSessionsIn(events, { account, region, logGroup }))
    addReading(to, readSession(session, policy), file, () => 0);
}

function doorOf(target: string, named: string, policy: Policy): DatabaseDoor {
  const door = policy.targets.find(({ id }) => id === target)?.door;
  if (door?.kind === 'database') return door;
  const known = policy.targets.flatMap(({ id, door: { kind } }) => (kind === 'database' ? [id] : []));
  throw new TwoEyeError(
    'misconfigured',
    `--database-log ${named}: expected TARGET=FILE with a target that is a database (the policy has: ${known.join(', ') || 'none'})`,
  );
}

/** The lines that tell of sessions, one event each: a file has no event ids, so its name and the line's number stand in. */
async function eventsIn(file: string, to: Extract): Promise<LogEvent[]> {
  const events: LogEvent[] = [];
  let [line, offset] = [0, 0];
  try {
    for await (const message of createInterface({ input: opened(file), crlfDelay: Infinity })) {
      line += 1;
      if (logEntriesOf(message).length > 0) {
        const timestamp = timeOf(message);
        if (timestamp === undefined) to.unreadable.push({ file, offset, why: 'the line names no time in UTC' });
        else events.push({ id: `${basename(file)}:${line}`, timestamp, message });
      }
      offset += Buffer.byteLength(message) + 1;
    }
  } catch (cause) {
    throw new TwoEyeError('misconfigured', `--database-log: ${file} cannot be read; give the path of a log file`, {
      cause,
    });
  }
  return events;
}

function opened(file: string): NodeJS.ReadableStream {
  const bytes = createReadStream(file);
  if (!file.endsWith('.gz')) return bytes;
  const gunzip = createGunzip();
  bytes.on('error', (error) => gunzip.destroy(error));
  return bytes.pipe(gunzip);
}

/** The time at the front of a line (in jsonlog the first field). PostgreSQL on RDS logs in UTC; another zone is a doubt. */
function timeOf(message: string): number | undefined {
  const found = /^(?:\{"timestamp":")?(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d(?:\.\d+)?) ?(?:UTC|GMT|Z)\b/.exec(message);
  const time = found === null ? Number.NaN : Date.parse(`${found[1]}T${found[2]}Z`);
  return Number.isNaN(time) ? undefined : Math.trunc(time);
}
