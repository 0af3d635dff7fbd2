import { createHash, randomUUID } from 'node:crypto';
import type { Instant, Milliseconds } from '../lambdas/core/time.ts';
import type { Cancel, VirtualClock } from './clock.ts';

/** A message that was received: its receipt lets the receiver delete it or change when it is seen again. */
export interface ReceivedMessage {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  readonly md5OfBody: string;
  readonly sentAt: Instant;
  readonly receiveCount: number;
}

export interface QueueCounts {
  readonly visible: number;
  /** Received and neither deleted nor visible again yet. */
  readonly inFlight: number;
  readonly delayed: number;
}

/** A standard SQS queue: at least once, in no promised order, with visibility time-out, delay and dead letters. */
export interface Queue {
  readonly name: string;
  readonly visibilityMs: Milliseconds;
  send(body: string, delayMs?: Milliseconds): { readonly messageId: string; readonly md5OfBody: string };
  receive(max: number): ReceivedMessage[];
  remove(receiptHandle: string): boolean;
  changeVisibility(receiptHandle: string, visibilityMs: Milliseconds): boolean;
  counts(): QueueCounts;
  /** The bodies of all messages, for people to look at. */
  bodies(): string[];
  /** Calls back whenever a message becomes visible. */
  onVisible(callback: () => void): void;
  /** Makes all that waits to be seen again visible at once. */
  hurry(): void;
  purge(): void;
  /** Where messages go that nobody could work on; absent for a queue of such messages. */
  readonly deadLetters?: Queue;
  /** Hands dead letters back, as an operator does once the cause is mended; gives how many. */
  redrive(): number;
}

interface Stored {
  readonly messageId: string;
  readonly body: string;
  readonly sentAt: Instant;
  state: 'visible' | 'in-flight' | 'delayed';
  receiveCount: number;
  receiptHandle?: string;
  wake?: Cancel;
}

export interface QueueOptions {
  readonly name: string;
  readonly clock: VirtualClock;
  readonly visibilityMs: Milliseconds;
  /** After this many receipts without a deletion the message moves to `deadLetters`. */
  readonly maxReceiveCount?: number;
  readonly deadLetters?: Queue;
}

export const md5 = (text: string): string => createHash('md5').update(text).digest('hex');

export function createQueue(options: QueueOptions): Queue {
  const { name, clock, visibilityMs, maxReceiveCount = Number.POSITIVE_INFINITY, deadLetters } = options;
  const messages = new Map<string, Stored>();
  const callbacks: (() => void)[] = [];
  const announce = (): void => {
    for (const callback of callbacks) callback();
  };

  function becomeVisible(message: Stored): void {
    message.wake?.();
    delete message.wake;
    delete message.receiptHandle;
    message.state = 'visible';
    announce();
  }

  function becomeVisibleIn(message: Stored, delayMs: Milliseconds): void {
    message.wake?.();
    message.wake = clock.at(clock.now() + delayMs, () => becomeVisible(message));
  }

  function send(body: string, delayMs: Milliseconds = 0): { messageId: string; md5OfBody: string } {
    const message: Stored = { messageId: randomUUID(), body, sentAt: clock.now(), state: 'delayed', receiveCount: 0 };
    messages.set(message.messageId, message);
    if (delayMs > 0) becomeVisibleIn(message, delayMs);
    else becomeVisible(message);
    return { messageId: message.messageId, md5OfBody: md5(body) };
  }

  function buryIfSpent(message: Stored): boolean {
    if (message.receiveCount < maxReceiveCount || deadLetters === undefined) return false;
    messages.delete(message.messageId);
    deadLetters.send(message.body);
    return true;
  }

  function take(message: Stored): ReceivedMessage {
    message.state = 'in-flight';
    message.receiveCount += 1;
    message.receiptHandle = randomUUID();
    becomeVisibleIn(message, visibilityMs);
    const { messageId, receiptHandle, body, sentAt, receiveCount } = message;
    return { messageId, receiptHandle, body, md5OfBody: md5(body), sentAt, receiveCount };
  }

  function receive(max: number): ReceivedMessage[] {
    const visible = [...messages.values()].filter((message) => message.state === 'visible');
    return visible
      .filter((message) => !buryIfSpent(message))
      .slice(0, max)
      .map(take);
  }

  const held = (receiptHandle: string): Stored | undefined =>
    [...messages.values()].find((message) => message.receiptHandle === receiptHandle);

  function remove(receiptHandle: string): boolean {
    const message = held(receiptHandle);
    message?.wake?.();
    return message !== undefined && messages.delete(message.messageId);
  }

  function changeVisibility(receiptHandle: string, newVisibilityMs: Milliseconds): boolean {
    const message = held(receiptHandle);
    if (message === undefined) return false;
    if (newVisibilityMs === 0) becomeVisible(message);
    else becomeVisibleIn(message, newVisibilityMs);
    return true;
  }

  const count = (state: Stored['state']): number =>
    [...messages.values()].filter((message) => message.state === state).length;

  return {
    name,
    visibilityMs,
    send,
    receive,
    remove,
    changeVisibility,
    counts: () => ({ visible: count('visible'), inFlight: count('in-flight'), delayed: count('delayed') }),
    bodies: () => [...messages.values()].map((message) => message.body),
    onVisible: (callback) => callbacks.push(callback),
    hurry: () => {
      for (const message of messages.values()) if (message.state !== 'visible') becomeVisible(message);
    },
    purge: () => {
      for (const message of messages.values()) message.wake?.();
      messages.clear();
    },
    ...(deadLetters && { deadLetters }),
    redrive: () => {
      const buried = deadLetters?.bodies() ?? [];
      deadLetters?.purge();
      for (const body of buried) send(body);
      return buried.length;
    },
  };
}
