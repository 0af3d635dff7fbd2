import { localDateTime } from '../../lambdas/core/hours.ts';
import type { VerdictLine } from '../../lambdas/core/verdict-line.ts';

type Miss = VerdictLine['nearMisses'][number];

/** Why an approval that almost covered a use did not, as a sentence. */
export function missSentence(miss: Miss, timeZone: string): string {
  const at = miss.at === undefined ? '' : ` ${localDateTime(Date.parse(miss.at), timeZone)}`;
  const approval = `Approval ${miss.approval}`;
  const sentences: Readonly<Record<string, string>> = {
    'already-used': `${approval} was already used by action ${miss.usedBy ?? 'another'}${at === '' ? '' : ` at${at}`}: one approval is good for one action.`,
    'not-yet-approved': `${approval} had no yes yet${at === '' ? '' : `; it came at${at}`}.`,
    expired: `${approval} had ended at${at}.`,
    revoked: `${approval} had been revoked at${at}.`,
    declined: `${approval} was declined${at === '' ? '' : ` at${at}`}.`,
    'self-approved': `${approval} was given by the person who used it; two names of one human are one human.`,
    'approver-not-eligible': `${approval} was given by ${miss.approver ?? 'somebody'}, who is not among the team's approvers.`,
    'other-account': `${approval} is for another account.`,
    'other-target': `${approval} is for another target${miss.target === undefined ? '' : `, ${miss.target}`}.`,
  };
  return sentences[miss.because] ?? `${approval}: ${miss.because}.`;
}
