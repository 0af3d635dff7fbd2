import { type LedgerId, type LedgerRecord, UNKNOWN } from './access-event.ts';

/**
 * Whether a record is the role's half of a cross-account call whose caller the policy does not know by id: the caller's
 * half has the ARN and comes in its own time. A half whose principal the policy maps is judged at once.
 */
export function waitsForOtherHalf(record: LedgerRecord): boolean {
  return (
    record.half === 'role' &&
    record.pairKey !== undefined &&
    record.actor === UNKNOWN &&
    record.suppression === undefined
  );
}

/**
 * Gives a half that names nobody the actor (and the suppression) of the half that does. Unchanged when it names
 * somebody itself, when the other names nobody either, or when they are not halves of one call.
 */
export function withActorOf(record: LedgerRecord, otherHalf: LedgerRecord): LedgerRecord {
  const isPair = record.pairKey !== undefined && record.pairKey === otherHalf.pairKey && record.key !== otherHalf.key;
  if (!isPair) return record;
  const { suppression } = otherHalf;
  const silenced = suppression === undefined ? record : { ...record, suppression };
  if (record.actor !== UNKNOWN || otherHalf.actor === UNKNOWN) return silenced;
  const { hints: _, ...rest } = silenced;
  const whose = otherHalf.half === 'caller' ? "the caller's" : "the role's";
  return { ...rest, actor: otherHalf.actor, how: `${otherHalf.how} (in ${whose} copy of the call)` };
}

/** Where a record is kept: with the person, or, while nobody is known, with the principal. */
export function ledgerIdOf(record: LedgerRecord): LedgerId {
  return record.actor === UNKNOWN ? `principal:${ledgerName(record.principal)}` : `person:${record.actor}`;
}

/** Ledgers of two-eye's own, which no principal may enter by its name. */
const RESERVED = /^(unreadable|undecided|waiting)(?=$|\/)/;

/**
 * A principal's id as the name of a ledger: blanks, `#` and what is not seen (an identity provider's subject may hold them)
 * percent-encoded, since the buttons of a finding carry the name back and keys are made of it. Ids as AWS makes them stay
 * different; of one that is longer than a key may be, the beginning counts.
 */
function ledgerName(principal: string): string {
  const plain = principal.slice(0, 256).replace(/[%#\p{Z}\p{C}]/gu, (one) => encodeURIComponent(one.toWellFormed()));
  return plain.replace(RESERVED, '%$1').slice(0, 300);
}
