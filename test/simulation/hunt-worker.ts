import { parentPort, workerData } from 'node:worker_threads';
import { hunt } from './hunt.ts';
import type { Share } from './hunt-in-threads.ts';

const { from, step, until, rate } = workerData as Share;
const AT_ONCE = 50;

/** Plays its share of the seeds and says after every fifty how far it is, and at once what is bad. */
for (let first = from; first < until; first += AT_ONCE * step) {
  const seeds = Array.from({ length: AT_ONCE }, (_, index) => first + index * step).filter((seed) => seed < until);
  const bad = await hunt(seeds, rate);
  parentPort?.postMessage({ played: seeds.length, bad });
  if (bad) break;
}
