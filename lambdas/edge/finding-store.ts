import type { LedgerId } from '../core/access-event.ts';
import type { Finding } from '../core/finding.ts';
import type { Instant } from '../core/time.ts';
import type { VerdictLine } from '../core/verdict-line.ts';
import type { Table } from './table.ts';
import * as dynamo from './table.ts';
import { actionKey, findingKey, ledgerPartition, openPartition, SHARDS } from './table-keys.ts';

/** Findings and actions as `on-access` recorded them; everybody else only reads. */

/** Where an open finding stands. Kept when it closes, with the state: nothing is deleted to mean something. */
export interface OpenPointer {
  readonly finding: string;
  readonly ledger: LedgerId;
  readonly openedAt: Instant;
  readonly state: Finding['state'];
}

/** An action as it is kept. */
export interface StoredAction {
  readonly line: VerdictLine;
  /** Set when it joined another or moved to another ledger; the line is what it last was. */
  readonly superseded?: 'yes';
}

/** The store of findings and actions, over a table; to read them. */
export function findingStoreOn({ read, readMany, readPartition }: Table) {
  async function readFinding(ledger: LedgerId, finding: string): Promise<Finding | undefined> {
    return (await read<Finding>(findingKey(ledger, finding)))?.value;
  }

  /** Every finding of a ledger, closed ones too. */
  async function readFindings(ledger: LedgerId): Promise<readonly Finding[]> {
    return (await readPartition<Finding>(ledgerPartition(ledger), { prefix: 'FINDING#' })).map(({ value }) => value);
  }

  /** The findings that are not closed, by base-table key. Pointers of closed ones are read too, all of them: an open one may lie behind any number. */
  async function readOpenFindings(): Promise<readonly Finding[]> {
    const shards = Array.from({ length: SHARDS }, (_, shard) => readPartition<OpenPointer>(openPartition(shard)));
    const open = (await Promise.all(shards)).flat().filter(({ value }) => value.state !== 'closed');
    const findings = await readMany<Finding>(open.map(({ value }) => findingKey(value.ledger, value.finding)));
    return findings.map(({ value }) => value).filter(({ state }) => state !== 'closed');
  }

  /** The verdict line that was last recorded of an action. */
  async function readActionLine(ledger: LedgerId, action: string): Promise<VerdictLine | undefined> {
    return (await read<{ line: VerdictLine }>(actionKey(ledger, action)))?.value.line;
  }

  /** The verdict lines of a ledger's actions; those that stand no longer, because they joined another, are left out. */
  async function readActionLines(ledger: LedgerId): Promise<readonly VerdictLine[]> {
    const items = await readPartition<StoredAction>(ledgerPartition(ledger), { prefix: 'ACTION#' });
    return items.flatMap(({ value }) => (value.superseded === undefined ? [value.line] : []));
  }

  return { readFinding, readFindings, readOpenFindings, readActionLine, readActionLines };
}

export const { readFinding, readFindings, readOpenFindings, readActionLine, readActionLines } = findingStoreOn(dynamo);
