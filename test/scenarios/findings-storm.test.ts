import { afterEach, describe, expect, it } from 'vitest';
import type { Finding } from '../../lambdas/core/finding.ts';
import type { ToldInSlack } from '../../lambdas/core/telling/told.ts';
import { MINUTE_MS } from '../../lambdas/core/time.ts';
import { toldKey } from '../../lambdas/edge/table-keys.ts';
import { BOXING_DAY, finding, messageOf, word } from '../support/findings.ts';
import { type FindingsWorld, findingsWorld } from '../support/findings-world.ts';

const BEN = { id: 'PBEN', name: 'Ben', email: 'ben@example.gov.uk' };

let world: FindingsWorld;
afterEach(() => world.close());

/** The next finding of a storm: of a person of its own, so that nothing folds. */
function ofSomebody(number: number, pagedAt: number) {
  const actor = `person${number}@example.gov.uk`;
  return finding({
    id: `storm-${number}`,
    actor,
    ledger: `person:${actor}`,
    urgency: 'page',
    occurredAt: pagedAt,
    openedAt: pagedAt,
    pagedAt,
  });
}

async function storm(findings: number): Promise<void> {
  world = await findingsWorld(BOXING_DAY);
  for (let number = 0; number < findings; number += 1) {
    await world.publish(messageOf(ofSomebody(number, world.now())));
    if (number % (findings / 20) === findings / 20 - 1) await world.advance(3_000);
  }
}

const summaries = () => world.top().filter(({ text }) => text.includes('too many to show one by one'));
const toldIds = () =>
  new Set(world.slack.messages.filter(({ channel }) => channel === 'C01NOTIFY').map(({ id }) => id));

const listed = (id: string) => {
  const { pk, sk } = toldKey(id, 'slack');
  return (world.items.get(`${pk}\n${sk}`)?.value as ToldInSlack | undefined)?.listed === 'yes';
};

function expectAtMostOneASecond(): void {
  const calls = world.slack.calls.filter(({ channel }) => channel === 'C01NOTIFY').map(({ at }) => at);
  const seconds = calls.sort((one, other) => one - other);
  expect(seconds.every((at, index) => index === 0 || at - (seconds[index - 1] ?? 0) >= 1_000)).toBe(true);
}

describe('a storm of findings of as many people', () => {
  it('ten thousand in a minute, ends in few pages, a readable channel and nothing lost', async () => {
    await storm(10_000);
    await world.advance(2 * MINUTE_MS);
    expect(world.pagerDuty.incidents.length).toBeLessThanOrEqual(22);
    expect(world.pagerDuty.asked.length).toBeLessThan(240);
    expect(world.top().length).toBeLessThanOrEqual(15);
    expect(summaries().map(({ text }) => text)).toEqual([
      expect.stringContaining(`${10_000 - (world.top().length - 1)} more findings`),
    ]);
    expectAtMostOneASecond();
    expect(world.dead).toEqual([]);
    const waiting = new Set(world.waiting());
    const told = toldIds();
    const lost = Array.from({ length: 10_000 }, (_, number) => `storm-${number}`).filter(
      (id) => !waiting.has(id) && !told.has(`TOLD#${id}#slack`) && !listed(id),
    );
    expect(lost).toEqual([]);
  });

  it('three hundred in a minute, fill the thread up to a hundred; the summary says how many more, and where', async () => {
    await storm(300);
    await world.advance(8 * MINUTE_MS);
    const [summary] = summaries();
    expect(world.thread(summary?.ts)).toHaveLength(100);
    const alone = world.top().length - 1;
    expect(JSON.stringify(summary?.blocks)).toContain(`the other ${300 - alone - 100} are in the Home tab`);
    expect(world.waiting()).toEqual([]);
    expect(world.dead).toEqual([]);
    expectAtMostOneASecond();
  });

  it('says nothing more of a finding that is only listed, but that it is on record', async () => {
    await storm(300);
    await world.advance(8 * MINUTE_MS);
    const before = world.slack.messages.length;
    const last = ofSomebody(299, world.now());
    const close = {
      state: 'closed',
      closedAs: 'confirmed',
      closedAt: world.now(),
      words: [word({ kind: 'confirmed' })],
    };
    await world.publish(messageOf({ ...last, ...close } as Finding, 'closed'));
    await world.advance(10 * MINUTE_MS);
    expect(world.slack.messages).toHaveLength(before);
    const told = await world.table.read<ToldInSlack>(toldKey(last.id, 'slack'));
    expect(told?.value).toMatchObject({ listed: 'yes', message: { finding: { state: 'closed' } } });
    expect(world.waiting()).toEqual([]);
  });

  it('wakes the team’s rota and cyber’s once each, though the first finding woke one of them', async () => {
    world = await findingsWorld(BOXING_DAY);
    for (let number = 0; number < 30; number += 1) {
      const wakes = number < 20 ? (['team'] as const) : (['team', 'cyber'] as const);
      await world.publish(messageOf({ ...ofSomebody(number, world.now()), wakes }));
      await world.advance(1_000);
    }
    await world.advance(MINUTE_MS);
    const storms = world.pagerDuty.incidents.filter(({ dedupKey }) => dedupKey.includes('storm/'));
    expect(storms.map(({ service, alerts }) => [service, alerts])).toEqual([
      ['notify', 1],
      ['cyber', 1],
    ]);
  });

  it('an acknowledgement of its one incident is a word on every finding under it', async () => {
    await storm(300);
    await world.advance(MINUTE_MS);
    const incident = world.pagerDuty.incidents.find(({ dedupKey }) => dedupKey.includes('storm/'));
    await world.pagerDuty.act('acknowledge', incident?.dedupKey ?? '', BEN, 'notify');
    await world.advance(5 * MINUTE_MS);
    const words = [...world.items.keys()].filter((key) => key.includes('WORD#'));
    expect(words).toHaveLength(290);
  });
});

