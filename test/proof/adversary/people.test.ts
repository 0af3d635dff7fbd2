import { describe, expect, it } from 'vitest';
import type { Approval } from '../../../lambdas/core/approval.ts';
import type { Finding } from '../../../lambdas/core/finding.ts';
import { judge } from '../../../lambdas/core/judge.ts';
import { actions, button } from '../../../lambdas/core/wording/blocks.ts';
import { readRequests } from '../../../lambdas/edge/approval-store.ts';
import { postMessage } from '../../../lambdas/edge/slack.ts';
import { overwrite } from '../../../lambdas/edge/table.ts';
import { findingKey } from '../../../lambdas/edge/table-keys.ts';
import { httpApiEvent } from '../../../sandbox/stand-ins/http-api-event.ts';
import { signed } from '../../../sandbox/stand-ins/slack-acting.ts';
import { finding } from '../../support/findings.ts';
import { ledgerRecord } from '../../support/ledger-records.ts';
import { readWords } from '../../support/people-facts.ts';
import { testPolicy } from '../../support/policies.ts';
import { SIGNING_SECRET, type SlackWorld, slackWorld, wordsOf } from '../../support/slack-world.ts';

const ADA = 'person:ada@example.gov.uk';
const ASK = { act: 'command', channel: 'C01NOTIFY', text: 'notify-prod-admin terraform apply <@U01BEN>' } as const;
const CONFIRM = { act: 'click', channel: 'C01NOTIFY', actionId: 'request.approve' } as const;

const requests = async (): Promise<readonly Approval[]> => (await readRequests(ADA)).map(({ value }) => value);

/** Slack's click as its JSON, changed by whoever could change it, and signed as only Slack can. */
function click(world: SlackWorld, user: string, value: unknown, over: object = {}) {
  const payload = {
    type: 'block_actions',
    team: { id: 'T01GDS' },
    user: { id: user, team_id: 'T01GDS' },
    channel: { id: 'C01NOTIFY' },
    actions: [
      {
        action_id: 'request.approve',
        value: typeof value === 'string' ? value : JSON.stringify(value),
        action_ts: '1',
      },
    ],
    ...over,
  };
  const body = new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
  return httpApiEvent(signed(SIGNING_SECRET, world.at(), body, 'application/x-www-form-urlencoded'));
}

async function opened(over: Partial<Finding> = {}): Promise<Finding> {
  const open = finding({ state: 'open', ...over });
  await overwrite(findingKey(open.ledger, open.id), open);
  const value = { ledger: open.ledger, finding: open.id };
  const verbs = ['acknowledge', 'it-was-me', 'confirm', 'not-genuine'];
  await postMessage({
    channel: 'C01NOTIFY',
    text: 'finding',
    blocks: actions(...verbs.map((verb) => button(verb, `finding.${verb}`, value))),
  });
  return open;
}

describe('a member of the approvers who wants to act alone', () => {
  it('is one person under every alias: asking under one and confirming under another is refused', async () => {
    await using world = await slackWorld();
    for (const alias of ['@ada.lovelace', '@ada@digital.example.gov.uk', '<@U01ADA>']) {
      await world.as('U01ADA', { ...ASK, text: `notify-prod-admin terraform apply ${alias}` });
      expect(world.slack.ephemeralsFor('U01ADA').at(-1)?.text, alias).toMatch(/your own|somebody else/);
    }
    await world.as('U01ADA', ASK);
    await world.as('U01ADA', CONFIRM);
    expect((await requests()).map(({ status }) => status)).toEqual(['requested']);
  });

  it('gains nothing from a second Slack account that the policy does not know', async () => {
    await using world = await slackWorld();
    await world.as('U01ADA', ASK);
    const [request] = await requests();
    world.slack.workspace.users.set('U02ADA', {
      id: 'U02ADA',
      name: 'ada2',
      teamId: 'T01GDS',
      deleted: false,
      isBot: false,
      guest: 'no',
    });
    await world.send(click(world, 'U02ADA', { ledger: ADA, request: request?.id }));
    await world.settle();
    expect((await requests())[0]?.status).toBe('requested');
  });

  it('cannot use an approval that she had made out to somebody else by a workflow', async () => {
    await using world = await slackWorld();
    const inputs = { requester: 'U01BEN', target: 'notify-prod-admin', reason: 'terraform apply', approver: 'U01ADA' };
    await world.as('U01ADA', { act: 'run-step', inputs, execution: 'Fx9' });
    await world.as('U01ADA', CONFIRM);
    const bens = (await readRequests('person:ben@example.gov.uk')).map(({ value }) => value);
    expect(bens).toMatchObject([{ status: 'approved', approver: 'ada@example.gov.uk' }]);
    const use = ledgerRecord({ occurredAt: world.at() + 60_000 });
    expect(judge({ records: [use], approvals: bens, pins: [] })).toMatchObject([
      { judgement: { verdict: 'unapproved' } },
    ]);
    expect(wordsOf(world.slack.messagesIn('D01BEN')[0])).toContain('A workflow asked in your name');
  });

  it('is not covered by a yes of her own that found its way into the table', () => {
    const own = {
      status: 'approved',
      approver: 'ada@example.gov.uk',
      approvedAt: 0,
      validUntil: 9e15,
      approverEligible: true,
    } as const;
    const forged: Approval = {
      id: 'r',
      actor: 'ada@example.gov.uk',
      target: 'notify-prod-admin',
      slots: ['notify-prod-admin'],
      reason: 'x',
      requestedAt: 0,
      ...own,
    };
    expect(judge({ records: [ledgerRecord()], approvals: [forged], pins: [] })).toMatchObject([
      { judgement: { verdict: 'unapproved', nearMisses: [{ because: 'self-approved' }] } },
    ]);
  });

  it('cannot confirm a finding that names nobody, whoever it was', async () => {
    await using world = await slackWorld();
    const open = await opened({ id: 'f-unknown', ledger: 'principal:AROAX', actor: 'unknown' });
    await world.as('U01ADA', { act: 'click', channel: 'C01NOTIFY', actionId: 'finding.confirm' });
    await world.as('U01ADA', { act: 'submit', values: { words: 'That was me, all is well' } });
    expect(await readWords('principal:AROAX', open.id)).toEqual([]);
    expect(world.slack.ephemeralsFor('U01ADA').at(-1)?.text).toContain('only cyber can confirm it');
  });
});

