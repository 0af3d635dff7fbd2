import type { VerdictLine } from '../../lambdas/core/verdict-line.ts';

/** Ada's unapproved use of Notify's production at ten on Tuesday, 3 November 2026; tests say only what matters to them. */
export function useLine(over: Partial<VerdictLine> = {}): VerdictLine {
  const { action = 'e-1', occurredAt = '2026-11-03T10:00:00Z' } = over;
  const [key, ip] = [action, '192.0.2.10'];
  return {
    version: 1,
    action,
    keys: [key],
    occurredAt,
    kind: 'assume-role',
    target: 'notify-prod-admin',
    team: 'notify',
    account: '111111111111',
    region: 'eu-west-1',
    actor: 'ada@example.gov.uk',
    how: 'IAM user',
    principal: 'AIDAADAEXAMPLE',
    verdict: 'unapproved',
    nearMisses: [],
    origin: { ip, userAgent: 'aws-cli/2' },
    members: [
      {
        ...{ key, occurredAt, ip, eventName: 'AssumeRole', outcome: 'success', region: 'eu-west-1' },
        resource: 'notify-prod-admin',
      },
    ],
    ...over,
  };
}
