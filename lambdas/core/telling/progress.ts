import type { Finding } from '../finding.ts';
import type { VerdictMessage } from '../messages.ts';

const STATES: readonly Finding['state'][] = ['open', 'acknowledged', 'closed'];

/**
 * How far a finding has come, for messages that arrive late or in another order: states and words are never unsaid, so the
 * message with more of them is the newer one.
 */
export function progressOf(finding: Finding): number {
  const later = (finding.urgency === 'page' ? 1 : 0) + (finding.pagedAt === undefined ? 0 : 1);
  return STATES.indexOf(finding.state) * 1_000_000 + Math.min(finding.words.length, 9_999) * 100 + later * 10;
}

/** The message that knows more; of two that know the same the one with more records, else the one that came last. */
export function newer(known: VerdictMessage, arrived: VerdictMessage): VerdictMessage {
  if (!known.finding || !arrived.finding) return arrived;
  const difference = progressOf(arrived.finding) - progressOf(known.finding);
  if (difference !== 0) return difference > 0 ? arrived : known;
  return membersOf(arrived) >= membersOf(known) ? arrived : known;
}

/** Records of its own action; what else was seen beside it says nothing of how new it is. */
function membersOf({ actions: [own] }: VerdictMessage): number {
  return own?.keys.length ?? 0;
}
