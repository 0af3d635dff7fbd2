import { expect, it } from 'vitest';
import { messageOf } from '../../lambdas/access/advance-ledger.ts';
import { advance, emptyLedger } from '../../lambdas/core/ledger.ts';
import type { VerdictMessage } from '../../lambdas/core/messages.ts';
import { readInput } from '../../lambdas/core/read.ts';
import { verdictMetrics } from '../../lambdas/core/verdict-metrics.ts';
import { testPolicy } from '../support/policies.ts';
import { assumeRole } from '../support/records.ts';

/** What is told of one unapproved use. */
function opened(record = assumeRole({ key: 'a' })): VerdictMessage {
  const policy = testPolicy();
  const [reading] = readInput(record, policy);
  if (reading?.outcome !== 'access') throw new Error('no use');
  const context = { policy, now: reading.record.occurredAt };
  const facts = { approvals: [], pins: [], words: [] };
  const { changes } = advance(emptyLedger('person:ada@example.gov.uk'), [reading.record], facts, context);
  const message = changes.map((change) => messageOf(change, policy)).find(({ finding }) => finding);
  if (message === undefined) throw new Error('no finding');
  return message;
}

it('counts a use by its verdict, once however often its finding changes', () => {
  const message = opened();
  expect(verdictMetrics(message)).toEqual([
    { name: 'Uses', value: 1, unit: 'Count', dimensions: { verdict: 'unapproved' } },
  ]);
  expect(verdictMetrics({ ...message, change: 'changed' })).toEqual([]);
  expect(verdictMetrics({ ...message, change: 'closed' })).toEqual([]);
});

it('says how long a finding waited for somebody, with the word that took it in hand', () => {
  const { finding, ...message } = opened();
  if (finding === undefined) throw new Error('no finding');
  const word = { id: 'w', finding: finding.id, by: 'ben@example.gov.uk', via: 'slack' } as const;
  const acknowledged = { ...word, kind: 'acknowledged', at: finding.openedAt + 90_000 } as const;
  const later = { ...word, kind: 'it-was-me', at: finding.openedAt + 120_000 } as const;
  const told = (words: NonNullable<typeof finding>['words']) =>
    verdictMetrics({ ...message, change: 'changed', finding: { ...finding, state: 'acknowledged', words } });
  expect(told([acknowledged])).toEqual([{ name: 'TimeToAcknowledge', value: 90, unit: 'Seconds', dimensions: {} }]);
  expect(told([acknowledged, later])).toEqual([]);
});

it('counts what could not be read, and not the canary', () => {
  const { finding, ...message } = opened();
  if (finding === undefined) throw new Error('no finding');
  const unreadable = { ...message, actions: [], finding: { ...finding, cause: 'unreadable' } } as const;
  expect(verdictMetrics(unreadable)).toMatchObject([{ dimensions: { verdict: 'unreadable' } }]);
  const canary = { ...message, actions: message.actions.map((line) => ({ ...line, target: 'two-eye-canary' })) };
  expect(verdictMetrics({ ...canary, change: 'judged' })).toEqual([]);
});

it('says nothing of a finding that was closed by itself, nor of one that nobody has in hand any more', () => {
  const { finding, ...message } = opened();
  if (finding === undefined) throw new Error('no finding');
  const at = finding.openedAt;
  const word = { id: 'w', finding: finding.id, by: 'ben@example.gov.uk', via: 'slack', kind: 'acknowledged' } as const;
  const told = (over: Partial<typeof finding>) =>
    verdictMetrics({ ...message, change: 'changed', finding: { ...finding, ...over } });
  expect(told({ state: 'closed', words: [{ ...word, at }] })).toEqual([]);
  expect(told({ state: 'acknowledged', words: [] })).toEqual([]);
  expect(told({ state: 'acknowledged', words: [{ ...word, at: at - 1 }] })).toMatchObject([{ value: 0 }]);
  expect(verdictMetrics({ ...message, change: 'changed' })).toEqual([]);
});

it('counts nothing unread of a finding that stands for another trouble, or has an action', () => {
  const { finding, ...message } = opened();
  if (finding === undefined) throw new Error('no finding');
  expect(verdictMetrics({ ...message, actions: [], finding })).toEqual([]);
  expect(verdictMetrics({ ...message, actions: [] })).toEqual([]);
  expect(verdictMetrics({ ...message, finding: { ...finding, cause: 'unreadable' } })).toHaveLength(1);
});
