import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What the function answered, or the error it reported. */
export interface Ran {
  readonly answer?: unknown;
  readonly error?: unknown;
  readonly output: string;
}

/**
 * Runs one invocation of a bundle under `aws-lambda-ric`, AWS's own runtime client, as Lambda does: a Runtime API on loopback
 * hands out the event and takes the answer. Ends the process that it started.
 */
export async function runUnderLambda(
  folder: string,
  event: unknown,
  environment: Readonly<Record<string, string>>,
): Promise<Ran> {
  const { promise, resolve } = Promise.withResolvers<Omit<Ran, 'output'>>();
  let handedOut = false;
  const server = createServer(async (request, response) => {
    if (request.url?.endsWith('/next')) {
      if (handedOut) return; // Nothing more to do: the client waits, as a frozen function does.
      handedOut = true;
      return handOut(response, event);
    }
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    response.writeHead(202).end('{}');
    const body: unknown = JSON.parse(Buffer.concat(parts).toString() || 'null');
    resolve(request.url?.endsWith('/response') ? { answer: body } : { error: body });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  const client = join(dirname(createRequire(import.meta.url).resolve('aws-lambda-ric/package.json')), 'index.mjs');
  const standIn = fileURLToPath(new URL('rapid-client.cjs', import.meta.url));
  const child = spawn(process.execPath, ['--require', standIn, client, 'index.handler'], {
    cwd: folder,
    env: { ...process.env, ...lambdaEnvironment(folder, port), ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => output.push(chunk.toString()));
  const ended = once(child, 'close').then(() => ({ error: 'the runtime client ended before it answered' }));
  const ran = await Promise.race([promise, ended]);
  child.kill('SIGKILL');
  server.closeAllConnections();
  await Promise.all([ended, new Promise<void>((closed) => server.close(() => closed()))]);
  return { ...ran, output: output.join('') };
}

function handOut(response: ServerResponse, event: unknown): void {
  response.writeHead(200, {
    'content-type': 'application/json',
    'lambda-runtime-aws-request-id': 'request-1',
    'lambda-runtime-deadline-ms': String(Date.now() + 30_000),
    'lambda-runtime-invoked-function-arn': 'arn:aws:lambda:eu-west-2:333333333333:function:on-access',
    'lambda-runtime-trace-id': 'Root=1-00000000-000000000000000000000000',
  });
  response.end(JSON.stringify(event));
}

/** What Lambda sets; and the runtime client fetches by its own HTTP client, for its native part takes minutes to build. */
function lambdaEnvironment(folder: string, port: number): Record<string, string> {
  return {
    AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${port}`,
    AWS_LAMBDA_NODEJS_USE_ALTERNATIVE_CLIENT_1: 'true',
    AWS_LAMBDA_FUNCTION_NAME: 'function',
    AWS_LAMBDA_FUNCTION_VERSION: '1',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '1024',
    AWS_LAMBDA_LOG_GROUP_NAME: 'log',
    AWS_LAMBDA_LOG_STREAM_NAME: 'log',
    LAMBDA_TASK_ROOT: folder,
    _HANDLER: 'index.handler',
  };
}
