import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attributesOf, publish } from '../../lambdas/edge/findings-topic.ts';
import { finding, messageOf } from '../support/findings.ts';
import { type Loopback, loopback } from '../support/loopback.ts';

let topic: Loopback;
let isDown = false;

beforeAll(async () => {
  topic = await loopback((_asked, response) => {
    if (isDown) return response.writeHead(503).end();
    response.writeHead(200, { 'content-type': 'text/xml' });
    response.end('<PublishResponse><PublishResult><MessageId>m</MessageId></PublishResult></PublishResponse>');
  });
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_SNS: topic.url,
    AWS_REGION: 'eu-west-2',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    VERDICTS_TOPIC_ARN: 'arn:aws:sns:eu-west-2:333333333333:two-eye-verdicts',
  });
});
afterAll(() => topic.close());

const form = () => new URLSearchParams(topic.asked.at(-1)?.body);

describe('the verdicts topic', () => {
  it('gets the message as it is, with what subscriptions filter by', async () => {
    await publish(messageOf(finding()));
    expect(JSON.parse(form().get('Message') ?? '')).toEqual(messageOf(finding()));
    const attributes = Object.entries(attributesOf(messageOf(finding()))).map(([name, value]) => [
      name,
      value.StringValue,
    ]);
    expect(Object.fromEntries(attributes)).toEqual({
      verdict: 'unapproved',
      urgency: 'ping',
      team: 'notify',
      kind: 'assume-role',
      account: '111111111111',
      change: 'opened',
    });
  });

  it('gets a sentence for people’s e-mail beside it when a channel failed', async () => {
    await publish(
      messageOf(finding(), 'changed', { trouble: { channel: 'pagerduty', why: 'PagerDuty answered 503' } }),
    );
    const { default: body, email } = JSON.parse(form().get('Message') ?? '') as { default: string; email: string };
    expect(form().get('MessageStructure')).toBe('json');
    expect(form().get('Subject')).toBe('two-eye: the page could not be sent');
    expect(email).toContain('The page could not be sent: PagerDuty answered 503. Finding');
    expect(JSON.parse(body)).toMatchObject({ trouble: { channel: 'pagerduty' } });
  });

  it('takes a message that is too long without the members of its actions', async () => {
    const [line] = messageOf(finding()).actions;
    const members = Array.from({ length: 2_000 }, () => line?.members?.[0]).filter((each) => each !== undefined);
    await publish(messageOf(finding(), 'opened', { actions: line ? [{ ...line, members }] : [] }));
    expect(form().get('Message')?.length).toBeLessThan(10_000);
  });

  it('that does not take it is a failed neighbour, so that the message stays unsent', async () => {
    isDown = true;
    await expect(publish(messageOf(finding()))).rejects.toMatchObject({ code: 'dependency_failed' });
  });
});
