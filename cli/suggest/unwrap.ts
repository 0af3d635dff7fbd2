import { isObject, type RawObject } from '../../lambdas/core/raw-record.ts';

/** A wrapper in a wrapper in a wrapper is as far as real ones go. */
const MAX_DEPTH = 6;

/** A value and all that it is around, down to the records. Anything that is no object is passed over. */
export function* layersOf(value: unknown, depth = 0): Generator<RawObject> {
  if (!isObject(value) || depth > MAX_DEPTH) return;
  yield value;
  if (value.eventID === undefined) for (const inner of innerOf(value)) yield* layersOf(inner, depth + 1);
}

/** What is in an EventBridge envelope, a list, a result of LookupEvents, a log subscription, or a message of SNS or SQS. */
function innerOf(wrapper: RawObject): readonly unknown[] {
  const { detail, Records, Events, logEvents, CloudTrailEvent, body, Sns, Message, message } = wrapper;
  const lists = [Records, Events, logEvents].flatMap((list) => (Array.isArray(list) ? list : []));
  return [detail, Sns, ...lists, ...[CloudTrailEvent, body, Message, message].map(parsed)];
}

function parsed(text: unknown): unknown {
  if (typeof text !== 'string') return text;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
