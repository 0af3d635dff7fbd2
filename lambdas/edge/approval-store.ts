import type { LedgerId } from '../core/access-event.ts';
import type { Approval, Pin } from '../core/approval.ts';
import { TwoEyeError } from '../core/errors.ts';
import type { Word } from '../core/finding.ts';
import { lasting } from '../core/pin.ts';
import type { Instant } from '../core/time.ts';
import type { Stored, Table } from './table.ts';
import * as dynamo from './table.ts';
import { peoplePartition, pinsKey, requestKey, wordKey } from './table-keys.ts';

/**
 * What people's clicks wrote: requests (once a second person said yes, approvals), words on findings, and pins. Written by
 * `slack-work` and `on-pagerduty` alone; `on-access` reads it beside the ledger.
 */

/** The ledger of a person. */
export const ledgerOf = (person: string): LedgerId => `person:${person}`;

const keyOf = ({ actor, id }: Approval) => requestKey(ledgerOf(actor), id);

/** The store of what people wrote, over a table. */
export function approvalStoreOn({ create, read, readPartition, replace }: Table) {
  /** A request of a person, with the version to hand to `updateRequest`. */
  async function readRequest(actor: string, id: string): Promise<Stored<Approval> | undefined> {
    return read<Approval>(requestKey(ledgerOf(actor), id));
  }

  /** Every request of a person or principal, oldest id first. */
  async function readRequests(ledger: LedgerId): Promise<readonly Stored<Approval>[]> {
    return readPartition<Approval>(peoplePartition(ledger), { prefix: 'REQUEST#' });
  }

  /**
   * Writes a request as changed, if it is still as it was read. `changed` with what is there now when somebody else was
   * first: look at that and decide again (two people click at once; one wins).
   */
  async function updateRequest(
    request: Approval,
    version: number,
  ): Promise<{ outcome: 'replaced' } | { outcome: 'changed'; there: Stored<Approval> | undefined }> {
    return replace(keyOf(request), request, version);
  }

  /**
   * Writes a word on a finding of this ledger. `exists` with the word that was first when one of its kind by this person (for
   * words that close: of anybody) is there. The writer then enqueues `rejudge` for the ledger.
   */
  async function putWord(
    ledger: LedgerId,
    word: Word,
  ): Promise<{ outcome: 'created' } | { outcome: 'exists'; there: Stored<Word> }> {
    return create(wordKey(ledger, word), word);
  }

  /** The pins, ended ones too for as long as they are kept, and the version to hand to `writePins` (0: none yet). */
  async function readPins(): Promise<{ readonly pins: readonly Pin[]; readonly version: number }> {
    const item = await read<readonly Pin[]>(pinsKey);
    return { pins: item?.value ?? [], version: item?.version ?? 0 };
  }

  /** Writes all pins, if they are still as they were read. On `changed` read again and do it again. */
  async function writePins(pins: readonly Pin[], version: number): Promise<'written' | 'changed'> {
    const { outcome } = await replace(pinsKey, pins, version);
    return outcome === 'replaced' ? 'written' : 'changed';
  }

  /**
   * Reads the pins, changes them, writes them; again when somebody else was first. Pins that have been over for long are left out, for all
   * of them are one item. Throws `dependency_failed` after five times.
   */
  async function changePins(change: (pins: readonly Pin[]) => readonly Pin[], at: Instant): Promise<void> {
    for (let attempt = 0; attempt < 5; attempt++) {
      const { pins, version } = await readPins();
      if ((await writePins(lasting(change(pins), at), version)) === 'written') return;
    }
    throw new TwoEyeError('dependency_failed', 'The pins were changed by others five times in a row.');
  }

  return { readRequest, readRequests, updateRequest, putWord, readPins, writePins, changePins };
}

export const { readRequest, readRequests, updateRequest, putWord, readPins, writePins, changePins } =
  approvalStoreOn(dynamo);
