import { json, type LoopbackServer, serveLoopback } from './loopback.ts';

/** Stands before the table, so that it can be throttled: then every request is refused as DynamoDB refuses it. */
export async function serveTableGate(endpoint: string, isThrottled: () => boolean): Promise<LoopbackServer> {
  return serveLoopback(async ({ headers, body }) => {
    if (isThrottled()) return throttled();
    const passedOn = Object.fromEntries(
      ['x-amz-target', 'x-amz-date', 'authorization', 'content-type'].map((name) => [
        name,
        String(headers[name] ?? ''),
      ]),
    );
    const answer = await fetch(endpoint, { method: 'POST', headers: passedOn, body });
    return { status: answer.status, type: 'application/x-amz-json-1.0', body: await answer.text() };
  });
}

function throttled() {
  const __type = 'com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException';
  return { ...json(400, { __type, message: 'The level of configured provisioned throughput was exceeded.' }) };
}
