import { isObject, type RawObject, textIn } from './raw-record.ts';

/** One entry of a PostgreSQL log that matters: who connected from where, who entered which database, and what was done, by class. */
export type LogEntry =
  | { readonly kind: 'received'; readonly pid: string; readonly host: string }
  | {
      readonly kind: 'authorized';
      readonly pid: string;
      readonly user: string;
      readonly database: string;
      readonly applicationName: string;
      /** From the line itself; `''` where the prefix has none: then that of `received` with the same pid. */
      readonly host: string;
      /** The line can be read in another way too: then it may be what somebody wrote who was not let in. */
      readonly doubtful?: 'yes';
      /** Whom a doubtful line may name as well. */
      readonly otherUsers?: readonly string[];
    }
  /** pgaudit: class and command (`WRITE,UPDATE`). The statement is never read. */
  | { readonly kind: 'audit'; readonly pid: string; readonly command: string };

type Authorized = LogEntry & { readonly kind: 'authorized' };

/** Names are at most 63 bytes in PostgreSQL; whatever is longer was not written by it. */
const MAX_NAME = 128;
/** No prefix is this long; what follows a longer one is not looked at. */
const MAX_PREFIX = 1_024;
const MAX_LINE = 16_384;

/**
 * Reads the entries of one log event: stderr with any usual `log_line_prefix` (RDS, Debian, pgBadger, syslog), csvlog or
 * jsonlog. Read from the left: names that a client chooses (`application_name`) stand right of the user and the database
 * and cannot move them. What tells of a session without being a plain line of its own is doubtful, never nothing.
 */
export function logEntriesOf(event: string): readonly LogEntry[] {
  const text = textPayloadOf(event) || event;
  // An agent may join several lines into one event.
  const lines = text.split('\n', 2_000).map((line) => line.slice(0, MAX_LINE));
  const structured = text.startsWith('{') ? jsonEntry : isCsv(text) ? csvEntry : undefined;
  if (structured === undefined) return lines.flatMap((line) => asList(sessionEntry(line) ?? stderrEntry(line)));
  // Ends of lines in a name can cut a line of stderr so that what is left of it looks like one of these.
  const told = lines.flatMap((line) => asList(sessionEntry(line))).map((entry) => inDoubt(entry, text));
  return told.length > 0 ? told : asList(structured(text));
}

function asList<Entry extends LogEntry>(entry: Entry | undefined): readonly Entry[] {
  return entry === undefined ? [] : [entry];
}

/** What a line says beside its message. */
interface Prefix {
  readonly pid: string;
  readonly host: string;
  readonly user: string;
}

const STARTS = /^(?:<\d{1,3}>1 )?(?:\d{4}-\d\d-\d\d[T ]|[A-Z][a-z]{2} [ \d]\d )/;
const SEVERITY = 'LOG:';

/** What PostgreSQL itself begins a message with, once a line. */
const ANY_SEVERITY =
  /\b(?:DEBUG\d?|LOG|INFO|NOTICE|WARNING|ERROR|FATAL|PANIC|STATEMENT|DETAIL|HINT|CONTEXT|QUERY|LOCATION):/;

/** What every usual prefix has: a time of day, and the id of the process or (Azure) of the session. */
const TIME_OF_DAY = /\d\d:\d\d:\d\d/;
const PROCESS = /\[\d+\]| postgres \d+ |-[\w.]{1,40}-$/;

/** What PostgreSQL writes of a session, wherever in a line: the names in the prefix may hold ends of lines, tabs and severities. */
const SESSION = /LOG:\s*(?:replication )?connection authorized: user=/;

function sessionEntry(line: string): Authorized | undefined {
  const at = line.search(SESSION);
  if (at < 0 || at > MAX_PREFIX) return undefined;
  const [prefix, message] = [line.slice(0, at), line.slice(at + SEVERITY.length).trimStart()];
  const entry = authorizedEntry(message.slice(message.indexOf('user=') + 'user='.length), prefixOf(prefix));
  return STARTS.test(line) && isPlain(prefix, message, entry.user) ? entry : inDoubt(entry, line);
}

/** A name holds these words twice at most, and there are few names in a line. */
const MAX_USERS = 16;

/** A name may hold the words as well, so all of them are who it may have been. */
function inDoubt(entry: Authorized, text: string): Authorized {
  const named = text.slice(0, MAX_LINE).split('connection authorized: user=', MAX_USERS).slice(1);
  const users = named.map((rest) => upTo(rest, ['database=', ...AFTER_NAMES, '\n']).slice(0, MAX_NAME));
  const otherUsers = [...new Set(users)].filter((user) => user !== entry.user && user !== '');
  return { ...entry, doubtful: 'yes', ...(otherUsers.length === 0 ? {} : { otherUsers }) };
}

