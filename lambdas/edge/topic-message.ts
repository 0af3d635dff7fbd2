import { TwoEyeError } from '../core/errors.ts';

/** The message in the body of a queue behind the topic, delivered raw or in SNS's envelope. Throws `unreadable_input`. */
export function topicMessage<T>(body: string): T {
  try {
    const parsed = JSON.parse(body) as { readonly Type?: unknown; readonly Message?: unknown };
    if (typeof parsed !== 'object' || parsed === null) throw new TypeError('not an object');
    return (
      parsed.Type === 'Notification' && typeof parsed.Message === 'string' ? JSON.parse(parsed.Message) : parsed
    ) as T;
  } catch (cause) {
    throw new TwoEyeError('unreadable_input', 'A message of the verdicts topic is not JSON.', { cause });
  }
}
