import type { DatabaseSession } from './messages.ts';
import { type LogEntry, logEntriesOf } from './postgres-log.ts';
import type { Instant } from './time.ts';

/** Where a batch of log events comes from. */
export interface LogSource {
  readonly account: string;
  readonly region: string;
  readonly logGroup: string;
}

export interface LogEvent {
  /** CloudWatch's id of the event: the key of the session it tells of. */
  readonly id: string;
  /** Epoch milliseconds. */
  readonly timestamp: Instant;
  readonly message: string;
}

/** pgaudit writes a line a statement; a session is shown with the kinds of commands, not with their number. */
const MAX_COMMANDS = 20;

/**
 * The sessions that a batch of log events tells of: one for each `connection authorized`, with the client's address from
 * `connection received` of the same process, and the class and command of what pgaudit saw it do within the batch. A
 * process id is used again only after its session ended, so the last `authorized` of a pid is the one that acts.
 */
export function databaseSessionsIn(events: readonly LogEvent[], source: LogSource): readonly DatabaseSession[] {
  const hosts = new Map<string, string>();
  const byPid = new Map<string, OpenSession>();
  const sessions: OpenSession[] = [];
  for (const event of events) {
    logEntriesOf(event.message).forEach((entry, index) => {
      if (entry.kind === 'received') hosts.set(entry.pid, entry.host);
      else if (entry.kind === 'audit') byPid.get(entry.pid)?.commands.add(entry.command);
      else {
        const session = opened(event, index, entry, source, hosts.get(entry.pid) ?? '');
        sessions.push(session);
        if (entry.pid !== '') byPid.set(entry.pid, session);
      }
    });
  }
  return sessions.map(({ session, commands }) =>
    commands.size === 0 ? session : { ...session, commands: [...commands].slice(0, MAX_COMMANDS) },
  );
}

interface OpenSession {
  readonly session: DatabaseSession;
  readonly commands: Set<string>;
}

function opened(
  event: LogEvent,
  index: number,
  entry: LogEntry & { kind: 'authorized' },
  source: LogSource,
  received: string,
): OpenSession {
  const { user, database, applicationName, doubtful, otherUsers } = entry;
  const session = {
    key: index === 0 ? event.id : `${event.id}/${index}`,
    occurredAt: event.timestamp,
    ...source,
    user,
    database,
    ip: entry.host || received,
    applicationName,
    ...(doubtful === undefined ? {} : { doubtful }),
    ...(otherUsers === undefined ? {} : { otherUsers }),
  };
  return { session, commands: new Set() };
}