/** A continuation begins with a tab, as PostgreSQL writes it, and so is never the beginning of an entry. */
function stderrEntry(line: string): LogEntry | undefined {
  if (!STARTS.test(line)) return undefined;
  const at = line.indexOf(SEVERITY);
  if (at < 0 || at > MAX_PREFIX) return undefined;
  return messageEntry(line.slice(at + SEVERITY.length).trimStart(), prefixOf(line.slice(0, at)));
}

/**
 * The name with which somebody *tries* to log in stands in the prefix of the refusal, and so does that of the database: up to 63 bytes
 * each of anything at all, such as `x:[1]:LOG:  connection authorized: user=write`. The line then has the severity of the refusal further
 * on, or lacks what a prefix has, or names two users; a statement that is logged has its own severity before.
 */
function isPlain(prefix: string, message: string, user: string): boolean {
  const named = message.slice(message.indexOf('user=') + 'user='.length);
  const isSameUser = named.startsWith(user) && /^(?:$| |database=)/.test(named.slice(user.length, user.length + 9));
  const isWhole = TIME_OF_DAY.test(prefix) && PROCESS.test(prefix);
  return isSameUser && isWhole && !ANY_SEVERITY.test(prefix) && !ANY_SEVERITY.test(message);
}

function prefixOf(prefix: string): Prefix {
  const pid = /postgres (\d+) /.exec(prefix)?.[1] ?? /\[(\d+)\]/.exec(prefix)?.[1] ?? '';
  if (/:\[\d+\]:$/.test(prefix)) return { pid, ...rdsPrefix(prefix.slice(0, prefix.lastIndexOf(':['))) };
  const user = labelled(prefix, 'user=') || userBeforeAt(prefix);
  return { pid, user, host: labelled(prefix, 'client=') };
}

/** `time zone:host(port):user@database`, as RDS writes it; a local socket is `[local]`. */
function rdsPrefix(prefix: string): Pick<Prefix, 'host' | 'user'> {
  const zoneEnd = prefix.indexOf(':', prefix.indexOf(' ', 11));
  const rest = zoneEnd < 0 ? '' : prefix.slice(zoneEnd + 1);
  const isLocal = rest.startsWith('[local]:');
  const hostEnd = isLocal ? 7 : rest.indexOf('):') + 1;
  const host = isLocal ? '[local]' : rest.slice(0, Math.max(0, rest.indexOf('(')));
  const who = hostEnd <= 0 ? rest : rest.slice(hostEnd + 1);
  return { host: host.slice(0, MAX_NAME), user: known(who.slice(0, Math.max(0, who.lastIndexOf('@')))) };
}

/** `… [pid] user@database `, as Debian writes it. */
function userBeforeAt(prefix: string): string {
  const who = prefix.slice(prefix.lastIndexOf('] ') + 2).trim();
  return known(who.slice(0, Math.max(0, who.lastIndexOf('@'))));
}

function labelled(prefix: string, label: string): string {
  const at = prefix.indexOf(label);
  if (at < 0) return '';
  const value = prefix.slice(at + label.length);
  const end = value.search(/[, ]/);
  return known(end < 0 ? value : value.slice(0, end));
}

function known(name: string): string {
  return name === '[unknown]' ? '' : name.slice(0, MAX_NAME);
}

function messageEntry(message: string, prefix: Prefix): LogEntry | undefined {
  const { pid } = prefix;
  if (message.startsWith('connection received: host=')) {
    return {
      kind: 'received',
      pid,
      host: message.slice('connection received: host='.length).split(' ', 1)[0]?.slice(0, MAX_NAME) ?? '',
    };
  }
  if (message.startsWith('AUDIT: ')) return auditEntry(message.slice('AUDIT: '.length, 256), pid);
  const authorized = /^(?:replication )?connection authorized: user=/.exec(message)?.[0];
  return authorized === undefined ? undefined : authorizedEntry(message.slice(authorized.length), prefix);
}

const AFTER_NAMES = [' application_name=', ' SSL enabled (', ' GSS (', ' pid='];

