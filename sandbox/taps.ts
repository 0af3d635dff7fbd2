import { type DatabaseLogin, databaseLogEvent } from './cloudtrail/database-log.ts';
import { type Runtime, type RuntimeOptions, startRuntime } from './runtime.ts';

/** The functions that run beside what is watched, in each Region of their own: a log subscription does not leave its Region. */
export interface Taps {
  /** CloudWatch Logs hands the lines of a login to the function that reads them there. Rejects with what it threw. */
  login(login: DatabaseLogin): Promise<void>;
  close(): Promise<void>;
}

/** A Region's functions are started when they are first called. */
export function startTaps(options: RuntimeOptions): Taps {
  const running = new Map<string, Runtime>();

  function tapIn(region: string): Runtime {
    const environment = { ...options.environment, AWS_REGION: region };
    const tap = running.get(region) ?? startRuntime({ ...options, environment });
    running.set(region, tap);
    return tap;
  }

  return {
    login: async (login) => {
      await tapIn(login.region).invoke('on-database-log', databaseLogEvent(login));
    },
    close: async () => {
      await Promise.all([...running.values()].map((tap) => tap.close()));
    },
  };
}
