import type { LedgerId } from '../core/access-event.ts';
import type { Word } from '../core/finding.ts';
import { incidentOf } from '../core/telling/told.ts';
import type { transact } from './table.ts';
import { wordKey } from './table-keys.ts';

/** Writes a word from PagerDuty, once. Each incident can be resolved once, so that word stands beside those of the incidents before it. */
export async function writeWord(
  ledger: LedgerId,
  word: Word,
  dedupKey: string,
  services: { readonly transact: typeof transact },
): Promise<void> {
  const key = wordKey(ledger, word);
  const sk = word.kind === 'resolved-elsewhere' ? `${key.sk}#${incidentOf(dedupKey)}` : key.sk;
  await services.transact([{ write: 'put', key: { ...key, sk }, value: word, version: 0 }]);
}
