import { randomUUID } from 'node:crypto';
import { type LoopbackAnswer, type LoopbackRequest, type LoopbackServer, serveLoopback } from './loopback.ts';
import type { Attributes, Topic } from './topic.ts';

/** Serves topics in SNS's query protocol (a form in, XML out), as the SDK speaks it. */
export async function serveTopics(topics: readonly Topic[]): Promise<LoopbackServer> {
  const byArn = new Map(topics.map((topic) => [topic.arn, topic]));
  return serveLoopback(async (request) => answer(byArn, request));
}

function answer(topics: ReadonlyMap<string, Topic>, request: LoopbackRequest): LoopbackAnswer {
  const form = new URLSearchParams(request.body);
  const action = form.get('Action') ?? '';
  const topic = topics.get(form.get('TopicArn') ?? '');
  if (topic === undefined) return refusal(404, 'NotFound', 'Topic does not exist');
  if (action === 'Publish') return result(action, publish(topic, form, ''));
  if (action === 'PublishBatch') return result(action, publishBatch(topic, form));
  return refusal(400, 'InvalidAction', `The sandbox's topics do not know ${action}.`);
}

function publish(topic: Topic, form: URLSearchParams, prefix: string): string {
  const message = topic.publish(messageOf(form, prefix), attributesOf(form, prefix));
  return `<MessageId>${message.messageId}</MessageId>`;
}

/** With `MessageStructure` `json` a message has a text for each kind of subscriber; queues get the default. */
function messageOf(form: URLSearchParams, prefix: string): string {
  const message = form.get(`${prefix}Message`) ?? '';
  if (form.get(`${prefix}MessageStructure`) !== 'json') return message;
  return String((JSON.parse(message) as { readonly default?: unknown }).default ?? '');
}

function publishBatch(topic: Topic, form: URLSearchParams): string {
  const members: string[] = [];
  for (let index = 1; form.has(entry(index, 'Id')); index += 1) {
    const published = publish(topic, form, entry(index, ''));
    members.push(`<member><Id>${form.get(entry(index, 'Id'))}</Id>${published}</member>`);
  }
  return `<Successful>${members.join('')}</Successful><Failed/>`;
}

const entry = (index: number, name: string): string => `PublishBatchRequestEntries.member.${index}.${name}`;

function attributesOf(form: URLSearchParams, prefix: string): Attributes {
  const attributes: Record<string, string> = {};
  for (let index = 1; form.has(`${prefix}MessageAttributes.entry.${index}.Name`); index += 1) {
    const at = `${prefix}MessageAttributes.entry.${index}.`;
    attributes[form.get(`${at}Name`) ?? ''] = form.get(`${at}Value.StringValue`) ?? '';
  }
  return attributes;
}

function result(action: string, content: string): LoopbackAnswer {
  const metadata = `<ResponseMetadata><RequestId>${randomUUID()}</RequestId></ResponseMetadata>`;
  const body = `<${action}Result>${content}</${action}Result>${metadata}`;
  return xml(200, `<${action}Response xmlns="http://sns.amazonaws.com/doc/2010-03-31/">${body}</${action}Response>`);
}

function refusal(status: number, code: string, message: string): LoopbackAnswer {
  const error = `<Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error>`;
  return xml(status, `<ErrorResponse>${error}<RequestId>${randomUUID()}</RequestId></ErrorResponse>`);
}

const xml = (status: number, body: string): LoopbackAnswer => ({ status, type: 'text/xml', body });
