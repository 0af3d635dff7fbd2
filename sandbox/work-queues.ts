import type { Policy } from '../lambdas/core/policy.ts';
import type { VirtualClock } from './clock.ts';
import { createQueue, type Queue } from './queue.ts';

/** The queues of the home account, with their dead letters. */
export interface WorkQueues {
  readonly access: Queue;
  readonly slack: Queue;
  readonly ping: Queue;
  readonly page: Queue;
  /** By watched account: where the lines of its databases' logs come in. */
  readonly databases: ReadonlyMap<string, Queue>;
  readonly all: readonly Queue[];
}

export function workQueues({ targets }: Policy, clock: VirtualClock): WorkQueues {
  const queueOf = (name: string): Queue => {
    const deadLetters = createQueue({ name: `${name}-dead`, clock, visibilityMs: 30_000 });
    return createQueue({ name, clock, visibilityMs: 30_000, maxReceiveCount: 10, deadLetters });
  };
  const home = { access: queueOf('access'), slack: queueOf('slack'), ping: queueOf('ping'), page: queueOf('page') };
  const accounts = new Set(targets.flatMap(({ door }) => (door.kind === 'database' ? [door.account] : [])));
  const databases = new Map([...accounts].map((account) => [account, queueOf(`two-eye-database-${account}`)]));
  return { ...home, databases, all: [...Object.values(home), ...databases.values()] };
}
