import { json, type LoopbackServer, serveLoopback } from '../../../sandbox/loopback.ts';

/** Where in a request to the table death comes: before the table has it, after it but before its answer, or some time after that. */
export type Moment = 'before' | 'answer-lost' | 'later';

export interface DeadlyProxy extends LoopbackServer {
  /** The request after so many more brings death. */
  arm(afterRequests: number, moment: Moment, laterMs: number): void;
  /** No death that is still to come comes. */
  disarm(): void;
}

/**
 * Stands before the table and counts what functions ask of it; `kill` is called at the chosen instant, `written` with each transaction
 * that the table took, before its answer is on its way.
 */
export async function serveDeadlyProxy(
  endpoint: string,
  kill: () => void,
  written: (transaction: string) => void,
): Promise<DeadlyProxy> {
  let armed: { left: number; readonly moment: Moment; readonly laterMs: number } | undefined;

  function due(): { readonly moment: Moment; readonly laterMs: number } | undefined {
    if (armed === undefined) return undefined;
    armed.left -= 1;
    if (armed.left > 0) return undefined;
    const now = armed;
    armed = undefined;
    return now;
  }

  const server = await serveLoopback(async ({ headers, body }) => {
    const death = due();
    if (death?.moment === 'before') {
      kill();
      return json(500, {});
    }
    const answer = await fetch(endpoint, { method: 'POST', headers: passedOn(headers), body });
    const text = await answer.text();
    if (answer.ok && String(headers['x-amz-target']).endsWith('.TransactWriteItems')) written(body);
    if (death?.moment === 'answer-lost') kill();
    if (death?.moment === 'later') setTimeout(kill, death.laterMs);
    return { status: answer.status, type: 'application/x-amz-json-1.0', body: text };
  });
  return {
    ...server,
    arm(left, moment, laterMs) {
      armed = { left, moment, laterMs };
    },
    disarm() {
      armed = undefined;
    },
  };
}

function passedOn(headers: Readonly<Record<string, unknown>>): Record<string, string> {
  const names = ['x-amz-target', 'x-amz-date', 'authorization', 'content-type'];
  return Object.fromEntries(names.map((name) => [name, String(headers[name] ?? '')]));
}
