import { describe, expect, it } from 'vitest';
import type { Approval } from '../../../lambdas/core/approval.ts';
import { requestOf } from '../../../lambdas/core/ask-check.ts';
import { HOUR_MS, MINUTE_MS } from '../../../lambdas/core/time.ts';
import { type ApprovalState, approvalMessage } from '../../../lambdas/core/wording/approval-message.ts';
import { pinMessage, pinSummary } from '../../../lambdas/core/wording/pin-message.ts';
import { blockProblems } from '../../../sandbox/stand-ins/slack-checks.ts';
import { testPolicy } from '../../support/policies.ts';
import { rendered } from '../../support/rendered.ts';

const policy = testPolicy();
/** 13:58 in London, in winter. */
const AT = Date.UTC(2026, 10, 24, 13, 58);
const ask = { target: 'notify-prod-admin', reason: 'terraform apply for #123', picked: 'ben@example.gov.uk' };
const asked = requestOf('r1', ask, 'ada@example.gov.uk', AT, 'modal', policy);
const yes = {
  status: 'approved',
  approver: 'ben@example.gov.uk',
  approvedAt: AT + 4 * MINUTE_MS,
  validUntil: AT + 64 * MINUTE_MS,
  approverEligible: true,
} as const;

function golden(request: Approval, state: Partial<ApprovalState> = {}): string {
  const message = approvalMessage(request, { at: AT + 5 * MINUTE_MS, uses: [], ...state }, policy);
  expect(blockProblems(message.blocks)).toEqual([]);
  return rendered(message);
}

describe('the message of a request', () => {
  const use = { target: 'notify-prod-admin', usedAt: AT + 7 * MINUTE_MS, region: 'eu-west-1', ip: '192.0.2.1' };

  it('waits', () => expect(golden(asked)).toMatchSnapshot());
  it('is confirmed', () => expect(golden({ ...asked, ...yes })).toMatchSnapshot());
  it('is used', () => expect(golden({ ...asked, ...yes }, { uses: [use] })).toMatchSnapshot());
  it('expired unused', () => expect(golden({ ...asked, ...yes }, { at: AT + 2 * HOUR_MS })).toMatchSnapshot());
  it('is declined', () =>
    expect(
      golden({
        ...asked,
        status: 'declined',
        declinedBy: 'cat@example.gov.uk',
        declinedAt: AT + MINUTE_MS,
        declineWords: 'not now',
      }),
    ).toMatchSnapshot());
  it('is cancelled', () =>
    expect(golden({ ...asked, status: 'cancelled', cancelledAt: AT + MINUTE_MS })).toMatchSnapshot());
  it('is disowned', () =>
    expect(
      golden({ ...asked, via: 'step', status: 'cancelled', disowned: 'yes', cancelledAt: AT + MINUTE_MS }),
    ).toMatchSnapshot());
  it('lapsed', () => expect(golden({ ...asked, status: 'lapsed', lapsedAt: AT + 30 * MINUTE_MS })).toMatchSnapshot());
  it('is revoked', () =>
    expect(
      golden({ ...asked, ...yes, status: 'revoked', revokedBy: 'cat@example.gov.uk', revokedAt: AT + 9 * MINUTE_MS }),
    ).toMatchSnapshot());

  it('of a database shows the tips and what is included', () =>
    expect(
      golden(requestOf('r2', { ...ask, target: 'notify-prod-db-write' }, 'ada@example.gov.uk', AT, 'modal', policy)),
    ).toMatchSnapshot());
  it('of an emergency says what that means', () =>
    expect(
      golden(
        requestOf(
          'r3',
          { ...ask, emergency: 'live-incident', ticket: 'INC-7' },
          'ada@example.gov.uk',
          AT,
          'modal',
          policy,
        ),
      ),
    ).toMatchSnapshot());
  it('that is late says that it is good for nothing else', () =>
    expect(
      golden({ ...asked, ...yes, lateFor: 'event-1', lateForLedger: 'person:ada@example.gov.uk' }),
    ).toMatchSnapshot());

  it('shows what a person typed as text, wherever it stands', () => {
    const text = '<!channel> <https://evil.example|ok> *bold* <@U01BEN> @here';
    const hostile = { ...asked, reason: text, ticket: text, status: 'declined', declineWords: text } as const;
    const { blocks, text: fallback } = approvalMessage(hostile, { at: AT, uses: [] }, policy);
    const live = blocks.flatMap((block) => textsOf(block)).filter(({ type }) => type === 'mrkdwn');
    for (const mrkdwn of [fallback, ...live.map((each) => each.text)]) {
      expect(mrkdwn).not.toMatch(/<!|<https|\*bold\*|@here/);
    }
  });
});

describe('the message of a pin', () => {
  const pin = {
    id: 'p1',
    people: ['ada@example.gov.uk'],
    targets: ['notify-prod-admin'],
    from: AT,
    until: AT + HOUR_MS,
    by: 'cat@example.gov.uk',
    reason: 'site is down',
    incident: 'INC-7',
  };
  it('while it lasts', () => expect(rendered(pinMessage(pin, AT, policy))).toMatchSnapshot());
  it('when it ended early', () =>
    expect(rendered(pinMessage({ ...pin, endedAt: AT + MINUTE_MS }, AT + MINUTE_MS, policy))).toMatchSnapshot());
  it('summed up', () => {
    const use = { actor: 'ada@example.gov.uk', target: 'notify-prod-admin' };
    expect(rendered(pinSummary(pin, [use, use], policy))).toMatchSnapshot();
  });
});

interface Text {
  readonly type: string;
  readonly text: string;
}

function textsOf(value: unknown): readonly Text[] {
  if (typeof value !== 'object' || value === null) return [];
  const own = 'text' in value && typeof value.text === 'string' ? [value as Text] : [];
  return [...own, ...Object.values(value).flatMap(textsOf)];
}
