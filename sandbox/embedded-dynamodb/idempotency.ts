import { type Operation, type Reply, refusal } from './protocol.ts';

const REMEMBERED_MS = 600_000;

interface Remembered {
  readonly request: string;
  readonly reply: Reply;
  readonly at: number;
}

/**
 * `ClientRequestToken`: the same token and request within ten minutes does nothing again and answers the same; with
 * another request it is refused. Only what was committed is remembered.
 */
export function idempotently(): (request: Operation, act: () => Promise<Reply>) => Promise<Reply> {
  const remembered = new Map<string, Remembered>();
  return async (request, act) => {
    const { ClientRequestToken: token, ...rest } = request;
    if (typeof token !== 'string') return act();
    const text = JSON.stringify(rest);
    forgetOld(remembered);
    const known = remembered.get(token);
    if (known) return known.request === text ? known.reply : mismatch();
    const reply = await act();
    if (reply.status === 200) remembered.set(token, { request: text, reply, at: performance.now() });
    return reply;
  };
}

function forgetOld(remembered: Map<string, Remembered>): void {
  const oldest = performance.now() - REMEMBERED_MS;
  for (const [token, { at }] of remembered) {
    if (at >= oldest) return;
    remembered.delete(token);
  }
}

function mismatch(): Reply {
  return refusal(
    'IdempotentParameterMismatchException',
    'DynamoDB rejected the request because you retried a request with a different payload but with an idempotent token that was already used.',
  );
}
