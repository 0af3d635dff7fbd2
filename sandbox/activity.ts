/** Counts what is under way in the sandbox, so that one can wait until nothing is. */
export interface Activity {
  /** Counts the work until it ends, either way; returns the same promise. */
  track<T>(work: Promise<T>): Promise<T>;
  /** Marks something as begun; call the result once when it is over. */
  begin(): () => void;
  underWay(): number;
  /** Resolves when nothing is under way, also after the turns of the event loop that could start something new. */
  settle(): Promise<void>;
}

/** Loopback answers and the work that they set off are this many turns apart at most. */
const QUIET_TURNS = 4;

export function createActivity(): Activity {
  let count = 0;
  let waiting: (() => void)[] = [];

  function begin(): () => void {
    count += 1;
    let over = false;
    return () => {
      if (over) return;
      over = true;
      count -= 1;
      if (count > 0) return;
      const woken = waiting;
      waiting = [];
      for (const wake of woken) wake();
    };
  }

  async function track<T>(work: Promise<T>): Promise<T> {
    const end = begin();
    try {
      return await work;
    } finally {
      end();
    }
  }

  const becomesIdle = (): Promise<void> => new Promise((resolve) => waiting.push(resolve));
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  async function settle(): Promise<void> {
    for (let quiet = 0; quiet < QUIET_TURNS; ) {
      if (count > 0) {
        await becomesIdle();
        quiet = 0;
      } else {
        await turn();
        quiet += 1;
      }
    }
  }

  return { track, begin, underWay: () => count, settle };
}
