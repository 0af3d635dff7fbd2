import type { LedgerRecord } from '../../../lambdas/core/access-event.ts';
import type { VerdictMessage } from '../../../lambdas/core/messages.ts';
import { readInput } from '../../../lambdas/core/read.ts';
import type { TrailRecord } from '../../../sandbox/cloudtrail/record.ts';
import { startEmbeddedDynamo } from '../../../sandbox/embedded-dynamodb/start.ts';
import { type Random, randomOf } from '../../simulation/random.ts';
import { MINUTES, TUESDAY, type WholeWorld, wholeWorld } from '../../support/whole-world.ts';
import { type DeadlyProxy, type Moment, serveDeadlyProxy } from './deadly-proxy.ts';
import { type KillableRuntime, startKillableRuntime } from './killable-runtime.ts';
import { type WhatIsLeft, watchTelling, whatIsLeft } from './what-is-left.ts';

/** How a system of processes is tormented. */
export interface KillOptions {
  readonly seed: number;
  /** So many things people do, each with a death on the way. */
  readonly steps: number;
  /** A bug made by hand: what a process had received when it died is forgotten by the queue, as if it had been deleted on receipt. */
  readonly forgetful?: boolean;
  /** Another: a folder of bundles to run instead of those that are deployed. */
  readonly bundles?: string;
}

/** What was done, how often a process died, and what is left at rest. */
export interface Killed extends WhatIsLeft {
  readonly kills: number;
}

type Engineer = 'ada' | 'ben';

const ENGINEERS = ['ada', 'ben'] as const;
const TARGETS = ['notify-prod-admin', 'notify-deploy-admin'] as const;
const DOINGS = ['assume-role', 'assume-role', 'switch-role', 'terraform', 'refused'] as const;
const MOMENTS: readonly Moment[] = ['before', 'answer-lost', 'later'];
/** A use takes about so many requests; timers and messages that follow take as many again. */
const MOST_REQUESTS = 24;
const LATER_MS = 8;
/** Longer than a ping waits to become a page, and than a queue waits to hand out anew. */
const LONG_MS = 20 * MINUTES;

/**
 * The bundles that are deployed in processes of their own, the rest of the sandbox in this one, as AWS, Slack and PagerDuty outlive a
 * process. People ask, approve, use, confirm; at each step a process is killed at a request that the seed chooses. Then nothing dies any more,
 * what is dead is redriven, and time passes until all is quiet.
 */
export async function playAndKill(options: KillOptions): Promise<Killed> {
  const random = randomOf(options.seed);
  const dynamo = await startEmbeddedDynamo();
  let functions: KillableRuntime | undefined;
  let world: WholeWorld | undefined;
  const telling = watchTelling();
  const die = () => {
    functions?.kill();
    if (options.forgetful) world?.sandbox.queues.find(({ name }) => name === 'access')?.purge();
  };
  const proxy = await serveDeadlyProxy(dynamo.endpoint, die, telling.written);
  try {
    world = await wholeWorld({
      dynamoEndpoint: proxy.url,
      ...(options.bundles === undefined ? {} : { bundles: options.bundles }),
      startFunctions: (given) => {
        functions = startKillableRuntime(given);
        return functions;
      },
    });
    const { book } = world.sandbox;
    const { take } = book;
    Object.assign(book, {
      take(message: VerdictMessage) {
        telling.published(message);
        take(message);
      },
    });
    await world.startAgain(TUESDAY);
    const sent: TrailRecord[] = [];
    for (let step = 0; step < options.steps; step += 1) sent.push(...(await stepOf(world, proxy, random)));
    proxy.disarm();
    await rest(world);
    return { ...(await whatIsLeft(world, recordsOf(sent, world), telling.toldFirst)), kills: functions?.kills ?? 0 };
  } finally {
    await world?.sandbox.close();
    await proxy.close();
    await dynamo.close();
  }
}

/** One thing that people do, with a death on the way, and some minutes after it. */
async function stepOf(world: WholeWorld, proxy: DeadlyProxy, random: Random): Promise<readonly TrailRecord[]> {
  const who: Engineer = random.pick(ENGINEERS);
  const other: Engineer = who === 'ada' ? 'ben' : 'ada';
  const target = random.pick(TARGETS);
  proxy.arm(1 + random.below(MOST_REQUESTS), random.pick(MOMENTS), random.below(LATER_MS));
  const what = random.below(10);
  let done: readonly TrailRecord[] = [];
  if (what < 6) done = await world.uses(who, target, random.pick(DOINGS));
  else if (what < 9) await ask(world, who, target, other);
  else await confirm(world, who);
  await world.pass(random.pick([1, 3, 12]) * MINUTES);
  return done;
}

/** Asks, and gets a yes if the question has come by then: what Slack does not show nobody can click. */
async function ask(world: WholeWorld, who: Engineer, target: string, other: Engineer): Promise<void> {
  const slackId = `U01${other.toUpperCase()}`;
  const text = `${target} rotate the API keys <@${slackId}|${other}>`;
  await insist(() => world.slack(who, { act: 'command', text, channel: 'C01NOTIFY' }));
  await world.pass(MINUTES);
  if (isOffered(world, 'request.approve')) await insist(() => world.click(other, 'request.approve'));
}

/** Confirms the latest finding that shows the button; the product refuses the actor. */
async function confirm(world: WholeWorld, who: Engineer): Promise<void> {
  if (!isOffered(world, 'finding.confirm')) return;
  await insist(() => world.click(who, 'finding.confirm'));
  await insist(() => world.slack(who, { act: 'submit', values: { words: 'we paired on it' } }));
}

/** Slack shows somebody that their click came to nothing, and they click again. */
async function insist(act: () => Promise<unknown>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await act();
      return;
    } catch (error) {
      if (attempt === 3) throw error;
    }
  }
}

function isOffered(world: WholeWorld, actionId: string): boolean {
  return world.messages().some((message) => message.includes(`"${actionId}"`));
}

/** Time goes by twice, with what is dead handed back in between; then minute by minute what still follows. */
async function rest(world: WholeWorld): Promise<void> {
  await world.jump(LONG_MS);
  await world.pass(4 * MINUTES);
  for (const queue of world.sandbox.queues) queue.redrive();
  await world.jump(LONG_MS);
  await world.pass(4 * MINUTES);
}

function recordsOf(sent: readonly TrailRecord[], world: WholeWorld): readonly LedgerRecord[] {
  return sent.flatMap((record) =>
    readInput(record, world.sandbox.policy).flatMap((reading) =>
      reading.outcome === 'access' ? [reading.record] : [],
    ),
  );
}
