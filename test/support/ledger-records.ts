import type { LedgerRecord } from '../../lambdas/core/access-event.ts';
import type { Approval, Pin } from '../../lambdas/core/approval.ts';
import type { DatabaseSession } from '../../lambdas/core/messages.ts';
import { HOUR_MS, type Instant, MINUTE_MS } from '../../lambdas/core/time.ts';

/** The instant that builders count from: Tuesday, 3 November 2026, 10:00 in London (and UTC). */
export const TEN = Date.UTC(2026, 10, 3, 10);

/** An instant some minutes after ten. */
export function minute(minutes: number): Instant {
  return TEN + minutes * MINUTE_MS;
}

/** A record of Ada assuming the Notify production admin role at ten; tests say only what matters to them. */
export function ledgerRecord(overrides: Partial<LedgerRecord> = {}): LedgerRecord {
  return {
    key: 'e-1',
    occurredAt: TEN,
    kind: 'assume-role',
    eventName: 'AssumeRole',
    outcome: 'success',
    target: 'notify-prod-admin',
    team: 'notify',
    account: '111111111111',
    region: 'eu-west-1',
    actor: 'ada@example.gov.uk',
    how: 'IAM user arn:aws:iam::444444444444:user/ada@example.gov.uk',
    principal: 'AIDAADAEXAMPLE',
    resource: 'arn:aws:iam::111111111111:role/notify-prod-admin',
    ip: '198.51.100.7',
    userAgent: 'aws-cli/2.31.0',
    half: 'whole',
    groupingMs: 2 * MINUTE_MS,
    maxActionMs: 4 * HOUR_MS,
    policy: 'test-policy',
    ...overrides,
  };
}

/** Ben's yes to Ada for the admin role, good from ten for an hour. */
export function approval(overrides: Partial<Approval> = {}): Approval {
  const approvedAt = overrides.approvedAt ?? TEN;
  const target = overrides.target ?? 'notify-prod-admin';
  return {
    id: 'r-1',
    actor: 'ada@example.gov.uk',
    target,
    slots: [target],
    reason: 'Restart the workers',
    requestedAt: approvedAt - 5 * MINUTE_MS,
    picked: 'ben@example.gov.uk',
    status: 'approved',
    approver: 'ben@example.gov.uk',
    approvedAt,
    validUntil: approvedAt + HOUR_MS,
    approverEligible: true,
    ...overrides,
  };
}

/** A pin of Cyber's for Ada on the admin role, from ten for two hours. */
export function pin(overrides: Partial<Pin> = {}): Pin {
  return {
    id: 'p-1',
    people: ['ada@example.gov.uk'],
    targets: ['notify-prod-admin'],
    from: TEN,
    until: TEN + 2 * HOUR_MS,
    by: 'cy@example.gov.uk',
    reason: 'Incident',
    incident: 'INC-12',
    ...overrides,
  };
}

/** A session of the shared user `write` on the production database, through a tunnel, at ten. */
export function databaseSession(overrides: Partial<DatabaseSession> = {}): DatabaseSession {
  return {
    key: 'log-1',
    occurredAt: TEN,
    account: '111111111111',
    region: 'eu-west-1',
    logGroup: '/aws/rds/instance/notifydb/postgresql',
    user: 'write',
    database: 'notify',
    ip: '10.0.0.7',
    applicationName: 'psql',
    ...overrides,
  };
}
