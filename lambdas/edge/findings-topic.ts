import { type MessageAttributeValue, PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { TwoEyeError } from '../core/errors.ts';
import type { VerdictMessage } from '../core/messages.ts';
import { plainText } from '../core/wording/escape.ts';
import { environmentVariable } from './environment.ts';

/** SNS takes 256 KB with the attributes; what is too long is cut of the members, never of the verdicts. */
const MOST_BYTES = 200_000;

let client: SNSClient | undefined;

/**
 * Publishes to the verdicts topic, with the attributes that the subscriptions filter by: `verdict`, `urgency`, `team`, `kind`,
 * `account`, `change`, and `trouble` where a channel failed. Throws `dependency_failed`; then the message stays unsent and `sweep` sends it again.
 */
export async function publish(message: VerdictMessage): Promise<void> {
  client ??= new SNSClient({
    maxAttempts: 2,
    requestHandler: { connectionTimeout: 1_000, requestTimeout: 3_000, throwOnRequestTimeout: true },
  });
  const command = new PublishCommand({
    TopicArn: environmentVariable('VERDICTS_TOPIC_ARN'),
    ...(message.trouble ? forPeople(message, message.trouble) : { Message: bodyOf(message) }),
    MessageAttributes: attributesOf(message),
  });
  await client.send(command).catch((cause: unknown) => {
    throw new TwoEyeError('dependency_failed', 'The verdicts topic did not take a message.', { cause });
  });
}

/** A channel that failed is told by e-mail too: people get a sentence, queues and machines the same JSON as ever. */
function forPeople(message: VerdictMessage, { channel, why }: NonNullable<VerdictMessage['trouble']>) {
  const said = channel === 'pagerduty' ? 'The page could not be sent' : 'Slack could not be told';
  const about = message.finding
    ? ` Finding ${message.finding.id}: ${message.finding.actor} on ${message.finding.target}.`
    : '';
  const email = plainText(`${said}: ${why}.${about} Nobody may know of it: call the on-call.`, 1_000);
  const Message = JSON.stringify({ default: bodyOf(message), email });
  return { Message, MessageStructure: 'json', Subject: `two-eye: ${said.toLowerCase()}` };
}

function bodyOf(message: VerdictMessage): string {
  const whole = JSON.stringify(message);
  if (Buffer.byteLength(whole) <= MOST_BYTES) return whole;
  const actions = message.actions.map(({ members: _, ...line }) => line);
  return JSON.stringify({ ...message, actions });
}

/** The attributes of a message, also what the sandbox's topic filters by. An attribute without a value is left out: SNS refuses empty ones. */
export function attributesOf(message: VerdictMessage): Record<string, MessageAttributeValue> {
  const { finding, actions, change, trouble } = message;
  const line = actions[0];
  const values = {
    verdict:
      line?.verdict ??
      (finding?.cause === 'undecided' || finding?.cause === 'unreadable' ? finding.cause : 'unapproved'),
    urgency: finding?.urgency ?? line?.urgency,
    team: finding?.team ?? line?.team,
    kind: finding?.kind ?? line?.kind,
    account: finding?.account ?? line?.account,
    change,
    trouble: trouble?.channel,
  };
  const present = Object.entries(values).filter((entry): entry is [string, string] => Boolean(entry[1]));
  return Object.fromEntries(present.map(([name, value]) => [name, { DataType: 'String', StringValue: value }]));
}
