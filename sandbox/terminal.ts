import type { Policy } from '../lambdas/core/policy.ts';
import { type Act, tracesOf } from './acts.ts';
import type { DatabaseLogin } from './cloudtrail/database-log.ts';
import type { TrailRecord } from './cloudtrail/record.ts';

/** Something done at the terminal, and the names of the records that AWS made of it. */
export interface Done {
  readonly by: string;
  readonly doing: Act['doing'];
  readonly target: string;
  readonly recorded: readonly string[];
}

/** Where people do things. */
export interface Terminal {
  /** Somebody does something; a sentence when it makes no sense. */
  readonly act: (act: Act) => Promise<readonly TrailRecord[] | string>;
  /** What was done lately, oldest first. */
  readonly done: () => readonly Done[];
  readonly clear: () => void;
}

const MOST_DONE = 30;

export function openTerminal(
  policy: Policy,
  login: (login: DatabaseLogin) => Promise<void>,
  putEvents: (records: readonly TrailRecord[]) => void,
): Terminal {
  const done: Done[] = [];
  return {
    async act(act) {
      const traces = tracesOf(policy, act);
      if (typeof traces === 'string') return traces;
      try {
        for (const each of traces.logins) await login(each);
      } finally {
        // CloudTrail writes its records whatever became of the database's log.
        const recorded = traces.records.map(({ eventName }) => String(eventName));
        done.push({ by: act.by.id, doing: act.doing, target: act.target.id, recorded });
        done.splice(0, done.length - MOST_DONE);
        putEvents(traces.records);
      }
      return traces.records;
    },
    done: () => done,
    clear() {
      done.length = 0;
    },
  };
}
