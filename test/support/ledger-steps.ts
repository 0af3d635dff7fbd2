import type { LedgerRecord } from '../../lambdas/core/access-event.ts';
import type { Word } from '../../lambdas/core/finding.ts';
import { advance } from '../../lambdas/core/ledger.ts';
import type { Advance, Ledger, PeopleFacts } from '../../lambdas/core/ledger-state.ts';
import type { Instant } from '../../lambdas/core/time.ts';
import { ledgerRecord, minute } from './ledger-records.ts';
import { testPolicy } from './policies.ts';

const policy = testPolicy();

/** What people said: nothing, unless told otherwise. */
export const facts = (over: Partial<PeopleFacts> = {}): PeopleFacts => ({
  approvals: [],
  pins: [],
  words: [],
  ...over,
});

/** A ledger after these records, under the test policy. */
export const step = (ledger: Ledger, records: readonly LedgerRecord[], people: PeopleFacts, now: Instant): Advance =>
  advance(ledger, records, people, { now, policy });

/** A use some minutes after ten. */
export const use = (key: string, at: number, over: Partial<LedgerRecord> = {}): LedgerRecord =>
  ledgerRecord({ key, occurredAt: minute(at), ...over });

/** Ben's word on the finding `a`, in Slack, seven minutes after ten. */
export const word = (kind: Word['kind'], over: Partial<Word> = {}): Word => ({
  id: `w-${kind}`,
  finding: 'a',
  kind,
  by: 'ben@example.gov.uk',
  via: 'slack',
  at: minute(7),
  ...over,
});
