import type { LedgerId } from '../../lambdas/core/access-event.ts';
import type { Approval } from '../../lambdas/core/approval.ts';
import type { Word } from '../../lambdas/core/finding.ts';
import { ledgerOf } from '../../lambdas/edge/approval-store.ts';
import { create, readPartition, type Stored } from '../../lambdas/edge/table.ts';
import { peoplePartition, requestKey } from '../../lambdas/edge/table-keys.ts';

/** Puts a request straight into the table, past the limits that asking has. `exists` with what is there when its id was taken. */
export async function putRequest(
  request: Approval,
): Promise<{ outcome: 'created' } | { outcome: 'exists'; there: Stored<Approval> }> {
  return create(requestKey(ledgerOf(request.actor), request.id), request);
}

/** Everything that people said on the findings of a ledger, or on one of them. */
export async function readWords(ledger: LedgerId, finding?: string): Promise<readonly Word[]> {
  const prefix = finding === undefined ? 'WORD#' : `WORD#${finding}#`;
  return (await readPartition<Word>(peoplePartition(ledger), { prefix })).map(({ value }) => value);
}
