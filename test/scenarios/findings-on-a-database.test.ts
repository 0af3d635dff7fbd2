import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MINUTE_MS } from '../../lambdas/core/time.ts';
import { read, readPartition, transact } from '../../lambdas/edge/table.ts';
import { databases, useTable } from '../support/databases.ts';
import { BOXING_DAY, finding, messageOf, word } from '../support/findings.ts';
import { findingsWorld } from '../support/findings-world.ts';
import { testPolicy } from '../support/policies.ts';

const [embedded] = databases;
let database: { readonly endpoint: string; close(): Promise<void> };

beforeAll(async () => {
  if (!embedded) throw new Error('there is no embedded database');
  database = await embedded.start();
  await useTable(database.endpoint);
});
afterAll(() => database.close());

describe('telling, over a real table', () => {
  it('pages, folds, acknowledges and closes as it does in memory', async () => {
    const world = await findingsWorld(BOXING_DAY, testPolicy(), { read, readPartition, transact });
    const root = finding({ urgency: 'page', occurredAt: BOXING_DAY, openedAt: BOXING_DAY });
    const folded = finding({ ...root, id: 'folded', foldsInto: root.id });
    for (const each of [folded, root, root]) await world.publish(messageOf(each));
    await world.advance(2 * MINUTE_MS);
    expect(world.top()).toHaveLength(1);
    expect(world.thread(world.top()[0]?.ts)).toHaveLength(1);
    expect(world.pagerDuty.incidents.map(({ status }) => status)).toEqual(['triggered', 'triggered']);
    await world.pagerDuty.act('acknowledge', root.dedupKey, { id: 'PBEN', name: 'Ben', email: 'ben@example.gov.uk' });
    expect(world.rejudged.map((message) => message.twoEye)).toContain('rejudge');
    const closed = {
      state: 'closed',
      closedAs: 'confirmed',
      closedAt: BOXING_DAY + MINUTE_MS,
      words: [word({ kind: 'confirmed' })],
    } as const;
    for (const each of [root, folded]) await world.publish(messageOf({ ...each, ...closed }, 'closed'));
    await world.advance(6 * MINUTE_MS);
    expect(world.pagerDuty.incidents.map(({ status }) => status)).toEqual(['resolved', 'resolved']);
    expect(world.top()[0]?.text).toContain('Closed: confirmed');
    expect(world.dead).toEqual([]);
    await world.close();
  });

  it('counts each finding of a burst that is told by several at once', async () => {
    const world = await findingsWorld(BOXING_DAY + 60 * MINUTE_MS, testPolicy(), { read, readPartition, transact });
    for (let number = 0; number < 25; number += 1) {
      await world.publish(
        messageOf(
          finding({
            id: `burst-${number}`,
            actor: `p${number}@example.gov.uk`,
            occurredAt: world.now(),
            openedAt: world.now(),
          }),
        ),
      );
    }
    await world.advance(3 * MINUTE_MS);
    const ids = new Set(world.slack.messages.filter(({ channel }) => channel === 'C01NOTIFY').map(({ id }) => id));
    expect([...ids].filter((id) => id?.startsWith('TOLD#burst-'))).toHaveLength(25);
    await world.close();
  });
});
