import { describe, expect, it } from 'vitest';
import type { Finding } from '../../lambdas/core/finding.ts';
import { actions, button } from '../../lambdas/core/wording/blocks.ts';
import { readRequests } from '../../lambdas/edge/approval-store.ts';
import { postMessage } from '../../lambdas/edge/slack.ts';
import { overwrite } from '../../lambdas/edge/table.ts';
import { findingKey } from '../../lambdas/edge/table-keys.ts';
import { finding } from '../support/findings.ts';
import { readWords } from '../support/people-facts.ts';
import { type SlackWorld, slackWorld, wordsOf } from '../support/slack-world.ts';

const ADA = 'person:ada@example.gov.uk';

/** An open finding of Ada's in the table, and its buttons in the team's channel. */
async function opened(over: Partial<Finding> = {}): Promise<Finding> {
  const open = finding({
    ledger: ADA,
    actor: 'ada@example.gov.uk',
    target: 'notify-prod-admin',
    team: 'notify',
    state: 'open',
    ...over,
  });
  await overwrite(findingKey(open.ledger, open.id), open);
  const value = { ledger: open.ledger, finding: open.id };
  const buttons = ['acknowledge', 'it-was-me', 'confirm', 'not-genuine'].map((verb) =>
    button(verb, `finding.${verb}`, value),
  );
  await postMessage({ channel: 'C01NOTIFY', text: 'finding', blocks: actions(...buttons) });
  return open;
}

const press = (world: SlackWorld, user: string, verb: string) =>
  world.as(user, { act: 'click', channel: 'C01NOTIFY', actionId: `finding.${verb}` });

describe('a finding in Slack', () => {
  it('is closed as approved late: the actor says what happened at minute 3, the picked person says yes at minute 9', async () => {
    await using world = await slackWorld();
    const open = await opened();
    await world.clockAt(3);
    await press(world, 'U01ADA', 'it-was-me');
    await world.as('U01ADA', {
      act: 'submit',
      values: { words: 'I used the wrong role for the release', picked: 'U01BEN' },
    });
    const request = (await readRequests(ADA))[0]?.value;
    expect(request).toMatchObject({ lateFor: open.id, status: 'requested', picked: 'ben@example.gov.uk' });
    await world.clockAt(9);
    await world.as('U01BEN', { act: 'click', channel: 'D01BEN', actionId: 'request.approve' });
    const words = await readWords(ADA, open.id);
    expect(words.map(({ kind, by }) => [kind, by])).toEqual([
      ['approved-late', 'ben@example.gov.uk'],
      ['it-was-me', 'ada@example.gov.uk'],
    ]);
    expect(words[0]?.approval).toBe(request?.id);
    expect(world.access.at(-1)).toMatchObject({ twoEye: 'rejudge', ledger: ADA });
    expect(wordsOf(world.slack.messagesIn('D01BEN')[0])).toContain('Confirmed late by <@U01BEN> 14:09.');
  });

  it('is not closed by its actor, by a late yes of their own or by confirming it', async () => {
    await using world = await slackWorld();
    const open = await opened();
    await press(world, 'U01ADA', 'confirm');
    await world.as('U01ADA', { act: 'submit', values: { words: 'it was really fine' } });
    expect(world.slack.ephemeralsFor('U01ADA').at(-1)?.text).toContain('This is your own');
    await press(world, 'U01ADA', 'it-was-me');
    await world.as('U01ADA', { act: 'submit', values: { words: 'I used the wrong role', picked: 'U01BEN' } });
    await world.as('U01ADA', { act: 'click', channel: 'C01NOTIFY', actionId: 'request.approve' });
    expect((await readWords(ADA, open.id)).map(({ kind }) => kind)).toEqual(['it-was-me']);
  });

  it('is confirmed by another eligible person in their words, and the second who does so is told who was first', async () => {
    await using world = await slackWorld();
    const open = await opened();
    for (const user of ['U01BEN', 'U01CAT']) {
      await press(world, user, 'confirm');
      await world.as(user, { act: 'submit', values: { words: 'we paired on it, on a call' } });
    }
    expect(await readWords(ADA, open.id)).toMatchObject([
      { kind: 'confirmed', by: 'ben@example.gov.uk', text: 'we paired on it, on a call' },
    ]);
    expect(world.slack.ephemeralsFor('U01CAT').at(-1)?.text).toContain('<@U01BEN> was first and said: confirmed');
  });

  it('of nobody we can name is confirmed by cyber alone', async () => {
    await using world = await slackWorld();
    const ledger = 'principal:AIDAUNKNOWN';
    const open = await opened({ ledger, actor: 'unknown' });
    for (const user of ['U01BEN', 'U01CAT']) {
      await press(world, user, 'confirm');
      await world.as(user, { act: 'submit', values: { words: 'I know who this was' } });
    }
    expect((await readWords(ledger, open.id)).map(({ by }) => by)).toEqual(['cat@example.gov.uk']);
    expect(world.slack.ephemeralsFor('U01BEN').at(-1)?.text).toContain('only cyber can confirm it');
  });

  it('of nobody we can name can be claimed: the claim and the yes of another stand where its ledger is judged', async () => {
    await using world = await slackWorld();
    const ledger = 'principal:AIDAUNKNOWN';
    const open = await opened({ ledger, actor: 'unknown' });
    await press(world, 'U01ADA', 'it-was-me');
    await world.as('U01ADA', {
      act: 'submit',
      values: { words: 'my new laptop is not in the policy', picked: 'U01BEN' },
    });
    await world.as('U01BEN', { act: 'click', channel: 'C01NOTIFY', actionId: 'request.approve' });
    expect((await readRequests(ledger)).map(({ value }) => [value.status, value.lateFor])).toEqual([
      ['approved', open.id],
    ]);
    expect((await readWords(ledger, open.id)).map(({ kind }) => kind)).toEqual(['approved-late', 'it-was-me']);
    expect(world.access.at(-1)).toMatchObject({ ledger });
  });

  it('that its actor calls not genuine can still be closed by a second person', async () => {
    await using world = await slackWorld();
    const open = await opened();
    await press(world, 'U01ADA', 'not-genuine');
    await press(world, 'U01CAT', 'not-genuine');
    expect((await readWords(ADA, open.id)).map(({ by }) => by).toSorted()).toEqual([
      'ada@example.gov.uk',
      'cat@example.gov.uk',
    ]);
  });

  it('tells its actor, who calls it not genuine a second time, that they had said so', async () => {
    await using world = await slackWorld();
    await opened();
    for (let time = 0; time < 2; time++) await press(world, 'U01ADA', 'not-genuine');
    expect(world.slack.ephemeralsFor('U01ADA').map(({ text }) => text)).toEqual([
      'You had said that before: not-genuine. Your click changed nothing.',
    ]);
  });

  it('says that an acknowledgement by the actor does not stop the clock', async () => {
    await using world = await slackWorld();
    await opened();
    await press(world, 'U01ADA', 'acknowledge');
    expect(world.slack.ephemeralsFor('U01ADA').at(-1)?.text).toContain('the clock keeps running');
  });

  it('changes nothing by a click on a message of a finding that is closed', async () => {
    await using world = await slackWorld();
    const open = await opened({ state: 'closed', closedAs: 'confirmed' });
    await press(world, 'U01BEN', 'not-genuine');
    expect(await readWords(ADA, open.id)).toEqual([]);
    expect(world.slack.ephemeralsFor('U01BEN').at(-1)?.text).toContain('closed already (confirmed)');
  });
});

