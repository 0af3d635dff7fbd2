import type { LedgerRecord } from '../../lambdas/core/access-event.ts';
import type { Approval } from '../../lambdas/core/approval.ts';
import { MINUTE_MS, SECOND_MS } from '../../lambdas/core/time.ts';
import { approval, ledgerRecord, minute } from '../support/ledger-records.ts';
import type { Random } from './random.ts';

/** What happens in the world of one seed, before two-eye hears of it. */
export interface Story {
  readonly records: readonly LedgerRecord[];
  readonly approvals: readonly Approval[];
  /** Whether people say something about findings. */
  readonly hasPeople: boolean;
}

const ADA = 'ada@example.gov.uk';
const TARGETS = ['notify-prod-admin', 'notify-prod-db-write'] as const;

/** One to five records within half an hour and up to three approvals around them, so that they meet at their edges. */
export function storyOf(random: Random): Story {
  const records = Array.from({ length: 1 + random.below(5) }, (_, index) => recordOf(random, index));
  const approvals = Array.from({ length: random.below(4) }, (_, index) => approvalOf(random, index));
  return { records, approvals, hasPeople: random.chance(0.5) };
}

function recordOf(random: Random, index: number): LedgerRecord {
  return ledgerRecord({
    key: `e${random.below(1_000)}-${index}`,
    occurredAt: minute(random.below(60) / 2),
    target: random.pick(TARGETS),
    outcome: random.chance(0.1) ? 'refused' : 'success',
    ip: random.pick(['192.0.2.1', '192.0.2.2']),
    ...(random.chance(0.4) ? { pairKey: `s${random.below(2)}` } : {}),
  });
}

function approvalOf(random: Random, index: number): Approval {
  const approvedAt = minute(random.below(50) / 2) + random.below(3) * 500;
  const validUntil = approvedAt + (2 + random.below(20)) * MINUTE_MS;
  const isRevoked = random.chance(0.15);
  const status = isRevoked ? 'revoked' : random.chance(0.1) ? 'declined' : 'approved';
  return approval({
    id: `r${index}`,
    actor: ADA,
    target: TARGETS[0],
    slots: random.chance(0.5) ? [...TARGETS] : [random.pick(TARGETS)],
    approvedAt,
    validUntil,
    status,
    approver: random.chance(0.1) ? ADA : 'ben@example.gov.uk',
    approverEligible: !random.chance(0.1),
    ...(isRevoked ? { revokedAt: approvedAt + 1 + random.below(10) * 30 * SECOND_MS } : {}),
  });
}
