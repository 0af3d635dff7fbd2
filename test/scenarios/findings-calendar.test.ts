import { afterEach, describe, expect, it } from 'vitest';
import type { LedgerRecord } from '../../lambdas/core/access-event.ts';
import { advance, emptyLedger } from '../../lambdas/core/ledger.ts';
import type { Ledger } from '../../lambdas/core/ledger-state.ts';
import { MINUTE_MS } from '../../lambdas/core/time.ts';
import { verdictLine } from '../../lambdas/core/verdict-lines.ts';
import { type FindingsWorld, findingsWorld } from '../support/findings-world.ts';
import { ledgerRecord } from '../support/ledger-records.ts';
import { testPolicy } from '../support/policies.ts';

const policy = testPolicy();
const ADA = 'person:ada@example.gov.uk';

let world: FindingsWorld;
afterEach(() => world.close());

const record = (occurredAt: number): LedgerRecord =>
  ledgerRecord({ key: `use-${occurredAt}`, occurredAt, policy: policy.hash });

/** Judges what arrived and publishes every difference, as `on-access` does. */
async function judge(ledger: Ledger, arriving: readonly LedgerRecord[]): Promise<Ledger> {
  const facts = { approvals: [], pins: [], words: [] };
  const next = advance(ledger, arriving, facts, { now: world.now(), policy });
  for (const { change, action, finding } of next.changes) {
    await world.publish({
      version: 1,
      change,
      ...(finding && { finding }),
      actions: action ? [verdictLine(action)] : [],
      policy: policy.hash,
    });
  }
  return { ...next.ledger, version: ledger.version + 1 };
}

/** A use without an approval at an instant, recorded two minutes later: when people were woken, minutes after the recording, if they were. */
async function wokenAfter(iso: string): Promise<number | 'nobody'> {
  const at = Date.parse(iso);
  world = await findingsWorld(at + 2 * MINUTE_MS, policy);
  const recordedAt = world.now();
  let ledger = await judge(emptyLedger(ADA), [record(at)]);
  for (let minute = 0; minute < 16; minute += 1) {
    await world.advance(MINUTE_MS);
    ledger = await judge(ledger, []);
  }
  await world.advance(MINUTE_MS);
  expect(world.top()).toHaveLength(1);
  const opened = world.pagerDuty.incidents.map(({ openedAt }) => Math.round((openedAt - recordedAt) / MINUTE_MS));
  await world.close();
  return opened[0] ?? 'nobody';
}

describe('an unapproved use', () => {
  it.each([
    ['Wednesday 23 December, 14:00', '2026-12-23T14:00:00Z', 15],
    ['Christmas Eve, a Thursday, 14:00', '2026-12-24T14:00:00Z', 15],
    ['Christmas Eve, 17:29, of which the ping is recorded at 17:31', '2026-12-24T17:29:00Z', 0],
    ['Christmas Day', '2026-12-25T14:00:00Z', 0],
    ['Boxing Day, a Saturday', '2026-12-26T14:00:00Z', 0],
    ['Sunday 27 December', '2026-12-27T14:00:00Z', 0],
    ['Monday 28 December, the substitute for Boxing Day', '2026-12-28T14:00:00Z', 0],
    ['Tuesday 29 December, 14:00', '2026-12-29T14:00:00Z', 15],
    ['the Sunday on which the clocks go back, in the hour that comes twice', '2026-10-25T01:30:00Z', 0],
    ['the Monday after it, 09:27 in London, recorded before hours', '2026-10-26T09:27:00Z', 0],
    ['the Monday after it, 09:28 in London, recorded as hours begin', '2026-10-26T09:28:00Z', 15],
    ['the Sunday on which the clocks go forward', '2026-03-29T01:30:00Z', 0],
    ['the Monday after it, 09:28 in London, which is 08:28 in UTC', '2026-03-30T08:28:00Z', 15],
    ['the Monday after it, 17:28 in London, recorded as hours end', '2026-03-30T16:28:00Z', 0],
    ['a Friday at 17:25, whose ping becomes a page in the evening', '2026-11-20T17:25:00Z', 15],
  ])('on %s wakes somebody when it should', async (_day, iso, minutes) => {
    expect(await wokenAfter(iso)).toBe(minutes);
  });
});
