import { createHmac } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../../lambdas/core/time.ts';
import { findingKey, timerKey } from '../../lambdas/edge/table-keys.ts';
import { BOXING_DAY, finding, messageOf, TUESDAY_14, word } from '../support/findings.ts';
import { type FindingsWorld, findingsWorld, WEBHOOK_SECRET } from '../support/findings-world.ts';

const OPENED = TUESDAY_14 + 3 * MINUTE_MS;
const ADA = { id: 'PADA', name: 'Ada', email: 'ada@example.gov.uk' };
const BEN = { id: 'PBEN', name: 'Ben', email: 'ben@example.gov.uk' };

let world: FindingsWorld;
afterEach(() => world.close());

describe('a finding in working hours', () => {
  it('is told once in the team’s channel and in cyber’s, however often it is delivered, and pages nobody', async () => {
    world = await findingsWorld(OPENED);
    for (let copy = 0; copy < 3; copy += 1) await world.publish(messageOf(finding()));
    await world.advance(5 * MINUTE_MS);
    expect(world.top()).toHaveLength(1);
    expect(world.top('C01CYBER')).toHaveLength(1);
    expect(world.top()[0]?.text).toContain('Pages Notify');
    expect(world.pagerDuty.incidents).toHaveLength(0);
  });

  it('becomes a page when nobody takes it on, and Slack then says whom it woke', async () => {
    world = await findingsWorld(OPENED);
    await world.publish(messageOf(finding()));
    await world.advance(15 * MINUTE_MS);
    await world.publish(messageOf(finding({ urgency: 'page', pagedAt: OPENED + 15 * MINUTE_MS }), 'changed'));
    await world.advance(MINUTE_MS);
    expect(world.pagerDuty.incidents.map(({ service, status, dedupKey }) => [service, status, dedupKey])).toEqual([
      ['notify', 'triggered', finding().dedupKey],
      ['cyber', 'triggered', finding().dedupKey],
    ]);
    expect(world.top()).toHaveLength(1);
    expect(JSON.stringify(world.top()[0]?.blocks)).toContain("Paged Notify's on-call at 14:18");
  });

  it('that is closed says in its thread and in the incident who closed it, how, and how long it took', async () => {
    world = await findingsWorld(OPENED);
    const paged = finding({ urgency: 'page', pagedAt: OPENED });
    await world.publish(messageOf(paged));
    await world.advance(MINUTE_MS);
    const words = [word({ kind: 'confirmed', text: 'I watched her do it', at: OPENED + 12 * MINUTE_MS })];
    await world.publish(
      messageOf(
        { ...paged, state: 'closed', closedAs: 'confirmed', closedAt: OPENED + 12 * MINUTE_MS, words },
        'closed',
      ),
    );
    await world.advance(MINUTE_MS);
    const [root] = world.top();
    expect(root?.text).toContain('Closed: confirmed by ben');
    expect(JSON.stringify(root?.blocks)).not.toContain('finding.confirm');
    expect(world.thread(root?.ts).map(({ text }) => text)).toEqual([
      expect.stringContaining('confirmed by <@U01BEN>, 12 min after it was opened'),
    ]);
    expect(world.pagerDuty.incidents.map(({ status }) => status)).toEqual(['resolved', 'resolved']);
    expect(world.pagerDuty.asked.at(-1)).toContain('confirmed by ben@example.gov.uk');
  });

  it('that arrives after it was closed changes nothing, and opens no incident again', async () => {
    world = await findingsWorld(OPENED);
    const paged = finding({ urgency: 'page', pagedAt: OPENED });
    const closed = messageOf(
      { ...paged, state: 'closed', closedAs: 'confirmed', closedAt: OPENED + 1, words: [word({ kind: 'confirmed' })] },
      'closed',
    );
    await world.publish(messageOf(paged));
    await world.advance(30 * SECOND_MS);
    await world.publish(closed);
    await world.advance(30 * SECOND_MS);
    await world.publish(messageOf(paged));
    await world.advance(10 * MINUTE_MS);
    expect(world.pagerDuty.incidents).toHaveLength(2);
    expect(world.top()[0]?.text).toContain('Closed');
  });

  it('that is closed before anybody hears that it was opened pages nobody', async () => {
    world = await findingsWorld(OPENED);
    const paged = finding({ urgency: 'page', pagedAt: OPENED });
    await world.publish(
      messageOf({ ...paged, state: 'closed', closedAs: 'matched-later', closedAt: OPENED }, 'closed'),
    );
    await world.advance(30 * SECOND_MS);
    await world.publish(messageOf(paged));
    await world.advance(10 * MINUTE_MS);
    expect(world.pagerDuty.incidents).toEqual([]);
    expect(world.slack.messages).toEqual([]);
  });

  it('without a team goes to cyber alone', async () => {
    world = await findingsWorld(OPENED);
    await world.publish(
      messageOf(finding({ team: 'cyber', cause: 'unreadable', why: 'no userIdentity', wakes: ['cyber'] }), 'opened', {
        actions: [],
      }),
    );
    await world.advance(MINUTE_MS);
    expect(world.top()).toHaveLength(0);
    expect(world.top('C01CYBER')).toHaveLength(1);
  });

  it('that folds is shown in the thread and counted, and shares the incident, which the last one resolves', async () => {
    world = await findingsWorld(OPENED);
    const root = finding({ urgency: 'page', pagedAt: OPENED });
    const second = finding({ id: 'second', foldsInto: root.id, urgency: 'page', pagedAt: OPENED });
    await world.publish(messageOf(second));
    await world.publish(messageOf(root));
    await world.advance(2 * MINUTE_MS);
    expect(world.top()).toHaveLength(1);
    expect(world.thread(world.top()[0]?.ts)).toHaveLength(1);
    expect(JSON.stringify(world.top()[0]?.blocks)).toContain('and 1 more in the thread');
    expect(world.pagerDuty.incidents).toHaveLength(2);
    const close = {
      state: 'closed',
      closedAs: 'confirmed',
      closedAt: OPENED + 1,
      words: [word({ kind: 'confirmed' })],
    } as const;
    await world.publish(messageOf({ ...root, ...close }, 'closed'));
    await world.advance(MINUTE_MS);
    expect(world.pagerDuty.incidents.map(({ status }) => status)).toEqual(['triggered', 'triggered']);
    await world.publish(messageOf({ ...second, ...close }, 'closed'));
    await world.advance(MINUTE_MS);
    expect(world.pagerDuty.incidents.map(({ status }) => status)).toEqual(['resolved', 'resolved']);
  });

  it('that is not genuine pages cyber at once, under a key of its own', async () => {
    world = await findingsWorld(OPENED);
    await world.publish(messageOf(finding()));
    await world.advance(MINUTE_MS);
    const closed = finding({
      state: 'closed',
      closedAs: 'not-genuine',
      closedAt: OPENED + MINUTE_MS,
      urgency: 'page',
      words: [word({ kind: 'not-genuine' })],
    });
    await world.publish(messageOf(closed, 'closed'));
    await world.publish(messageOf(closed, 'closed'));
    await world.advance(MINUTE_MS);
    expect(world.pagerDuty.incidents.map(({ service, status, summary }) => [service, status, summary])).toEqual([
      ['cyber', 'triggered', expect.stringContaining('NOT GENUINE')],
    ]);
    expect(world.top()[0]?.text).toContain('not genuine');
  });
});

