import type { Finding, Word } from '../../lambdas/core/finding.ts';
import type { VerdictMessage } from '../../lambdas/core/messages.ts';
import { MINUTE_MS } from '../../lambdas/core/time.ts';
import type { VerdictLine } from '../../lambdas/core/verdict-line.ts';

/** Tuesday 24 November 2026, 14:00 in London: working hours. */
export const TUESDAY_14 = Date.parse('2026-11-24T14:00:00Z');
/** Boxing Day 2026, a Saturday, 02:10 in London. */
export const BOXING_DAY = Date.parse('2026-12-26T02:10:00Z');

/** Ada's unapproved use of the production admin role at 14:00, recorded three minutes later; a ping that pages at 14:18. */
export function finding(over: Partial<Finding> = {}): Finding {
  const id = over.id ?? '3038e1f5-6e3c-4bd5-9a5c-1d6d3a4b5c01';
  const occurredAt = over.occurredAt ?? TUESDAY_14;
  const openedAt = over.openedAt ?? occurredAt + 3 * MINUTE_MS;
  const urgency = over.urgency ?? 'ping';
  return {
    id,
    ledger: 'person:ada@example.gov.uk',
    action: id,
    cause: 'unapproved',
    actor: 'ada@example.gov.uk',
    target: 'notify-prod-admin',
    team: 'notify',
    account: '111111111111',
    kind: 'assume-role',
    occurredAt,
    openedAt,
    state: 'open',
    words: [],
    dedupKey: `two-eye/${over.foldsInto ?? id}`,
    urgency,
    wakes: ['team', 'cyber'],
    ...(urgency === 'ping' ? { pageAt: openedAt + 15 * MINUTE_MS } : { pagedAt: openedAt }),
    ...over,
  };
}

/** The verdict line of the finding's action. */
export function lineOf(of: Finding, over: Partial<VerdictLine> = {}): VerdictLine {
  const occurredAt = new Date(of.occurredAt).toISOString();
  return {
    version: 1,
    action: of.action,
    keys: [of.action],
    occurredAt,
    kind: of.kind,
    target: of.target,
    team: of.team,
    account: of.account,
    region: 'eu-west-1',
    actor: of.actor,
    how: 'IAM user arn:aws:iam::444444444444:user/ada@example.gov.uk',
    principal: 'AIDAADAEXAMPLE',
    verdict: 'unapproved',
    nearMisses: [],
    urgency: of.urgency,
    origin: { ip: '192.0.2.1', userAgent: 'aws-cli/2.15.0', mfa: true },
    members: [
      {
        key: of.action,
        occurredAt,
        eventName: 'AssumeRole',
        outcome: 'success',
        region: 'eu-west-1',
        ip: '192.0.2.1',
        resource: 'arn:aws:iam::111111111111:role/notify-prod-admin',
      },
    ],
    ...over,
  };
}

/** What is published about a finding. */
export function messageOf(
  of: Finding,
  change: VerdictMessage['change'] = 'opened',
  over: Partial<VerdictMessage> = {},
): VerdictMessage {
  return { version: 1, change, finding: of, actions: [lineOf(of)], policy: 'policy-of-the-tests', ...over };
}

/** Something Ben said about the finding in Slack at 14:05. */
export function word(over: Partial<Word> & Pick<Word, 'kind'>): Word {
  return {
    id: `word-${over.kind}`,
    finding: '3038e1f5-6e3c-4bd5-9a5c-1d6d3a4b5c01',
    by: 'ben@example.gov.uk',
    via: 'slack',
    at: TUESDAY_14 + 5 * MINUTE_MS,
    ...over,
  };
}
