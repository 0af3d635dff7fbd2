import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MINUTE_MS } from '../../lambdas/core/time.ts';
import { readActionLines } from '../../lambdas/edge/finding-store.ts';
import { type EmbeddedDynamo, startEmbeddedDynamo } from '../../sandbox/embedded-dynamodb/start.ts';
import { bundled } from '../support/bundles.ts';
import { secretOf } from '../support/canaries.ts';
import { useTable } from '../support/databases.ts';
import { runUnderLambda } from '../support/lambda-runtime.ts';
import { approval } from '../support/ledger-records.ts';
import { type Loopback, loopback } from '../support/loopback.ts';
import { putRequest } from '../support/people-facts.ts';
import { testPolicy } from '../support/policies.ts';
import { assumeRole, envelope } from '../support/records.ts';

// The bundle has the machine's own clock: an older use would come when its day has left the ledger.
const justNow = Date.now() - MINUTE_MS;

const SECRET = JSON.stringify({
  botToken: secretOf('bot-token'),
  signingSecret: secretOf('signing-secret'),
  routingKey: secretOf('routing-key'),
  secrets: [secretOf('webhook')],
});
const CONTROL = gzipSync(JSON.stringify({ messageType: 'CONTROL_MESSAGE', logEvents: [] })).toString('base64');

/** As an HTTP API sends it, at the right time and, unless a signature is given, without one. */
function unsigned(path: string, signature?: string) {
  return {
    rawPath: path,
    requestContext: { http: { method: 'POST', path } },
    headers: {
      'content-type': 'application/json',
      'x-slack-request-timestamp': String(Math.floor(Date.now() / 1_000)),
      ...(signature ? { 'x-slack-signature': signature } : {}),
    },
    body: '{}',
    isBase64Encoded: false,
  };
}

/** Everything on loopback; `topic` answers for every neighbour that is asked for nothing. */
function environment(topic: Loopback, folder: string): Record<string, string> {
  return {
    TABLE_NAME: 'two-eye',
    POLICY_FILE: join(folder, 'policy.json'),
    AWS_ENDPOINT_URL: topic.url,
    VERDICTS_TOPIC_ARN: 'arn:aws:sns:eu-west-2:333333333333:verdicts',
    ACCESS_QUEUE_URL: `${topic.url}1/access`,
    SLACK_QUEUE_URL: `${topic.url}1/slack`,
    PING_QUEUE_URL: `${topic.url}1/ping`,
    PARAMETERS_SECRETS_EXTENSION_HTTP_PORT: String(topic.port),
    AWS_SESSION_TOKEN: secretOf('session-token'),
  };
}

describe("the shipped bundles under AWS's own runtime client", () => {
  let database: EmbeddedDynamo;
  let topic: Loopback;
  let folder: string;
  beforeAll(async () => {
    database = await startEmbeddedDynamo();
    topic = await loopback(({ path }, response) => {
      if (path.startsWith('/secretsmanager')) return response.end(JSON.stringify({ SecretString: SECRET }));
      response.writeHead(200, { 'content-type': 'text/xml' });
      response.end('<PublishResponse><PublishResult><MessageId>m</MessageId></PublishResult></PublishResponse>');
    });
    folder = await mkdtemp(join(tmpdir(), 'two-eye-ric-'));
    await writeFile(join(folder, 'policy.json'), JSON.stringify(testPolicy()));
  });
  afterAll(async () => {
    await database.close();
    await topic.close();
    await rm(folder, { recursive: true });
  });

  it('judge a use, record it and tell it', async () => {
    const table = await useTable(database.endpoint);
    await putRequest(approval({ approvedAt: justNow - MINUTE_MS }));
    const Records = [{ messageId: 'm1', body: JSON.stringify(envelope(assumeRole({ key: 'a', at: justNow }))) }];
    const ran = await runUnderLambda(
      dirname(bundled('on-access')),
      { Records },
      {
        TABLE_NAME: table,
        POLICY_FILE: join(folder, 'policy.json'),
        AWS_ENDPOINT_URL_SNS: topic.url,
        VERDICTS_TOPIC_ARN: 'arn:aws:sns:eu-west-2:333333333333:verdicts',
      },
    );
    expect(ran.answer, ran.output).toEqual({ batchItemFailures: [] });
    const lines = await readActionLines('person:ada@example.gov.uk');
    expect(lines.flatMap((line) => line.approval ?? [])).toHaveLength(1);
    expect(topic.asked).toHaveLength(1);
  });

  it.for([
    ['ping', { Records: [] }, { batchItemFailures: [] }],
    ['page', { Records: [] }, { batchItemFailures: [] }],
    ['slack-work', { Records: [] }, { batchItemFailures: [] }],
    ['on-access', { Records: [] }, { batchItemFailures: [] }],
    ['on-database-log', { awslogs: { data: CONTROL } }, null],
    ['sweep', {}, { handed: 0 }],
    ['on-slack', unsigned('/slack'), { statusCode: 401 }],
    ['on-pagerduty', unsigned('/pagerduty'), { statusCode: 401 }],
  ] as const)('%s answers an event that asks for nothing', async ([name, event, answer]) => {
    const ran = await runUnderLambda(dirname(bundled(name)), event, {
      ...environment(topic, folder),
      TABLE_NAME: await useTable(database.endpoint),
    });
    if (answer === null) expect(ran, ran.output).toMatchObject({ answer });
    else expect(ran.answer, ran.output).toMatchObject(answer);
  });

  it.for(['reconcile', 'canary', 'self-check', 'journal', 'report'])(
    '%s says what it lacks when it is not configured',
    async (name) => {
      const ran = await runUnderLambda(
        dirname(bundled(name)),
        { Records: [] },
        { POLICY_FILE: join(folder, 'none.json') },
      );
      expect(JSON.stringify(ran.error), ran.output).toMatch(/TwoEyeError/);
      expect(ran.output).toContain('misconfigured');
    },
  );

  it('a policy that is not there is told in the log and fails every record of the batch', async () => {
    const ran = await runUnderLambda(
      dirname(bundled('on-access')),
      { Records: [{ messageId: 'm1', body: '{}' }] },
      { ...environment(topic, folder), POLICY_FILE: join(folder, 'none.json') },
    );
    expect(JSON.stringify(ran.error), ran.output).toContain('none.json');
    expect(ran.output).toContain('npm run build');
  });

  it('a secret that is not there makes a signed request fail, and nobody is let in', async () => {
    const ran = await runUnderLambda(dirname(bundled('on-slack')), unsigned('/slack', 'v0=00'), {
      ...environment(topic, folder),
      PARAMETERS_SECRETS_EXTENSION_HTTP_PORT: '1',
    });
    expect(JSON.stringify(ran), ran.output).not.toContain('"statusCode":200');
    expect(ran.output).toContain('dependency_failed');
  });
});