describe('out of hours', () => {
  it('the page goes first, and Slack says that it went', async () => {
    world = await findingsWorld(BOXING_DAY);
    await world.publish(messageOf(finding({ urgency: 'page', occurredAt: BOXING_DAY, openedAt: BOXING_DAY })));
    await world.advance(MINUTE_MS);
    const [root] = world.top();
    expect(root?.edits).toBe(0);
    expect(JSON.stringify(root?.blocks)).toContain("Paged Notify's on-call at 02:10");
    expect(JSON.stringify(root?.blocks)).toContain("Paged cyber's on-call at 02:10");
  });
});

describe('PagerDuty’s webhooks', () => {
  const paged = finding({ urgency: 'page', occurredAt: BOXING_DAY, openedAt: BOXING_DAY });
  const words = () =>
    [...world.items.values()]
      .filter(({ key }) => key.sk.startsWith('WORD#'))
      .map(({ value }) => value as { kind: string; by: string });

  async function openIncident(): Promise<void> {
    world = await findingsWorld(BOXING_DAY);
    await world.publish(messageOf(paged));
    await world.advance(MINUTE_MS);
  }

  it('make an acknowledgement there a word here, once, however often it is replayed', async () => {
    await openIncident();
    await world.pagerDuty.act('acknowledge', paged.dedupKey, BEN);
    for (const webhook of world.pagerDuty.webhooks)
      expect(await world.deliver(webhook)).toMatchObject({ statusCode: 200 });
    expect(words()).toMatchObject([{ kind: 'acknowledged', by: 'ben@example.gov.uk', via: 'pagerduty' }]);
    expect(world.rejudged[0]).toMatchObject({ twoEye: 'rejudge', ledger: paged.ledger });
  });

  it('say who it was even if it was the actor, or nobody we know: judging decides what that counts for', async () => {
    await openIncident();
    await world.pagerDuty.act('acknowledge', paged.dedupKey, ADA, 'notify');
    await world.pagerDuty.act('acknowledge', paged.dedupKey, { id: 'PX', name: 'ben@example.gov.uk' }, 'cyber');
    expect(words().map(({ by }) => by)).toEqual(['ada@example.gov.uk', 'unknown']);
  });

  it('make a resolve without a word here a word that pages again, under the next key', async () => {
    await openIncident();
    await world.pagerDuty.act('resolve', paged.dedupKey, BEN);
    expect(words()).toMatchObject([{ kind: 'resolved-elsewhere' }]);
    const again = {
      ...paged,
      dedupKey: `${paged.dedupKey}/2`,
      words: [word({ kind: 'resolved-elsewhere', via: 'pagerduty' })],
    };
    await world.publish(messageOf(again, 'changed'));
    await world.advance(MINUTE_MS);
    expect(
      world.pagerDuty.incidents.filter(({ status }) => status === 'triggered').map(({ dedupKey }) => dedupKey),
    ).toEqual([again.dedupKey, again.dedupKey]);
  });

  it('take no resolve of ours for a word', async () => {
    await openIncident();
    await world.publish(
      messageOf({ ...paged, state: 'closed', closedAs: 'matched-later', closedAt: BOXING_DAY + 1 }, 'closed'),
    );
    await world.advance(MINUTE_MS);
    expect(world.pagerDuty.incidents.map(({ status }) => status)).toEqual(['resolved', 'resolved']);
    expect(words()).toEqual([]);
  });

  it('are refused when they are forged', async () => {
    await openIncident();
    const [webhook] = world.pagerDuty.webhooks;
    const forged = {
      headers: webhook?.headers ?? {},
      body: (webhook?.body ?? '').replace('triggered', 'acknowledged'),
    };
    expect(await world.deliver(forged)).toMatchObject({ statusCode: 401 });
    expect(await world.deliver({ headers: {}, body: webhook?.body ?? '' })).toMatchObject({ statusCode: 401 });
    expect(words()).toEqual([]);
  });

  it('about something else, or that nobody understands, are benign: refusing them would end the subscription', async () => {
    await openIncident();
    const other = (event: object) =>
      JSON.stringify({ event: { id: 'E9', occurred_at: '2026-12-26T02:20:00Z', ...event } });
    const bodies = [
      'not JSON',
      '[]',
      other({ event_type: 'pagey.ping', data: {} }),
      other({ event_type: 'incident.acknowledged', data: { incident_key: 'another-tool/1' } }),
      other({ event_type: 'incident.acknowledged', data: { incident_key: 'two-eye/never-seen' } }),
      other({ event_type: 'incident.reassigned', data: { incident_key: paged.dedupKey } }),
    ];
    for (const body of bodies) {
      const signature = `v1=${createHmac('sha256', WEBHOOK_SECRET).update(body).digest('hex')}`;
      expect(await world.deliver({ headers: { 'X-PagerDuty-Signature': signature }, body }), body).toMatchObject({
        statusCode: 200,
      });
    }
    expect(words()).toEqual([]);
  });

  it('that come out of order never undo what is newer', async () => {
    world = await findingsWorld(BOXING_DAY);
    world.webhooks.delivered = 'no';
    await world.publish(messageOf(paged));
    await world.advance(MINUTE_MS);
    await world.pagerDuty.act('acknowledge', paged.dedupKey, BEN);
    for (const webhook of world.pagerDuty.webhooks.toReversed()) await world.deliver(webhook);
    await world.advance(MINUTE_MS);
    expect(JSON.stringify(world.top()[0]?.blocks)).toContain('Acknowledged in PagerDuty');
    expect(JSON.stringify(world.top()[0]?.blocks)).not.toContain('Paging');
  });
});