/** `user=… database=… application_name=… SSL enabled (…)`: each but the user may be absent. Azure runs the first two together. */
function authorizedEntry(rest: string, prefix: Prefix): Authorized {
  const databaseAt = rest.indexOf('database=');
  const applicationAt = rest.indexOf(' application_name=');
  const hasDatabase = databaseAt >= 0 && (applicationAt < 0 || databaseAt < applicationAt);
  const names = hasDatabase ? rest.slice(databaseAt + 'database='.length) : rest;
  const user = hasDatabase ? rest.slice(0, databaseAt).trimEnd() : upTo(rest, AFTER_NAMES);
  const application = applicationAt < 0 ? '' : rest.slice(applicationAt + ' application_name='.length);
  return {
    kind: 'authorized',
    pid: prefix.pid,
    // Where the line's prefix names the user it is PostgreSQL's own word, whatever a client put into the message.
    user: prefix.user || user.slice(0, MAX_NAME),
    database: (hasDatabase ? upTo(names, AFTER_NAMES) : 'replication').slice(0, MAX_NAME),
    applicationName: beforeLast(application, [' SSL enabled (', ' GSS (']).slice(0, MAX_NAME),
    host: prefix.host,
  };
}

function upTo(text: string, ends: readonly string[]): string {
  const found = ends.map((end) => text.indexOf(end)).filter((at) => at >= 0);
  return text.slice(0, Math.min(text.length, ...found)).trim();
}

function beforeLast(text: string, ends: readonly string[]): string {
  const found = Math.max(...ends.map((end) => text.lastIndexOf(end)));
  return found < 0 ? text.trimEnd() : text.slice(0, found);
}

const CLASS_AND_COMMAND = /^(?:SESSION|OBJECT),\d+,\d+,([A-Z]{1,20}),([A-Z][A-Z ]{0,40}),/;

function auditEntry(audit: string, pid: string): LogEntry | undefined {
  const [, group, command] = CLASS_AND_COMMAND.exec(audit) ?? [];
  return group === undefined ? undefined : { kind: 'audit', pid, command: `${group},${command}` };
}

function jsonEntry(event: string): LogEntry | undefined {
  const parsed = parsedJson(event);
  if (parsed === undefined) return undefined;
  const record = isObject(parsed.record) ? parsed.record : parsed;
  const prefix = {
    pid: String(record.pid ?? record.process_id ?? '').slice(0, 16),
    user: known(textIn(record, 'user') || textIn(record, 'user_name')),
    host: (textIn(record, 'remote_host') || textIn(record, 'connection_from').replace(/:\d+$/, '')).slice(0, MAX_NAME),
  };
  return messageEntry(textIn(record, 'message', MAX_LINE), prefix);
}

/** Cloud SQL and CloudNativePG wrap what PostgreSQL wrote. */
function textPayloadOf(event: string): string {
  const parsed = event.startsWith('{') && event.includes('"textPayload"') ? parsedJson(event) : undefined;
  return parsed === undefined ? '' : textIn(parsed, 'textPayload', MAX_LINE);
}

function parsedJson(event: string): RawObject | undefined {
  try {
    const parsed: unknown = JSON.parse(event);
    return isObject(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

function isCsv(event: string): boolean {
  return /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[.\d]* [A-Z]{2,5},/.test(event);
}

/** Columns of csvlog: 1 user, 3 pid, 4 host:port, 13 message (PostgreSQL manual, "Using CSV-Format Log Output"). */
function csvEntry(event: string): LogEntry | undefined {
  const fields = csvFields(event.slice(0, MAX_LINE), 14);
  const host = (fields[4] ?? '').replace(/:\d+$/, '');
  return messageEntry(fields[13] ?? '', { pid: fields[3] ?? '', user: known(fields[1] ?? ''), host });
}

function csvFields(line: string, count: number): readonly string[] {
  const fields: string[] = [];
  for (let at = 0; at <= line.length && fields.length < count; ) {
    const quoted = line[at] === '"';
    const end = quoted ? closingQuote(line, at + 1) : commaFrom(line, at);
    fields.push(quoted ? line.slice(at + 1, end).replaceAll('""', '"') : line.slice(at, end));
    at = quoted ? commaFrom(line, end) + 1 : end + 1;
  }
  return fields;
}

function closingQuote(line: string, from: number): number {
  let at = line.indexOf('"', from);
  while (at >= 0 && line[at + 1] === '"') at = line.indexOf('"', at + 2);
  return at < 0 ? line.length : at;
}

function commaFrom(line: string, from: number): number {
  const at = line.indexOf(',', from);
  return at < 0 ? line.length : at;
}
