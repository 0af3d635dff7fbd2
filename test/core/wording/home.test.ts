import { describe, expect, it } from 'vitest';
import { requestOf } from '../../../lambdas/core/ask-check.ts';
import { HOUR_MS } from '../../../lambdas/core/time.ts';
import { askModal, pinModal, wordsModal } from '../../../lambdas/core/wording/approval-modal.ts';
import type { Block } from '../../../lambdas/core/wording/blocks.ts';
import { homeView, type Mine, statusMessage } from '../../../lambdas/core/wording/home.ts';
import { blockProblems, viewProblems } from '../../../sandbox/stand-ins/slack-checks.ts';
import { finding } from '../../support/findings.ts';
import { testPolicy } from '../../support/policies.ts';
import { rendered } from '../../support/rendered.ts';

const policy = testPolicy();
const AT = Date.UTC(2026, 10, 24, 14, 5);
const ask = { target: 'notify-prod-admin', reason: 'terraform apply for #123', picked: 'ben@example.gov.uk' };
const request = requestOf('r1', ask, 'ada@example.gov.uk', AT - 60_000, 'modal', policy);
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
const mine = (count: number): Mine => ({
  at: AT,
  requests: Array.from({ length: count }, () => request),
  waiting: Array.from({ length: count }, () => ({ ...request, actor: 'cat@example.gov.uk' })),
  pins: Array.from({ length: count }, () => pin),
  findings: Array.from({ length: count }, () => finding({ actor: 'ada@example.gov.uk', target: 'notify-prod-admin' })),
});

describe('what is mine', () => {
  it.each([0, 1])('reads so on the App Home with %i of each', (count) => {
    const { blocks } = homeView(mine(count), policy) as unknown as { blocks: readonly Block[] };
    expect(rendered({ text: '', blocks })).toMatchSnapshot();
  });

  it.each([0, 1, 10, 500])('is taken by Slack with %i of each, on the App Home and as a message', (count) => {
    expect(viewProblems(homeView(mine(count), policy))).toEqual([]);
    expect(blockProblems(statusMessage(mine(count), policy).blocks)).toEqual([]);
  });
});

describe('the forms', () => {
  it('are taken by Slack', () => {
    const carried = { ledger: 'person:ada@example.gov.uk', finding: 'event-1' };
    const forms = [
      askModal(policy.targets, policy),
      pinModal(policy.targets, policy),
      pinModal(policy.targets, testPolicy({ approvals: { ...policy.approvals, maxPinMs: 20 * 60_000 } })),
      wordsModal('finding.it-was-me', 'It was me', 'What happened?', carried, { pick: 'a person' }),
    ];
    for (const form of forms) expect(viewProblems(form)).toEqual([]);
  });

  it('show the account beside each target, so that nobody types a wrong one', () => {
    expect(JSON.stringify(askModal(policy.targets, policy))).toContain('Notify production (111111111111)');
  });
});
