import { signerOf } from './function-identity.ts';
import { json, type LoopbackAnswer, type LoopbackRequest, type LoopbackServer, serveLoopback } from './loopback.ts';
import { type Asked, askedOf, refusedOf } from './table-permissions.ts';

/** A request that a function had no right to: what of it, and by whom (`nobody` when it was signed by no function). */
export interface Refusal {
  readonly by: string;
  readonly asked: readonly Asked[];
}

export interface TableGate extends LoopbackServer {
  /** Every refusal since the start, oldest first. A function of two-eye causes none. */
  refusals(): readonly Refusal[];
}

/** As kept as the log of the functions: what refuses for ever must not grow for ever. */
const KEPT_REFUSALS = 1_000;

/**
 * Stands before the table as IAM and DynamoDB's limits do: a function reaches only the keys that its role may, and while the table
 * is throttled nothing passes.
 */
export async function serveTableGate(endpoint: string, isThrottled: () => boolean): Promise<TableGate> {
  let refusals: readonly Refusal[] = [];

  function refusalOf({ headers, body }: LoopbackRequest): Refusal | undefined {
    const by = signerOf(String(headers.authorization ?? '')) ?? 'nobody';
    const operation = String(headers['x-amz-target'] ?? '').replace(/^.*\./, '');
    const asked = refusedOf(by, askedOf(operation, body));
    return asked.length > 0 ? { by, asked } : undefined;
  }

  const server = await serveLoopback(async (request) => {
    const refusal = refusalOf(request);
    if (refusal) {
      refusals = [...refusals, refusal].slice(-KEPT_REFUSALS);
      return denied(refusal);
    }
    return isThrottled() ? throttled() : passOn(endpoint, request);
  });
  return { ...server, refusals: () => refusals };
}

async function passOn(endpoint: string, { headers, body }: LoopbackRequest): Promise<LoopbackAnswer> {
  const passedOn = Object.fromEntries(
    ['x-amz-target', 'x-amz-date', 'authorization', 'content-type'].map((name) => [name, String(headers[name] ?? '')]),
  );
  const answer = await fetch(endpoint, { method: 'POST', headers: passedOn, body });
  return { status: answer.status, type: 'application/x-amz-json-1.0', body: await answer.text() };
}

function denied({ by, asked }: Refusal): LoopbackAnswer {
  const [first] = asked;
  const keys = first?.leadingKeys.join(', ') || 'no key';
  return json(400, {
    __type: 'com.amazon.coral.service#AccessDeniedException',
    Message: `User: ${by} is not authorized to perform: ${first?.action} on ${keys} because no identity-based policy allows it`,
  });
}

function throttled(): LoopbackAnswer {
  const __type = 'com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException';
  return json(400, { __type, message: 'The level of configured provisioned throughput was exceeded.' });
}
