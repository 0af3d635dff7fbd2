import { parentPort, workerData } from 'node:worker_threads';
import type { Policy } from '../../lambdas/core/policy.ts';
import { fileScanner, type Scanned } from './scan-files.ts';
import type { Batch } from './workers.ts';

const scan = fileScanner(workerData as Policy);

parentPort?.on('message', async ({ sources }: Batch) => {
  const answers: Scanned[] = [];
  for (const source of sources) answers.push(await scan(source));
  parentPort?.postMessage(answers);
});
