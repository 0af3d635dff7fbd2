import { randomUUID } from 'node:crypto';
import type { VirtualClock } from './clock.ts';
import type { Invocation } from './runtime.ts';
import type { FromRuntime, ToRuntime } from './runtime-messages.ts';

/** The calls of functions that are under way, wherever the functions live. */
export interface Calls<Where> {
  /** Hands the call on by `send`, and waits for what is heard of it. */
  begin(name: string, event: unknown, where: Where, send: (message: ToRuntime) => void): Promise<unknown>;
  /** What comes back of a call; of one that has failed meanwhile nothing is heard any more. */
  heard(message: FromRuntime): void;
  /** The calls that went to a place which is no more. */
  fail(where: Where, error: Error): void;
  /** Sees every call when it is over. */
  onInvocation(see: (invocation: Invocation) => void): void;
}

interface Call<Where> {
  readonly where: Where;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly over: (message: FromRuntime) => void;
}

export function createCalls<Where>(clock: VirtualClock): Calls<Where> {
  const calls = new Map<string, Call<Where>>();
  const watchers: ((invocation: Invocation) => void)[] = [];
  return {
    begin(name, event, where, send) {
      const id = randomUUID();
      return new Promise((resolve, reject) => {
        const over = (message: FromRuntime) => {
          const outcome = 'error' in message ? { error: message.error } : { answer: message.answer };
          for (const see of watchers) see({ id, name, event, ms: message.ms, ...outcome });
        };
        calls.set(id, { where, resolve, reject, over });
        send({ id, name, event, now: clock.now(), speed: clock.speed() });
      });
    },
    heard(message) {
      const call = calls.get(message.id);
      if (call === undefined) return;
      calls.delete(message.id);
      if ('error' in message) call.reject(new Error(message.error));
      else call.resolve(message.answer);
      call.over(message);
    },
    fail(where, error) {
      for (const [id, call] of calls) {
        if (call.where !== where) continue;
        calls.delete(id);
        call.reject(error);
      }
    },
    onInvocation: (see) => watchers.push(see),
  };
}