describe('when PagerDuty fails', () => {
  const paged = finding({ urgency: 'page', occurredAt: BOXING_DAY, openedAt: BOXING_DAY });

  it.each(['500', 'html', 'down', '400'] as const)(
    '(%s) Slack and the e-mail say so at once, once, and the page goes when it can',
    async (mood) => {
      world = await findingsWorld(BOXING_DAY);
      world.pagerDuty.setMood(mood);
      await world.publish(messageOf(paged));
      await world.advance(30 * SECOND_MS);
      expect(world.emails.filter((email) => email.startsWith('pagerduty'))).toHaveLength(2);
      expect(world.thread(world.top()[0]?.ts).map(({ text }) => text)).toEqual([
        expect.stringContaining('The page could not be sent'),
      ]);
      expect(world.thread(world.top()[0]?.ts)[0]?.broadcast).toBe('yes');
      world.pagerDuty.setMood('fine');
      await world.advance(10 * MINUTE_MS);
      expect(world.pagerDuty.incidents.map(({ status }) => status)).toEqual(['triggered', 'triggered']);
      expect(JSON.stringify(world.top()[0]?.blocks)).toContain("Paged Notify's on-call");
      expect(world.emails).toHaveLength(2);
    },
  );

  it('by taking the page and opening nothing, it is a failed page after three minutes', async () => {
    world = await findingsWorld(BOXING_DAY);
    world.pagerDuty.setMood('swallow');
    await world.publish(messageOf(paged));
    await world.advance(2 * MINUTE_MS);
    expect(world.emails).toEqual([]);
    await world.advance(3 * MINUTE_MS);
    expect(world.emails).toEqual([expect.stringContaining('opened no incident within 3 minutes')]);
    world.pagerDuty.setMood('fine');
    await world.advance(5 * MINUTE_MS);
    expect(world.pagerDuty.incidents).toHaveLength(2);
  });

  it('by 429 for a while, the page is sent again until it is taken', async () => {
    world = await findingsWorld(BOXING_DAY);
    world.pagerDuty.setMood('429');
    await world.publish(messageOf(paged));
    await world.advance(MINUTE_MS);
    expect(world.emails).toEqual([]);
    world.pagerDuty.setMood('fine');
    await world.advance(5 * MINUTE_MS);
    expect(world.pagerDuty.incidents).toHaveLength(2);
  });
});

