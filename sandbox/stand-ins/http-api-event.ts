import type { SlackRequest } from './slack-acting.ts';

/** The event with which an HTTP API (payload version 2.0) invokes a Lambda. Bodies come base64-encoded when the API thinks them binary. */
export interface HttpApiEvent {
  readonly version: '2.0';
  readonly rawPath: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly requestContext: { readonly http: { readonly method: string; readonly path: string } };
  readonly body: string;
  readonly isBase64Encoded: boolean;
}

/** Wraps a request as the HTTP API would. */
export function httpApiEvent({ headers, body }: SlackRequest, path = '/slack'): HttpApiEvent {
  return {
    version: '2.0',
    rawPath: path,
    headers,
    requestContext: { http: { method: 'POST', path } },
    body: Buffer.from(body, 'utf8').toString('base64'),
    isBase64Encoded: true,
  };
}
