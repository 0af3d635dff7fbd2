import { type DatabaseLogin, databaseLogEvent } from './cloudtrail/database-log.ts';
import { type Runtime, type RuntimeOptions, startRuntime } from './runtime.ts';

/** The functions that run beside what is watched, in each Region of their own: a log subscription does not leave its Region. */
export interface Taps {
  /** CloudWatch Logs hands the lines of a login to the function that reads them there. Rejects with what it threw. */
  login(login: DatabaseLogin): Promise<void>;
  close(): Promise<void>;
}

export interface TapsOptions extends RuntimeOptions {
  /** Account → URL of its queue in the home account. */
  readonly databaseQueues: Readonly<Record<string, string>>;
}

/** A Region's functions are started when they are first called. */
export function startTaps({ databaseQueues, ...options }: TapsOptions): Taps {
  const running = new Map<string, Runtime>();

  function tapIn(account: string, region: string): Runtime {
    const queue = databaseQueues[account];
    if (queue === undefined) throw new Error(`No target of the policy is a database of ${account}.`);
    const environment = { ...options.environment, AWS_REGION: region, DATABASE_QUEUE_URL: queue };
    const name = `${account}/${region}`;
    const tap = running.get(name) ?? startRuntime({ ...options, environment });
    running.set(name, tap);
    return tap;
  }

  return {
    login: async (login) => {
      await tapIn(login.account, login.region).invoke('on-database-log', databaseLogEvent(login));
    },
    close: async () => {
      await Promise.all([...running.values()].map((tap) => tap.close()));
    },
  };
}
