import { randomUUID } from 'node:crypto';
import type { VirtualClock } from './clock.ts';
import type { Queue } from './queue.ts';

/** Attributes of a message, all strings here. */
export type Attributes = Readonly<Record<string, string>>;

/** SNS's filter policy on attributes: every named attribute must match one of its conditions. */
export type FilterPolicy = Readonly<Record<string, readonly FilterCondition[]>>;

export type FilterCondition =
  | string
  | { readonly prefix: string }
  | { readonly exists: boolean }
  | { readonly 'anything-but': string | readonly string[] | { readonly prefix: string } };

export interface Subscription {
  readonly queue: Queue;
  readonly filter?: FilterPolicy;
  /** Raw delivery hands on the message alone, not SNS's envelope around it. */
  readonly raw: boolean;
}

export interface PublishedMessage {
  readonly messageId: string;
  readonly body: string;
  readonly attributes: Attributes;
}

/** An SNS topic: hands a copy of each message to every subscription whose filter it passes. */
export interface Topic {
  readonly arn: string;
  publish(body: string, attributes: Attributes): PublishedMessage;
  /** Sees every message that is published, whatever the filters. */
  tap(see: (message: PublishedMessage) => void): void;
}

export function createTopic(options: {
  readonly arn: string;
  readonly clock: VirtualClock;
  readonly subscriptions: readonly Subscription[];
}): Topic {
  const { arn, clock, subscriptions } = options;
  const taps: ((message: PublishedMessage) => void)[] = [];
  return {
    arn,
    tap: (see) => taps.push(see),
    publish(body, attributes) {
      const message = { messageId: randomUUID(), body, attributes };
      for (const see of taps) see(message);
      for (const { queue, filter, raw } of subscriptions) {
        if (passes(filter, attributes)) queue.send(raw ? body : envelope(arn, message, clock));
      }
      return message;
    },
  };
}

/** Whether a message with these attributes passes the filter; no filter lets all pass. */
export function passes(filter: FilterPolicy | undefined, attributes: Attributes): boolean {
  return Object.entries(filter ?? {}).every(([name, conditions]) =>
    conditions.some((condition) => matches(condition, attributes[name])),
  );
}

function matches(condition: FilterCondition, value: string | undefined): boolean {
  if (typeof condition === 'string') return value === condition;
  if ('exists' in condition) return condition.exists === (value !== undefined);
  if (value === undefined) return false;
  if ('prefix' in condition) return value.startsWith(condition.prefix);
  const unwanted = condition['anything-but'];
  if (typeof unwanted === 'string') return value !== unwanted;
  if ('prefix' in unwanted) return !value.startsWith(unwanted.prefix);
  return !unwanted.includes(value);
}

function envelope(arn: string, message: PublishedMessage, clock: VirtualClock): string {
  const attributes = Object.entries(message.attributes).map(([name, Value]) => [name, { Type: 'String', Value }]);
  return JSON.stringify({
    Type: 'Notification',
    MessageId: message.messageId,
    TopicArn: arn,
    Message: message.body,
    Timestamp: new Date(clock.now()).toISOString(),
    MessageAttributes: Object.fromEntries(attributes),
  });
}
