import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { createGunzip } from 'node:zlib';
import { databaseSessionsIn, type LogEvent } from '../../lambdas/core/database-sessions.ts';
import { TwoEyeError } from '../../lambdas/core/errors.ts';
import type { Door, Policy } from '../../lambdas/core/policy.ts';
import { logEntriesOf } from '../../lambdas/core/postgres-log.ts';
import { instantOf } from '../../lambdas/core/raw-record.ts';
import { readSession } from '../../lambdas/core/read-session.ts';
import { addReading, type Extract } from '../archive/extract.ts';

type DatabaseDoor = Door & { readonly kind: 'database' };

/**
 * Adds the sessions of a PostgreSQL log, named `TARGET=FILE`. Throws `misconfigured` for a target that is no database and for a
 * file that cannot be read. Unreadable is a line that tells of a session in no known form or at no time in UTC, and a file without
 * a single line of such a log.
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

/**
 * The entries that tell of sessions, one event each: a file has no event ids, so its name and the number of the entry's first
 * line stand in. Of gzip that is damaged what came before the damage is kept, and the damage is named.
 */
async function eventsIn(file: string, to: Extract): Promise<LogEvent[]> {
  const events: LogEvent[] = [];
  let isLog = false;
  try {
    for await (const { line, offset, text } of entriesOf(opened(file))) {
      const message = withoutExportTime(text);
      isLog ||= isOfLog(message);
      const timestamp = timeOf(message);
      const why = whyUnreadable(message, timestamp);
      if (why !== undefined) to.unreadable.push({ file, offset, why });
      else if (timestamp !== undefined) events.push({ id: `${basename(file)}:${line}`, timestamp, message });
    }
    if (!isLog) to.unreadable.push({ file, offset: 0, why: `no line of it is of a PostgreSQL log (${FORMS})` });
  } catch (cause) {
    if (isDamage(cause)) to.unreadable.push({ file, offset: 0, why: 'the gzip data is damaged or stops short' });
    else
      throw new TwoEyeError('misconfigured', `--database-log: ${file} cannot be read; give the path of a log file`, {
        cause,
      });
  }
  return events;
}

const FORMS = 'stderr, csvlog or jsonlog';

/** Undefined for a line that can be read, also where it tells of no session. A continuation (a tab) is a client's own text. */
function whyUnreadable(message: string, timestamp: number | undefined): string | undefined {
  if (logEntriesOf(message).length > 0) return timestamp === undefined ? 'the line names no time in UTC' : undefined;
  const isSession = !message.startsWith('\t') && message.includes('connection authorized');
  return isSession ? `the line tells of a session, but not as ${FORMS} is written` : undefined;
}

const SEVERITY =
  /\b(?:DEBUG\d?|LOG|INFO|NOTICE|WARNING|ERROR|FATAL|PANIC|STATEMENT|DETAIL|HINT|CONTEXT|QUERY|LOCATION)[:,]/;

/** Whether PostgreSQL may have written it, whatever it tells of; its severity stands near the front. */
function isOfLog(message: string): boolean {
  const front = message.slice(0, 1_024);
  if (front.startsWith('{')) return front.includes('"error_severity"') || logEntriesOf(message).length > 0;
  return front.includes('connection authorized') || (/\d\d:\d\d:\d\d/.test(front) && SEVERITY.test(front));
}

function isDamage(error: unknown): boolean {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('Z_');
}

interface Entry {
  /** Of its first line, from 1. */
  readonly line: number;
  /** Bytes of the unpacked file. */
  readonly offset: number;
  readonly text: string;
}

/** No row that tells of a session is this long. */
const MAX_ENTRY = 65_536;

/** What csvlog quotes (a database's name, a statement) may hold line ends, and behind one anything: those lines are no entries of their own. */
async function* entriesOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<Entry> {
  let [line, offset] = [0, 0];
  let open: Entry | undefined;
  for await (const bytes of linesOf(chunks)) {
    line += 1;
    const text = withoutBom(bytes.toString('utf8'), offset).replace(/\r?\n$/, '');
    const isOdd = (open !== undefined || CSV.test(text)) && text.split('"').length % 2 === 0;
    const entry = open === undefined ? { line, offset, text } : continued(open, text);
    open = (open !== undefined) !== isOdd ? entry : undefined;
    if (open === undefined) yield entry;
    offset += bytes.length;
  }
  if (open !== undefined) yield open;
}

function continued(entry: Entry, text: string): Entry {
  return entry.text.length > MAX_ENTRY ? entry : { ...entry, text: `${entry.text}\n${text}` };
}

/** Editors and Windows tools put one before the first line of what they save. */
function withoutBom(text: string, offset: number): string {
  return offset === 0 ? text.replace(/^\uFEFF/, '') : text;
}

/** Each with its end. */
async function* linesOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    let bytes = Buffer.concat([rest, chunk]);
    for (let end = bytes.indexOf('\n'); end >= 0; end = bytes.indexOf('\n')) {
      yield bytes.subarray(0, end + 1);
      bytes = bytes.subarray(end + 1);
    }
    rest = bytes;
  }
  if (rest.length > 0) yield rest;
}

const CSV = /^(?:\S+Z )?\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[.\d]* [A-Z]{2,5},/;

/** CloudWatch's export to S3 puts its own time before each event. */
function withoutExportTime(text: string): string {
  return text.replace(/^\d{4}-\d\d-\d\dT[\d:.]+Z (?=\d{4}-\d\d-\d\d |\{)/, '');
}

function opened(file: string): AsyncIterable<Buffer> {
  const bytes = createReadStream(file);
  if (!file.endsWith('.gz')) return bytes;
  const gunzip = createGunzip();
  bytes.on('error', (error) => gunzip.destroy(error));
  return bytes.pipe(gunzip);
}

/** The time at the front of a line (in jsonlog the first field). PostgreSQL on RDS logs in UTC; another zone is a doubt. */
function timeOf(message: string): number | undefined {
  const found = /^(?:\{"timestamp":")?(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d(?:\.\d+)?) ?(?:UTC|GMT|Z)\b/.exec(message);
  const time = found === null ? undefined : instantOf(`${found[1]}T${found[2]}Z`);
  return time === undefined ? undefined : Math.trunc(time);
}