describe('when Slack fails', () => {
  it.each(['down', 'html', 'archived'] as const)(
    '(%s) the finding is paged, the page says so, and the ping follows when Slack is back',
    async (mood) => {
      world = await findingsWorld(OPENED);
      world.slack.mood = mood;
      await world.publish(messageOf(finding()));
      await world.advance(MINUTE_MS);
      expect(world.pagerDuty.incidents.map(({ service, summary }) => [service, summary])).toEqual([
        ['notify', expect.stringContaining('Slack could not be told')],
        ['cyber', expect.stringContaining('Slack could not be told')],
      ]);
      expect(world.emails.every((email) => email.startsWith('slack'))).toBe(true);
      world.slack.mood = 'fine';
      await world.advance(10 * MINUTE_MS);
      expect(world.top()).toHaveLength(1);
      expect(world.top('C01CYBER')).toHaveLength(1);
    },
  );

  it('in one of the two channels, it wakes nobody, and the other one says so once a day', async () => {
    world = await findingsWorld(OPENED);
    world.slack.archived.add('C01NOTIFY');
    for (const id of ['first', 'second']) await world.publish(messageOf(finding({ id })));
    await world.advance(13 * MINUTE_MS);
    expect(world.pagerDuty.incidents).toEqual([]);
    const notices = world.top('C01CYBER').filter(({ text }) => text.includes('cannot be shown'));
    expect(notices.map(({ text }) => text)).toEqual([
      expect.stringMatching(/Notify's channel C01NOTIFY: .*\(is_.?archived\).*this channel alone/),
    ]);
    expect(world.top('C01CYBER')).toHaveLength(3);
  });

  it('in cyber’s channel alone, the team’s says so', async () => {
    world = await findingsWorld(OPENED);
    world.slack.archived.add('C01CYBER');
    await world.publish(messageOf(finding()));
    await world.advance(5 * MINUTE_MS);
    expect(world.pagerDuty.incidents).toEqual([]);
    expect(world.top().filter(({ text }) => text.includes("cyber's channel C01CYBER"))).toHaveLength(1);
  });

  it('out of hours, the page that is out already says so, and opens nothing twice', async () => {
    world = await findingsWorld(BOXING_DAY);
    world.slack.mood = 'down';
    await world.publish(messageOf(finding({ urgency: 'page', occurredAt: BOXING_DAY, openedAt: BOXING_DAY })));
    await world.advance(10 * MINUTE_MS);
    expect(world.pagerDuty.incidents.map(({ service, alerts, details }) => [service, alerts, details])).toEqual([
      ['notify', 2, expect.objectContaining({ note: expect.stringContaining('Slack could not be told') })],
      ['cyber', 2, expect.objectContaining({ note: expect.stringContaining('Slack could not be told') })],
    ]);
    expect(world.emails.filter((email) => email.startsWith('pagerduty'))).toEqual([]);
  });

  it('for an hour, nothing is lost though the queue gave up', async () => {
    world = await findingsWorld(OPENED);
    world.slack.mood = 'down';
    await world.publish(messageOf(finding()));
    await world.advance(HOUR_MS);
    expect(world.dead.length).toBeGreaterThan(0);
    world.slack.mood = 'fine';
    await world.advance(HOUR_MS);
    expect(world.top()).toHaveLength(1);
  });

  it('after it took the message, the message is found again and not posted twice', async () => {
    world = await findingsWorld(OPENED);
    world.slack.mood = 'lost';
    await world.publish(messageOf(finding()));
    await world.advance(30 * SECOND_MS);
    world.slack.mood = 'fine';
    await world.advance(5 * MINUTE_MS);
    expect(world.top()).toHaveLength(1);
    expect(world.top('C01CYBER')).toHaveLength(1);
  });

  it('after it took the message and cannot be searched, it is re-sent and marked so', async () => {
    world = await findingsWorld(OPENED);
    Object.assign(world.slack, { mood: 'lost', searchable: false });
    await world.publish(messageOf(finding()));
    await world.advance(10 * SECOND_MS);
    world.slack.mood = 'fine';
    await world.advance(5 * MINUTE_MS);
    expect(world.top().map(({ text }) => text.startsWith('Re-sent'))).toEqual([false, true]);
  });

  it('by 429, it waits as long as it is told and nobody is paged for it', async () => {
    world = await findingsWorld(OPENED);
    world.slack.mood = '429';
    await world.publish(messageOf(finding()));
    await world.advance(10 * SECOND_MS);
    world.slack.mood = 'fine';
    await world.advance(2 * MINUTE_MS);
    expect(world.top()).toHaveLength(1);
    expect(world.top()[0]?.at).toBeGreaterThanOrEqual(OPENED + 30 * SECOND_MS);
    expect(world.pagerDuty.incidents).toEqual([]);
  });

  it('together with PagerDuty, what could not be said is a dead letter, and an alarm', async () => {
    world = await findingsWorld(OPENED);
    world.slack.mood = 'down';
    world.pagerDuty.setMood('down');
    await world.publish(messageOf(finding()));
    await world.advance(20 * MINUTE_MS);
    expect(new Set(world.dead.map(({ to }) => to))).toEqual(new Set(['ping', 'page']));
  });
});

describe('sweep', () => {
  it('publishes a finding of which the message was lost', async () => {
    world = await findingsWorld(OPENED);
    const lost = finding();
    const timer = { dueAt: OPENED + MINUTE_MS, what: 'delivered', about: lost.ledger, id: lost.id } as const;
    await world.table.transact([
      { write: 'put', key: findingKey(lost.ledger, lost.id), value: lost },
      { write: 'put', key: timerKey(timer), value: timer },
    ]);
    await world.advance(10 * MINUTE_MS);
    expect(world.top()).toHaveLength(1);
  });

  it('hands each due timer to whom it belongs, once', async () => {
    world = await findingsWorld(OPENED);
    const due = (['decide', 'settle', 'page', 'unsent', 'remind', 'lapse', 'pin-over'] as const).map((what) => ({
      dueAt: OPENED,
      what,
      about: 'person:ada@example.gov.uk',
      id: `t-${what}`,
    }));
    await world.table.transact(due.map((timer) => ({ write: 'put', key: timerKey(timer), value: timer }) as const));
    await world.advance(3 * MINUTE_MS);
    expect(world.rejudged).toHaveLength(4);
    expect(world.toSlackQueue).toHaveLength(3);
    expect([...world.items.keys()].filter((key) => key.startsWith('TIMER#'))).toEqual([]);
  });

  it('reminds of what is in hand for a day and not closed, every day until it is closed', async () => {
    world = await findingsWorld(OPENED);
    const held = finding({ state: 'acknowledged', words: [word({ kind: 'acknowledged', at: OPENED })] });
    await world.table.transact([{ write: 'put', key: findingKey(held.ledger, held.id), value: held }]);
    await world.publish(messageOf(held));
    await world.advance(25 * HOUR_MS);
    const said = () => world.thread(world.top()[0]?.ts).map(({ text }) => text);
    expect(said()).toEqual([expect.stringContaining('In hand for a day and still not closed')]);
    await world.advance(24 * HOUR_MS);
    expect(said()).toHaveLength(2);
  });

  it('tells cyber, once a week, when the known bank holidays are near their end', async () => {
    world = await findingsWorld(Date.parse('2100-01-04T09:00:00Z'));
    await world.advance(10 * MINUTE_MS);
    expect(world.top('C01CYBER').map(({ text }) => text)).toEqual([
      expect.stringContaining('bank holidays of england-and-wales'),
    ]);
  });
});
