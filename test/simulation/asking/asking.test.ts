import { describe, expect, it, vi } from 'vitest';
import { TwoEyeError } from '../../../lambdas/core/errors.ts';
import { forgetMembers } from '../../../lambdas/edge/slack-people.ts';
import { handler } from '../../../lambdas/slack-work.ts';
import { quietly, seedsFrom } from '../hunt.ts';
import { violations } from '../invariants.ts';
import { met } from '../met.ts';
import { type Play, play, RIGHT, type Seams } from '../world.ts';
import { simulatedAskers } from './askers.ts';
import { type SlackWork, within } from './edges.ts';
import { brokenPromises } from './promises.ts';
import { ASKING_SABOTAGE } from './sabotage.ts';

vi.mock('../../../lambdas/edge/table.ts', async (original) => ({
  ...(await original<object>()),
  ...(await import('./edges.ts')).table,
}));
vi.mock('../../../lambdas/edge/slack.ts', async (original) => ({
  ...(await original<object>()),
  ...(await import('./edges.ts')).slack,
}));
vi.mock('../../../lambdas/edge/queues.ts', async (original) => ({
  ...(await original<object>()),
  ...(await import('./edges.ts')).queues,
}));
vi.mock('../../../lambdas/edge/clock.ts', async () => (await import('./edges.ts')).clock);
vi.mock('../../../lambdas/edge/compiled-policy.ts', async () => {
  const { POLICY } = await import('../story.ts');
  return { compiledPolicy: () => POLICY };
});

const SEEDS = Number(process.env['ASKING_SEEDS'] ?? 1_500);
const FROM = Number(process.env['ASKING_FROM'] ?? 1);
const RATES = [0.05, 0.15, 0.3];

/** The real handler, with whatever its shell does. */
const slackWork: SlackWork = (work, edges) =>
  within(edges, async () => {
    const { batchItemFailures } = await handler({ Records: [{ messageId: 'm', body: JSON.stringify(work) }] });
    if (batchItemFailures.length > 0) throw new TwoEyeError('dependency_failed', 'slack-work will get it again');
  });

const ASKING: NonNullable<Seams['asking']> = { slackWork, people: simulatedAskers };

async function trial(seed: number, rate: number, seams: Partial<Seams> = {}, trace?: Play['trace']) {
  forgetMembers();
  try {
    const outcome = await quietly(() =>
      play({ seed, rate, seams: { ...RIGHT, asking: ASKING, ...seams }, ...(trace && { trace }) }),
    );
    return [...violations(outcome), ...brokenPromises(outcome)];
  } catch (thrown) {
    return [`thrown: ${thrown instanceof Error ? thrown.message : String(thrown)}`];
  }
}

/** `ASKING_SEED=7 ASKING_RATE=0.15 npx vitest run test/simulation/asking` tells everything that happens in one of them. */
const ONE = Number(process.env['ASKING_SEED'] ?? Number.NaN);
it.runIf(ONE > 0)('tells one seed', async () => {
  const lines: string[] = [];
  const found = await trial(ONE, Number(process.env['ASKING_RATE'] ?? 0.15), {}, (line) => lines.push(line()));
  process.stdout.write(`${lines.join('\n')}\n`);
  expect(found).toEqual([]);
});

const MUST_BE_MET = [
  ...['requested', 'approved', 'declined', 'cancelled', 'lapsed', 'revoked'].map((status) => `request: ${status}`),
  ...['late yes, bound: requested', 'late yes, bound: approved', 'emergency, bound: approved'],
  ...['ask', 'request', 'finding', 'pin', 'pin-end'].map((job) => `job: ${job}`),
  ...['verdict: approved', 'verdict: pinned', 'finding: approved-late', 'finding: confirmed'],
];

/** The first bad one of so many seeds. */
async function hunted(count: number, rate: number, seams: Partial<Seams> = {}) {
  for (const seed of seedsFrom(FROM, count)) {
    const found = await trial(seed, rate, seams);
    if (found.length > 0) return { seed, found };
  }
  return undefined;
}

describe('asking and answering in Slack, simulated', () => {
  it.each(RATES)('keeps every promise when %d of all calls go wrong', { timeout: 600_000 }, async (rate) => {
    const bad = await hunted(Math.ceil(SEEDS / RATES.length), rate);
    expect(
      bad,
      `ASKING_SEED=N ASKING_RATE=${rate} npx vitest run test/simulation/asking tells how it came`,
    ).toBeUndefined();
  });

  it('meets everything that it is there to meet', async () => {
    const seen = new Set<string>();
    for (const seed of seedsFrom(FROM, 400)) {
      forgetMembers();
      for (const one of met(await quietly(() => play({ seed, rate: 0.15, seams: { ...RIGHT, asking: ASKING } }))))
        seen.add(one);
    }
    expect(MUST_BE_MET.filter((one) => !seen.has(one))).toEqual([]);
  });

  it('plays a seed the same way every time', async () => {
    const once = async () => {
      forgetMembers();
      return quietly(() => play({ seed: 7, rate: 0.3, seams: { ...RIGHT, asking: ASKING } }));
    };
    expect((await once()).table.items()).toEqual((await once()).table.items());
  });
});

describe('a bug made by hand in asking and answering is caught:', () => {
  it.each(Object.entries(ASKING_SABOTAGE))('%s', { timeout: 120_000 }, async (_, wrong) => {
    const asking = { ...ASKING, slackWork: wrong(slackWork) };
    const bad = await hunted(500, 0.15, { asking });
    expect(bad).not.toBeUndefined();
    expect(bad && (await trial(bad.seed, 0.15))).toEqual([]);
  });
});
