import { functionsOf } from '../../../sandbox/functions.ts';
import type { ToRuntime } from '../../../sandbox/runtime-messages.ts';

// A process in which the functions live, as in an execution environment of Lambda: it can be killed at any instant.

const call = functionsOf(process.argv[2] ?? '');

process.on('message', (message: ToRuntime) => {
  void call(message).then((answer) => process.send?.(answer));
});
process.on('disconnect', () => process.exit());
