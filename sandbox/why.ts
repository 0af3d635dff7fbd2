import type { VerdictLine } from '../lambdas/core/verdict-line.ts';

/** Why an action was judged as it was, a sentence each, for the timeline. */
export function reasonsOf(line: VerdictLine): readonly string[] {
  const who =
    line.actor === 'unknown' ? `Nobody is known to have done it: ${line.how}.` : `${line.actor} did it: ${line.how}.`;
  return [who, ...verdictReasons(line)];
}

function verdictReasons(line: VerdictLine): readonly string[] {
  switch (line.verdict) {
    case 'approved':
      return [`Approval ${line.approval} was given before, was still valid, and had not been used.`];
    case 'pinned':
      return [`Pin ${line.pin} covers this person and target.`];
    case 'suppressed':
      return [`The policy's suppression ${line.suppression} silences it.`];
    case 'attempted':
      return ['AWS refused the call.'];
    case 'undecided':
      return ['The table could not be read; it is decided once it can be.'];
    case 'unreadable':
      return ['The record could not be read.'];
    case 'unapproved':
      return line.nearMisses.length === 0 ? ['No approval comes near it.'] : line.nearMisses.map(missReason);
  }
}

type Miss = VerdictLine['nearMisses'][number];

const BECAUSE: Readonly<Record<string, (miss: Miss) => string>> = {
  'already-used': (miss) => `was already used${miss.usedBy ? ` by ${miss.usedBy}` : ''}`,
  'not-yet-approved': (miss) => (miss.at ? `was approved only at ${timeOf(miss.at)}` : 'was not approved'),
  expired: (miss) => `had ended${miss.at ? ` at ${timeOf(miss.at)}` : ''}`,
  revoked: (miss) => `was revoked${miss.at ? ` at ${timeOf(miss.at)}` : ''}`,
  declined: () => 'was declined',
  'self-approved': () => 'was approved by the person who asked',
  'approver-not-eligible': (miss) => `was approved by ${miss.approver ?? 'somebody'}, who may not`,
  'other-account': () => 'is for another account',
  'other-target': (miss) => `is for ${miss.target ?? 'another target'}`,
};

function missReason(miss: Miss): string {
  return `Approval ${miss.approval} ${BECAUSE[miss.because]?.(miss) ?? miss.because}.`;
}

const timeOf = (iso: string): string => `${iso.slice(11, 16)} UTC`;
