import type { LedgerRecord } from './access-event.ts';
import type { JudgedAction } from './action.ts';
import { compareText } from './group.ts';
import type { Ledger } from './ledger-state.ts';
import { HOUR_MS } from './time.ts';
import type { VerdictLine } from './verdict-line.ts';
import { verdictLine } from './verdict-lines.ts';

/** The nearest in time are what a reader compares with; a message has no room for more. */
const MOST = 5;
/** Without a session in common the same AWS identity counts as one sitting for so long. */
const SITTING_MS = HOUR_MS;

/**
 * What else was done among watched events in the action's session: actions of the ledger that share a role session or an access key with it, or
 * are of the same AWS identity within an hour. At most five, nearest in time, sorted by time; without their single records.
 */
export function alsoSeen(action: JudgedAction, ledger: Pick<Ledger, 'actions' | 'records'>): readonly VerdictLine[] {
  const others = ledger.actions
    .filter(({ id }) => id !== action.id)
    .map(({ id, members, occurredAt, judgement }) => ({
      id,
      members: ledger.records.filter(({ key }) => members.includes(key)),
      occurredAt,
      judgement,
    }))
    .filter((other) => other.members.length > 0 && isSameSession(action, other));
  const distance = (other: JudgedAction) => Math.abs(other.occurredAt - action.occurredAt);
  const nearest = others.toSorted((one, other) => distance(one) - distance(other) || compareText(one.id, other.id));
  return nearest
    .slice(0, MOST)
    .toSorted((one, other) => one.occurredAt - other.occurredAt || compareText(one.id, other.id))
    .map(inShort);
}

function isSameSession(one: JudgedAction, other: JudgedAction): boolean {
  const mine = new Set(one.members.flatMap(sessionsOf));
  if (other.members.flatMap(sessionsOf).some((each) => mine.has(each))) return true;
  const isNear = Math.abs(one.occurredAt - other.occurredAt) <= SITTING_MS;
  return isNear && one.members.some(({ principal }) => other.members.some((each) => each.principal === principal));
}

/** Session and keys that a record opened or was made with. A user's lasting key (`AKIA…`) is no session. */
function sessionsOf({ session, issuedKeyId, usedKeyId }: LedgerRecord): readonly string[] {
  return [session, issuedKeyId, usedKeyId].filter((each) => each !== undefined && !each.startsWith('AKIA')) as string[];
}

function inShort(action: JudgedAction): VerdictLine {
  const { members: _, hints: __, ...line } = verdictLine(action);
  return line;
}
