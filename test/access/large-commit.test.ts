import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ledgerStoreOn } from '../../lambdas/access/ledger-store.ts';
import type { Services } from '../../lambdas/access/services.ts';
import { take } from '../../lambdas/access/take.ts';
import type { LedgerRecord } from '../../lambdas/core/access-event.ts';
import type { VerdictMessage } from '../../lambdas/core/messages.ts';
import { readActionLines, readOpenFindings } from '../../lambdas/edge/finding-store.ts';
import * as dynamo from '../../lambdas/edge/table.ts';
import { type EmbeddedDynamo, startEmbeddedDynamo } from '../../sandbox/embedded-dynamodb/start.ts';
import { useTable } from '../support/databases.ts';
import { approval, ledgerRecord, minute } from '../support/ledger-records.ts';
import { putRequest } from '../support/people-facts.ts';
import { testPolicy } from '../support/policies.ts';

const ADA = 'person:ada@example.gov.uk' as const;
const USES = 45;

let database: EmbeddedDynamo;
beforeAll(async () => {
  database = await startEmbeddedDynamo();
});
afterAll(() => database.close());
beforeEach(() => useTable(database.endpoint));

/** What was written, by transaction; the process dies before, or after, the transaction of that number: nothing of it goes on. */
function process(
  death: { readonly before?: number; readonly after?: number } = {},
  meanwhile: () => Promise<unknown> = async () => undefined,
) {
  const written: (readonly string[])[] = [];
  const told: VerdictMessage[] = [];
  let isDead = false;
  const alive = (): void => {
    if (isDead) throw new Error('dead');
  };
  const store = ledgerStoreOn({
    ...dynamo,
    async readPartitionWithSets(pk, range) {
      alive();
      return dynamo.readPartitionWithSets(pk, range);
    },
    async transact(writes) {
      const number = written.push(writes.map(({ key }) => `${key.pk} ${key.sk}`));
      if (number === 1) await meanwhile();
      isDead ||= number === death.before;
      alive();
      const outcome = await dynamo.transact(writes);
      isDead ||= number === death.after;
      alive();
      return outcome;
    },
  });
  const services: Services = {
    ...store,
    policy: testPolicy(),
    now: () => minute(60),
    publish: async (message) => {
      alive();
      told.push(message);
    },
    pause: async () => undefined,
  };
  return { services, written, told };
}

/** Actions of their own: each from another address. */
const uses: readonly LedgerRecord[] = Array.from({ length: USES }, (_, index) =>
  ledgerRecord({ key: `u${index}`, occurredAt: minute(1 + index), ip: `198.51.100.${index}` }),
);
const all = { records: uses, ledgers: [] };

async function expectWhole(told: readonly VerdictMessage[]): Promise<void> {
  const lines = await readActionLines(ADA);
  expect(lines).toHaveLength(USES);
  expect(lines.filter(({ verdict }) => verdict === 'approved')).toHaveLength(1);
  expect(await readOpenFindings()).toHaveLength(USES - 1);
  const opened = told.filter(({ change }) => change === 'opened').map(({ finding }) => finding?.id);
  expect(opened).toHaveLength(USES - 1);
  expect(new Set(opened).size).toBe(USES - 1);
}

describe('a commit of more than a hundred items', () => {
  beforeEach(async () => {
    await putRequest(approval());
  });

  it('is written in parts of at most a hundred, the ledger with all that decides last', async () => {
    const { services, written, told } = process();
    await take(all, services);
    const parts = written.filter((keys) => keys.length > 1);
    expect(parts.length).toBeGreaterThan(1);
    expect(Math.max(...parts.map((keys) => keys.length))).toBeLessThanOrEqual(100);
    // It stands in each part, at first to see that nobody else has written it.
    const ownersIn = parts.map((keys) => keys.filter((key) => key.startsWith('EVENT#')).length);
    expect(ownersIn).toEqual([...parts.slice(1).map(() => 0), USES]);
    expect((await ledgerStoreOn(dynamo).readLedger(ADA)).ledger.version).toBe(1);
    await expectWhole(told);
  });

  it.each(['before', 'after'] as const)(
    'is done once, whole, when the process dies %s any of the parts',
    async (when) => {
      const parts = await partsOf();
      for (let number = 1; number <= parts; number += 1) {
        await useTable(database.endpoint);
        await putRequest(approval());
        const first = process({ [when]: number });
        // The answer of the last part is lost: it is read again, and found to be there.
        const isLast = when === 'after' && number === parts;
        await take(all, first.services).catch((thrown: Error) => expect(thrown.message).toBe('dead'));
        const again = process();
        await take(all, again.services);
        await expectWhole(isLast ? first.told.concat(again.told) : again.told);
      }
    },
  );

  it('overwrites nothing that another process judged with a yes that had come since', async () => {
    await useTable(database.endpoint);
    const other = process();
    const one = process({}, async () => {
      await putRequest(approval());
      await take(all, other.services);
    });
    await take(all, one.services);
    expect(one.told).toEqual([]);
    await expectWhole(other.told);
  });

  it('says nothing of what it judged when another process judged the same meanwhile', async () => {
    const [one, other] = [process(), process()];
    await Promise.all([take(all, one.services), take(all, other.services)]);
    const told = [...one.told, ...other.told];
    const opened = new Set(told.filter(({ change }) => change === 'opened').map(({ finding }) => finding?.id));
    expect(opened.size).toBe(USES - 1);
    expect(await readActionLines(ADA)).toHaveLength(USES);
    expect(await readOpenFindings()).toHaveLength(USES - 1);
  });
});

/** How many transactions the commit takes, telling aside. */
async function partsOf(): Promise<number> {
  await useTable(database.endpoint);
  await putRequest(approval());
  const { services, written } = process();
  await take(all, services);
  return written.findIndex((keys) => keys.some((key) => key.startsWith('EVENT#'))) + 1;
}
