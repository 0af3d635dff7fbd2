import { PublishBatchCommand, PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { expect, onTestFinished, test } from 'vitest';
import { createClock } from '../../sandbox/clock.ts';
import { createQueue } from '../../sandbox/queue.ts';
import { createTopic, passes } from '../../sandbox/topic.ts';
import { serveTopics } from '../../sandbox/topic-server.ts';

const clock = createClock(Date.parse('2026-11-24T12:00:00Z'), () => 0);
const TopicArn = 'arn:aws:sns:eu-west-2:333333333333:verdicts';
const urgency = (value: string) => ({ urgency: { DataType: 'String', StringValue: value } });

test('hands each message to the subscriptions whose filter it passes, through the SDK', async () => {
  const ping = createQueue({ name: 'ping', clock, visibilityMs: 30_000 });
  const page = createQueue({ name: 'page', clock, visibilityMs: 30_000 });
  const subscriptions = [
    { queue: ping, raw: true },
    { queue: page, raw: false, filter: { urgency: ['page'] } },
  ];
  const topic = createTopic({ arn: TopicArn, clock, subscriptions });
  const server = await serveTopics([topic]);
  const client = new SNSClient({
    endpoint: server.url,
    region: 'eu-west-2',
    credentials: { accessKeyId: 'sandbox', secretAccessKey: 'sandbox' },
    maxAttempts: 1,
  });
  onTestFinished(async () => {
    client.destroy();
    await server.close();
  });
  await client.send(new PublishCommand({ TopicArn, Message: 'a & b', MessageAttributes: urgency('ping') }));
  const entries = [
    { Id: '1', Message: '{"c":"<d>"}', MessageAttributes: urgency('page') },
    { Id: '2', Message: 'no attributes' },
  ];
  const batch = await client.send(new PublishBatchCommand({ TopicArn, PublishBatchRequestEntries: entries }));
  expect(batch.Successful?.map((each) => each.Id)).toEqual(['1', '2']);
  expect(ping.bodies()).toEqual(['a & b', '{"c":"<d>"}', 'no attributes']);
  const [wrapped] = page.bodies().map((body) => JSON.parse(body) as Record<string, unknown>);
  expect(wrapped).toMatchObject({
    Type: 'Notification',
    Message: '{"c":"<d>"}',
    MessageAttributes: { urgency: { Type: 'String', Value: 'page' } },
  });
  await expect(client.send(new PublishCommand({ TopicArn: 'arn:none', Message: 'x' }))).rejects.toThrow(
    'Topic does not exist',
  );
});

test.each([
  [{ urgency: ['page'] }, { urgency: 'page' }, true],
  [{ urgency: ['page'] }, { urgency: 'ping' }, false],
  [{ urgency: ['page'] }, {}, false],
  [{ urgency: [{ exists: false }] }, {}, true],
  [{ urgency: [{ exists: true }] }, {}, false],
  [{ verdict: [{ prefix: 'un' }] }, { verdict: 'unreadable' }, true],
  [{ verdict: [{ 'anything-but': ['approved', 'pinned'] }] }, { verdict: 'pinned' }, false],
  [{ verdict: [{ 'anything-but': 'approved' }] }, { verdict: 'pinned' }, true],
  [{ verdict: [{ 'anything-but': { prefix: 'un' } }] }, { verdict: 'unapproved' }, false],
  [{ verdict: ['unapproved'], team: ['notify'] }, { verdict: 'unapproved', team: 'pay' }, false],
])('the filter %j says of %j: %s', (filter, attributes, expected) => {
  expect(passes(filter, attributes as Record<string, string>)).toBe(expected);
});
