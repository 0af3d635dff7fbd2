import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MINUTE_MS } from '../../lambdas/core/time.ts';
import { putRequest } from '../../lambdas/edge/approval-store.ts';
import { readActionLines } from '../../lambdas/edge/finding-store.ts';
import { type EmbeddedDynamo, startEmbeddedDynamo } from '../../sandbox/embedded-dynamodb/start.ts';
import { bundled } from '../support/bundles.ts';
import { useTable } from '../support/databases.ts';
import { runUnderLambda } from '../support/lambda-runtime.ts';
import { approval } from '../support/ledger-records.ts';
import { type Loopback, loopback } from '../support/loopback.ts';
import { testPolicy } from '../support/policies.ts';
import { assumeRole, envelope } from '../support/records.ts';

// The bundle has the machine's own clock: an older use would come when its day has left the ledger.
const justNow = Date.now() - MINUTE_MS;

describe("the shipped bundles under AWS's own runtime client", () => {
  let database: EmbeddedDynamo;
  let topic: Loopback;
  let folder: string;
  beforeAll(async () => {
    database = await startEmbeddedDynamo();
    topic = await loopback((_, response) => {
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
});
