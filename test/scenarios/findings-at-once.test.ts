import { describe, expect, it } from 'vitest';
import type { Approval } from '../../lambdas/core/approval.ts';
import type { VerdictMessage } from '../../lambdas/core/messages.ts';
import type { IncidentMember } from '../../lambdas/core/telling/told.ts';
import { requestKey, toldKey } from '../../lambdas/edge/table-keys.ts';
import { page } from '../../lambdas/page.ts';
import { ping } from '../../lambdas/ping.ts';
import { finding, lineOf, messageOf, TUESDAY_14 } from '../support/findings.ts';
import { memoryTable } from '../support/memory-table.ts';
import { testPolicy } from '../support/policies.ts';
import { slackChannels } from '../support/slack-channel.ts';

const policy = testPolicy();

function world() {
  const now = () => TUESDAY_14;
  const table = memoryTable();
  const slack = slackChannels(now);
  const sent: string[] = [];
  const pingServices = {
    policy,
    now,
    ...table,
    ...slack,
    later: async () => undefined,
    trouble: async () => undefined,
    metric: () => undefined,
  };
  const pageServices = {
    policy,
    now,
    ...table,
    send: async ({
      service,
      event,
    }: {
      readonly service: string;
      readonly event: { readonly event_action: string };
    }) => {
      sent.push(`${event.event_action} ${service}`);
      return { outcome: 'accepted' } as const;
    },
    trouble: async () => undefined,
    showAgain: async () => undefined,
  };
  return { table, slack, sent, pingServices, pageServices };
}

const several = (act: () => Promise<void>) => Promise.all(Array.from({ length: 6 }, act));

describe('a message that several functions work on at once', () => {
  it('is one message in each channel', async () => {
    const { slack, pingServices } = world();
    const message = messageOf(finding());
    await several(() => ping(message, pingServices).catch(() => undefined));
    await ping(message, pingServices);
    expect(slack.messages.filter(({ channel }) => channel === 'C01NOTIFY')).toHaveLength(1);
  });

  it('is one page to each rota', async () => {
    const { sent, pageServices } = world();
    await several(() => page(messageOf(finding({ urgency: 'page' })), pageServices));
    expect(sent.toSorted()).toEqual(['trigger cyber', 'trigger notify']);
  });

  it('as a storm begins, is under one incident and no other', async () => {
    const { sent, pageServices, table } = world();
    for (let number = 0; number < 9; number += 1)
      await page(messageOf(finding({ id: `before-${number}`, urgency: 'page' })), pageServices);
    await several(() => page(messageOf(finding({ urgency: 'page' })), pageServices));
    const under = [...table.items.values()].filter(({ key }) => key.sk === `member#${finding().id}`);
    expect(under.filter(({ value }) => (value as IncidentMember).state === 'open')).toHaveLength(1);
    expect(sent).toHaveLength(20);
  });

  it('that opens and closes at once ends with nothing open', async () => {
    const { sent, pageServices } = world();
    const opened = finding({ urgency: 'page' });
    const closed = { ...opened, state: 'closed', closedAs: 'matched-later', closedAt: TUESDAY_14 } as const;
    await page(messageOf(opened), pageServices);
    await Promise.all([page(messageOf(opened), pageServices), page(messageOf(closed, 'closed'), pageServices)]);
    expect(sent.slice(-2).toSorted()).toEqual(['resolve cyber', 'resolve notify']);
  });
});

describe('an approval', () => {
  const approval: Approval = {
    id: 'r-1',
    actor: 'ada@example.gov.uk',
    target: 'notify-prod-admin',
    slots: ['notify-prod-admin'],
    reason: 'rotate a key',
    requestedAt: TUESDAY_14 - 600_000,
    status: 'approved',
    approver: 'ben@example.gov.uk',
    approvedAt: TUESDAY_14 - 300_000,
    validUntil: TUESDAY_14 + 3_300_000,
  };
  const judged = (over: object): VerdictMessage => {
    const line = lineOf(finding(), { verdict: 'approved', approval: 'r-1', ...over });
    return { version: 1, change: 'judged', actions: [line], policy: 'p' };
  };

  it('says on its own message what it was used for, and takes it back when judging again says otherwise', async () => {
    const { table, slack, pingServices } = world();
    const posted = await slack.post({ channel: 'C01NOTIFY', text: 'asked' });
    const ts = posted.outcome === 'ok' ? posted.value.ts : '';
    await table.transact([
      { write: 'put', key: requestKey('person:ada@example.gov.uk', 'r-1'), value: approval },
      { write: 'put', key: toldKey('r-1', 'slack'), value: { channel: 'C01NOTIFY', ts } },
    ]);
    await ping(judged({}), pingServices);
    await ping(judged({}), pingServices);
    expect(slack.messages[0]?.text).toContain('used 14:00 (eu-west-1, 192.0.2.1)');
    const { approval: _, ...unapproved } = lineOf(finding(), { verdict: 'unapproved' });
    await ping({ version: 1, change: 'changed', actions: [unapproved], policy: 'p' }, pingServices);
    expect(slack.messages[0]?.text).not.toContain('used');
  });

  it('that was never shown in Slack has no message to change', async () => {
    const { slack, pingServices } = world();
    await ping(judged({ approval: 'from-a-file' }), pingServices);
    expect(slack.messages).toEqual([]);
  });
});
