import type { Stored, Table } from './table.ts';
import * as dynamo from './table.ts';
import { stateKey, toldKey } from './table-keys.ts';

/**
 * What was delivered where (`TOLD#<finding or request>`, `slack` | `pagerduty` | `slack-dm#<user>`) and the state of two-eye itself
 * (`STATE#<name>`). Both are small items under a version whose form belongs to whoever writes them.
 */

/** The store of what was told, over a table. */
export function toldStoreOn({ read, replace }: Table) {
  /** What was told of a finding or request on one channel; `version` is 0 and `value` absent before anything was. */
  async function readTold<T>(about: string, where: string): Promise<{ value: T | undefined; version: number }> {
    const item = await read<T>(toldKey(about, where));
    return { value: item?.value, version: item?.version ?? 0 };
  }

  /** Writes what was told, if it is still as it was read (`version` 0: nothing was). On `changed` somebody else told meanwhile. */
  async function writeTold<T>(
    about: string,
    where: string,
    value: T,
    version: number,
  ): Promise<{ outcome: 'replaced' } | { outcome: 'changed'; there: Stored<T> | undefined }> {
    return replace(toldKey(about, where), value, version);
  }

  async function readState<T>(name: string): Promise<{ value: T | undefined; version: number }> {
    const item = await read<T>(stateKey(name));
    return { value: item?.value, version: item?.version ?? 0 };
  }

  async function writeState<T>(name: string, value: T, version: number): Promise<'written' | 'changed'> {
    const { outcome } = await replace(stateKey(name), value, version);
    return outcome === 'replaced' ? 'written' : 'changed';
  }

  return { readTold, writeTold, readState, writeState };
}

export const { readTold, writeTold, readState, writeState } = toldStoreOn(dynamo);
