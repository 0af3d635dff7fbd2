import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { Activity } from './activity.ts';
import { json, type LoopbackAnswer, type LoopbackRequest, type LoopbackServer, serveLoopback } from './loopback.ts';

/** Method and path → name of the function behind it: those of `infra/people-api.ts`, and no other. */
export const ROUTES: Readonly<Record<string, string>> = {
  'POST /slack': 'on-slack',
  'POST /pagerduty': 'on-pagerduty',
};

/** Stands in for API Gateway's HTTP API: calls the function of the path with an event of payload version 2.0. */
export async function serveGateway(
  invoke: (name: string, event: unknown) => Promise<unknown>,
  activity: Activity,
): Promise<LoopbackServer> {
  return serveLoopback(async (request) => {
    const route = `${request.method} ${request.path}`;
    const name = Object.hasOwn(ROUTES, route) ? ROUTES[route] : undefined;
    if (name === undefined) return json(404, { message: 'Not Found' });
    return activity.track(invoke(name, eventOf(request)).then(answerOf, failed));
  });
}

function eventOf(request: LoopbackRequest): object {
  const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
  return {
    version: '2.0',
    routeKey: `${request.method} ${request.path}`,
    rawPath: request.path,
    rawQueryString: request.query.toString(),
    headers,
    requestContext: { http: { method: request.method, path: request.path, sourceIp: '127.0.0.1' }, stage: '$default' },
    body: request.body,
    isBase64Encoded: false,
  };
}

/** An answer without a status is a 200 whose body is the answer itself, as API Gateway infers it. */
function answerOf(answer: unknown): LoopbackAnswer {
  const given = answer as APIGatewayProxyStructuredResultV2 | undefined | null;
  if (typeof given !== 'object' || given?.statusCode === undefined) return json(200, answer ?? '');
  const body = given.isBase64Encoded ? Buffer.from(given.body ?? '', 'base64') : (given.body ?? '');
  const headers = Object.entries(given.headers ?? {}).map(([name, value]) => [name.toLowerCase(), String(value)]);
  return { status: given.statusCode, headers: Object.fromEntries(headers), body };
}

const failed = (): LoopbackAnswer => json(500, { message: 'Internal Server Error' });