describe('an emergency', () => {
  it('that was acted upon at minute 2 is closed as approved late by the yes at minute 10, which is then good for nothing else', async () => {
    await using world = await slackWorld();
    await world.as('U01ADA', { act: 'shortcut' });
    const values = {
      target: 'notify-prod-admin',
      reason: 'queue is stuck',
      picked: 'ben@example.gov.uk',
      ticket: 'INC-9',
      emergency: 'nobody-around',
    };
    await world.as('U01ADA', { act: 'submit', values });
    expect(wordsOf(world.slack.messagesIn('C01NOTIFY')[0])).toContain(
      'Emergency (nobody was around, INC-9): goes ahead without a yes.',
    );
    const open = await opened({ cause: 'unapproved', occurredAt: world.at() + 120_000 });
    await world.clockAt(10);
    await world.as('U01BEN', { act: 'click', channel: 'C01NOTIFY', actionId: 'request.approve' });
    expect((await readRequests(ADA))[0]?.value).toMatchObject({ status: 'approved', lateFor: open.id });
    expect(await readWords(ADA, open.id)).toMatchObject([{ kind: 'approved-late' }]);
  });

  it('whose record comes after the yes is bound to it a few minutes later', async () => {
    await using world = await slackWorld();
    await world.as('U01ADA', { act: 'shortcut' });
    const values = {
      target: 'notify-prod-admin',
      reason: 'queue is stuck',
      picked: 'ben@example.gov.uk',
      emergency: 'live-incident',
    };
    await world.as('U01ADA', { act: 'submit', values });
    await world.clockAt(20);
    await world.as('U01BEN', { act: 'click', channel: 'C01NOTIFY', actionId: 'request.approve' });
    expect((await readRequests(ADA))[0]?.value.lateFor).toBeUndefined();
    const open = await opened({ cause: 'unapproved', occurredAt: world.at() - 60_000 });
    await world.clockAt(26);
    expect((await readRequests(ADA))[0]?.value.lateFor).toBe(open.id);
  });

  it('still reaches the person who was picked when the channel does not take the message', async () => {
    await using world = await slackWorld();
    const channel = world.slack.workspace.channels.get('C01NOTIFY');
    if (channel) channel.botIsMember = false;
    const text = 'notify-prod-admin terraform apply <@U01BEN>';
    await world.actOnly('U01ADA', { act: 'command', text });
    expect(await world.settle()).toBe(1);
    expect(world.slack.messagesIn('D01BEN')).toHaveLength(1);
    if (channel) channel.botIsMember = true;
    expect(await world.settle()).toBe(0);
    expect(world.slack.messagesIn('D01BEN')).toHaveLength(1);
    expect(world.slack.messagesIn('C01NOTIFY')).toHaveLength(1);
  });
});
