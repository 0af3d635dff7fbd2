import { parentPort, workerData } from 'node:worker_threads';
import { functionsOf } from './functions.ts';
import type { ToRuntime } from './runtime-messages.ts';

// The thread in which the functions live.

const call = functionsOf((workerData as { readonly bundles: string }).bundles);

parentPort?.on('message', (message: ToRuntime) => {
  void call(message).then((answer) => parentPort?.postMessage(answer));
});
