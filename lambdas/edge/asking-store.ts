import type { LedgerId } from '../core/access-event.ts';
import type { Approval } from '../core/approval.ts';
import { TwoEyeError } from '../core/errors.ts';
import type { Word } from '../core/finding.ts';
import { hasLapsed, ledgerOf } from '../core/request.ts';
import { limitReached } from '../core/request-limits.ts';
import { approvalStoreOn } from './approval-store.ts';
import { findingStoreOn } from './finding-store.ts';
import type { Table } from './table.ts';
import { peoplePartition, requestKey, stateKey } from './table-keys.ts';
import { toldStoreOn } from './told-store.ts';

export type Asked =
  | { readonly outcome: 'created' | 'exists'; readonly request: Approval }
  | { readonly outcome: 'refused'; readonly why: string };

/** Where a request that waits for a team stands. */
interface Waiting {
  readonly ledger: LedgerId;
  readonly request: string;
}

const MOST_WAITING = 50;

/** The store of what is asked, over a table. */
export function askingStoreOn(table: Table) {
  const { create, overwrite, read, readMany, transact } = table;
  const { readRequests } = approvalStoreOn(table);
  const { readActionLines } = findingStoreOn(table);
  const { readState, writeState } = toldStoreOn(table);

  /**
   * Stores a request if the person's limits allow it. Two asks at once count each other: each writes the person's counter under its version
   * (`STATE#asking-<person>`). A delivery that comes again finds what the first stored.
   */
  async function storeRequest(request: Approval): Promise<Asked> {
    const counter = stateKey(`asking-${request.actor}`);
    for (let attempt = 0; attempt < 5; attempt++) {
      const count = await read<number>(counter);
      const earlier = (await readRequests(ledgerOf(request))).map(({ value }) => value);
      const same = earlier.find(({ id }) => id === request.id);
      if (same) return { outcome: 'exists', request: same };
      const why = limitReached(request, earlier, await usedApprovals(ledgerOf(request)));
      if (why) return { outcome: 'refused', why };
      const { outcome } = await transact([
        { write: 'put', key: requestKey(ledgerOf(request), request.id), value: request, version: 0 },
        { write: 'put', key: counter, value: (count?.value ?? 0) + 1, version: count?.version ?? 0 },
      ]);
      if (outcome === 'committed') return { outcome: 'created', request };
    }
    throw new TwoEyeError(
      'dependency_failed',
      'A request could not be stored: others of the same person came in between five times.',
    );
  }

  /** Ids of the approvals of a ledger that were spent, by its recorded actions. */
  async function usedApprovals(ledger: LedgerId): Promise<ReadonlySet<string>> {
    return new Set((await readActionLines(ledger)).flatMap(({ approval }) => approval ?? []));
  }

  /** Notes that a request waits for a team, for the App Home; nothing decides by it. The oldest are forgotten first. */
  async function noteWaiting(team: string, request: Approval): Promise<void> {
    for (let attempt = 0; attempt < 5; attempt++) {
      const { value = [], version } = await readState<readonly Waiting[]>(`asked-${team}`);
      if (value.some((each) => each.request === request.id)) return;
      const next = [...value, { ledger: ledgerOf(request), request: request.id }].slice(-MOST_WAITING);
      if ((await writeState(`asked-${team}`, next, version)) === 'written') return;
    }
  }

  /** The requests that wait for a team now. */
  async function readWaiting(team: string, at: number): Promise<readonly Approval[]> {
    const { value = [] } = await readState<readonly Waiting[]>(`asked-${team}`);
    const found = await readMany<Approval>(value.map(({ ledger, request }) => requestKey(ledger, request)));
    return found.map((each) => each.value).filter((each) => each.status === 'requested' && !hasLapsed(each, at));
  }

  /** Puts a late approval where the ledger of its finding is judged, when that is not its actor's own (nobody was known). Again is the same. */
  async function copyLateApproval(request: Approval, ledger: LedgerId): Promise<void> {
    if (ledger !== ledgerOf(request)) await overwrite(requestKey(ledger, request.id), request);
  }

  /** Writes the word of the actor that it was not them, once. It cannot close the finding, so it must not take the place of the word that will. */
  async function putOwnDenial(ledger: LedgerId, word: Word): ReturnType<typeof create<Word>> {
    return create({ pk: peoplePartition(ledger), sk: `WORD#${word.finding}#${word.kind}#${word.by}` }, word);
  }

  return { storeRequest, usedApprovals, noteWaiting, readWaiting, copyLateApproval, putOwnDenial };
}