describe('somebody who can write in Slack or edit a workflow', () => {
  it.each([
    ['a request of another person’s ledger', { ledger: 'person:cat@example.gov.uk', request: 'r-none' }],
    ['a key of the table', { ledger: 'person:ada@example.gov.uk#REQUEST', request: 'r' }],
    ['a partition of the table', { ledger: 'LEDGER#person:ada@example.gov.uk', request: 'LEDGER' }],
    ['what is no text', { ledger: ['person:ada@example.gov.uk'], request: { id: 'x' } }],
    ['a prototype', '{"__proto__":{"ledger":"person:ada@example.gov.uk","request":"r"}}'],
    ['no JSON', '<!channel>'],
    ['ten thousand characters', { ledger: ADA, request: 'x'.repeat(10_000) }],
  ])('changes nothing by a button that carries %s', async (_, value) => {
    await using world = await slackWorld();
    await world.as('U01ADA', ASK);
    expect((await world.send(click(world, 'U01BEN', value))).statusCode).toBe(200);
    expect(await world.settle()).toBe(0);
    expect((await requests()).map(({ status }) => status)).toEqual(['requested']);
  });

  it('does not act from another workspace by the id of a person of this one', async () => {
    await using world = await slackWorld();
    await world.as('U01ADA', ASK);
    const [request] = await requests();
    await world.send(
      click(world, 'U01BEN', { ledger: ADA, request: request?.id }, { user: { id: 'U01BEN', team_id: 'T99EVIL' } }),
    );
    await world.settle();
    expect((await requests())[0]?.status).toBe('requested');
  });

  it('makes no yes by replaying one after it was revoked', async () => {
    await using world = await slackWorld();
    await world.as('U01ADA', ASK);
    const [request] = await requests();
    const yes = click(world, 'U01BEN', { ledger: ADA, request: request?.id });
    await world.send(yes);
    await world.settle();
    await world.as('U01BEN', { act: 'click', channel: 'C01NOTIFY', actionId: 'request.revoke' });
    await world.send(yes);
    await world.settle();
    expect((await requests())[0]?.status).toBe('revoked');
    await world.clockAt(6);
    expect((await world.send(yes)).statusCode).toBe(401);
  });

  it('has nothing live in any message by what they write as reason, ticket or emergency', async () => {
    await using world = await slackWorld();
    const evil = '<!channel> <@U01CAT> <https://evil.example|log in> *bold* `code` @here \u202e end';
    const inputs = { requester: 'U01ADA', target: 'notify-prod-admin', reason: evil, ticket: evil, approver: 'U01BEN' };
    await world.as('U01ADA', { act: 'run-step', inputs, execution: 'Fx3' });
    const shown = ['C01NOTIFY', 'C01CYBER', 'D01ADA', 'D01BEN'].flatMap((channel) => world.slack.messagesIn(channel));
    expect(shown.length).toBeGreaterThan(1);
    for (const message of shown) expectNothingLive(message);
  });

  it('cannot name a kind of emergency that there is not', async () => {
    await using world = await slackWorld();
    const inputs = {
      requester: 'U01ADA',
      target: 'notify-prod-admin',
      reason: 'terraform apply',
      approver: 'U01BEN',
      emergency: '<!channel>',
    };
    await world.as('U01ADA', { act: 'run-step', inputs, execution: 'Fx4' });
    expect(await requests()).toEqual([]);
    expect(world.slack.workspace.steps.get('Fx4')).toMatchObject({ state: 'failed' });
  });

  it('pins nothing by a form that names what there is not, or no end', async () => {
    await using world = await slackWorld(testPolicy());
    const pin = { people: ['U01ADA'], targets: ['notify-prod-admin'], minutes: 60, reason: 'an incident of ours' };
    const by = { user: 'U01CAT', workspace: 'T01GDS', at: world.at(), channel: 'C01CYBER' };
    const wrong = [
      { minutes: 1e9 },
      { minutes: -1 },
      { minutes: null },
      { targets: ['*'] },
      { people: ['everybody'] },
      { people: [], team: '__proto__' },
    ];
    for (const [index, over] of wrong.entries())
      await world.deliverAgain(JSON.stringify({ twoEye: 'pin', key: `k${index}`, by, pin: { ...pin, ...over } }));
    expect(world.access).toEqual([]);
  });
});

/** Text in mark-up may mention people of the policy; nothing that was typed may mention, link, shout or turn around. */
function expectNothingLive(message: { readonly text: string; readonly blocks: readonly object[] }): void {
  const marked = [message.text, ...markup(message.blocks)].join('\n');
  expect(marked).not.toMatch(/<!|<https:\/\/evil|<@U01CAT>|\u202e|@here\b/);
  expect(JSON.stringify(message)).not.toContain('\u202e');
}

function markup(node: unknown): readonly string[] {
  if (typeof node !== 'object' || node === null) return [];
  const { type, text } = node as { readonly type?: unknown; readonly text?: unknown };
  const own = type === 'mrkdwn' && typeof text === 'string' ? [text] : [];
  return [...own, ...Object.values(node).flatMap(markup)];
}
