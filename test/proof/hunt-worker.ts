import { parentPort, workerData } from 'node:worker_threads';
import { hunt } from '../simulation/hunt.ts';

const { from, count, rate } = workerData as { readonly from: number; readonly count: number; readonly rate: number };
const AT_ONCE = 50;

/** Plays its share of the seeds and says after every fifty how far it is, and at once what is bad. */
for (let done = 0; done < count; done += AT_ONCE) {
  const played = Math.min(AT_ONCE, count - done);
  const bad = await hunt(from + done, played, rate);
  parentPort?.postMessage({ played, bad });
  if (bad) break;
}