describe('a storm whose incident somebody has acknowledged', () => {
  const storms = (service: string) =>
    world.pagerDuty.incidents.filter((one) => one.dedupKey.includes('storm/') && one.service === service);

  it('pages for what comes later under another one, however far apart, and again after each acknowledgement', async () => {
    await storm(20);
    for (const round of [1, 2]) {
      for (const service of ['notify', 'cyber'] as const)
        await world.pagerDuty.act('acknowledge', storms(service).at(-1)?.dedupKey ?? '', BEN, service);
      for (let later = 0; later < 3; later += 1) {
        await world.advance(9 * MINUTE_MS);
        await world.publish(messageOf(ofSomebody(100 * round + later, world.now())));
        await world.advance(5_000);
      }
      for (const service of ['notify', 'cyber']) {
        expect(storms(service)).toHaveLength(round + 1);
        expect(storms(service).at(-1)).toMatchObject({ status: 'triggered', alerts: 1 });
      }
    }
  });
});

describe('three hundred pings while Slack is down', () => {
  it('are few pages, not three hundred', async () => {
    world = await findingsWorld(BOXING_DAY);
    world.slack.mood = 'down';
    for (let number = 0; number < 300; number += 1) {
      const { pagedAt: _, ...inHours } = ofSomebody(number, world.now());
      await world.publish(messageOf({ ...inHours, urgency: 'ping', pageAt: world.now() + 15 * MINUTE_MS }));
    }
    await world.advance(2 * MINUTE_MS);
    expect(world.pagerDuty.incidents.length).toBeLessThanOrEqual(22);
  });
});

describe('five hundred uses by one person', () => {
  it('are one message, one incident for each rota, and a thread that fills in its turn', async () => {
    world = await findingsWorld(BOXING_DAY);
    const root = finding({ id: 'root', urgency: 'page', occurredAt: BOXING_DAY, openedAt: BOXING_DAY });
    await world.publish(messageOf(root));
    await world.advance(10_000);
    for (let number = 0; number < 500; number += 1)
      await world.publish(messageOf({ ...root, id: `folded-${number}`, foldsInto: 'root' }));
    await world.advance(16 * MINUTE_MS);
    expect(world.top()).toHaveLength(1);
    expect(world.pagerDuty.asked).toHaveLength(2);
    expect(world.thread(world.top()[0]?.ts).length).toBeGreaterThan(300);
    expectAtMostOneASecond();
    expect(JSON.stringify(world.top()[0]?.blocks)).toMatch(/and 3\d\d more in the thread/);
  });
});
