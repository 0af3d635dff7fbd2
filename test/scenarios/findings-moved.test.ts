import { afterEach, describe, expect, it } from 'vitest';
import type { ToldIncident } from '../../lambdas/core/telling/told.ts';
import { incidentOf } from '../../lambdas/core/telling/told.ts';
import { MINUTE_MS, SECOND_MS } from '../../lambdas/core/time.ts';
import { incidentKey } from '../../lambdas/edge/incident-members.ts';
import { BOXING_DAY, finding, messageOf, word } from '../support/findings.ts';
import { type FindingsWorld, findingsWorld } from '../support/findings-world.ts';

const BEN = { id: 'PBEN', name: 'Ben', email: 'ben@example.gov.uk' };
const paged = finding({ urgency: 'page', occurredAt: BOXING_DAY, openedAt: BOXING_DAY });
const resolvedThere = word({ kind: 'resolved-elsewhere', via: 'pagerduty' });
const again = { ...paged, dedupKey: `${paged.dedupKey}/2`, words: [resolvedThere] };

let world: FindingsWorld;
afterEach(() => world.close());

const open = (dedupKey: string) =>
  world.pagerDuty.incidents.filter((each) => each.dedupKey === dedupKey && each.status === 'triggered').length;

async function resolvedInPagerDuty(): Promise<void> {
  world = await findingsWorld(BOXING_DAY);
  await world.publish(messageOf(paged));
  await world.advance(MINUTE_MS);
  await world.pagerDuty.act('resolve', paged.dedupKey, BEN);
}

describe('an incident that was resolved in PagerDuty without a word here', () => {
  it('is not opened again by a message that was under way before the next key is known', async () => {
    await resolvedInPagerDuty();
    await world.publish(messageOf(paged));
    await world.advance(30 * SECOND_MS);
    expect(open(paged.dedupKey)).toBe(0);
  });

  it('is not opened again by a message that comes after the next key', async () => {
    await resolvedInPagerDuty();
    await world.publish(messageOf(again, 'changed'));
    await world.advance(MINUTE_MS);
    await world.publish(messageOf(paged));
    await world.advance(10 * MINUTE_MS);
    expect([open(paged.dedupKey), open(again.dedupKey)]).toEqual([0, 2]);
  });

  it('takes a finding that folds and is heard of late along to the next key', async () => {
    await resolvedInPagerDuty();
    await world.publish(messageOf(again, 'changed'));
    await world.advance(MINUTE_MS);
    await world.publish(messageOf({ ...paged, id: 'second', foldsInto: paged.id }));
    await world.advance(10 * MINUTE_MS);
    expect([open(paged.dedupKey), open(again.dedupKey)]).toEqual([0, 2]);
  });

  it('is counted over when its finding has moved on, for the other rota too', async () => {
    world = await findingsWorld(BOXING_DAY);
    await world.publish(messageOf(paged));
    await world.advance(MINUTE_MS);
    await world.pagerDuty.act('resolve', paged.dedupKey, BEN, 'notify');
    await world.publish(messageOf(again, 'changed'));
    await world.advance(MINUTE_MS);
    const old = await world.table.read<ToldIncident>(incidentKey(incidentOf(paged.dedupKey)));
    expect(old?.value).toMatchObject({ opened: 1, closed: 1 });
    expect([open(paged.dedupKey), open(again.dedupKey)]).toEqual([0, 2]);
  });

  it('pages again though somebody had it in hand, until somebody takes it on again', async () => {
    await resolvedInPagerDuty();
    const held = word({ kind: 'acknowledged', via: 'pagerduty' });
    const letGo = { ...again, state: 'acknowledged', words: [held, resolvedThere] } as const;
    await world.publish(messageOf(letGo, 'changed'));
    await world.advance(MINUTE_MS);
    expect(open(again.dedupKey)).toBe(2);
    await world.publish(messageOf({ ...letGo, words: [...letGo.words, { ...held, id: 'later' }] }, 'changed'));
    await world.advance(MINUTE_MS);
    expect(open(again.dedupKey)).toBe(0);
  });

  it('pages again after all when no next key comes', async () => {
    await resolvedInPagerDuty();
    await world.advance(3 * MINUTE_MS);
    await world.publish(messageOf(paged));
    await world.advance(MINUTE_MS);
    expect(open(paged.dedupKey)).toBe(2);
  });
});
