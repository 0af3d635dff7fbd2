import { createServer } from 'node:http';
import { startOptions } from './start-options.ts';

// `npm start`: two-eye on one machine. What cannot work ends with one clear line.

function fail(line: string): never {
  console.error(line);
  process.exit(1);
}

/** Known before anything is built, so that nobody waits for a port that is taken. */
async function whyNot(port: number): Promise<string | undefined> {
  const probe = createServer();
  const error = await new Promise<NodeJS.ErrnoException | undefined>((resolve) => {
    probe.once('error', resolve);
    probe.listen(port, '127.0.0.1', () => resolve(undefined));
  });
  await new Promise((resolve) => probe.close(resolve));
  if (error === undefined) return undefined;
  if (error.code !== 'EADDRINUSE') return `Port ${port} cannot be used: ${error.message}.`;
  return `Port ${port} is in use: give another, as in \`npm start -- --port ${port === 65_535 ? 4020 : port + 1}\`.`;
}

const options = startOptions(process.argv.slice(2), process.env);
if (typeof options === 'string') fail(options);
const taken = await whyNot(options.port);
if (taken) fail(taken);

let closing: Promise<void> | undefined;
const closers: (() => Promise<unknown>)[] = [];

/** Ends everything in the reverse order of its start. Whoever asks twice is let go at once. */
async function end(): Promise<void> {
  for (const close of closers.toReversed()) await close();
}

for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => {
    if (closing) process.exit(130);
    closing = starting.then(end, end).then(() => process.exit(0));
  });

const starting = start(options);
await starting.then(open).catch(async (error: Error) => {
  if (closing) return closing;
  await end();
  fail(error.message);
});

async function start({ port, policy, database }: Exclude<typeof options, string>) {
  const { startSandbox } = await import('./sandbox.ts');
  const { serveControlApi } = await import('./control-api.ts');
  const local = database === 'dynamodb-local' ? await startLocal() : undefined;
  if (local) closers.push(local.close);
  const sandbox = await startSandbox({
    print: console.log,
    ...(policy && { policyFile: policy }),
    ...(local && { dynamoEndpoint: local.endpoint }),
  });
  closers.push(sandbox.close);
  const server = await serveControlApi(sandbox, port);
  closers.push(server.close);
  return { sandbox, server };
}

async function startLocal() {
  const { dynamoDbLocalAbsence, startDynamoDbLocal } = await import('./dynamodb-local.ts');
  if (dynamoDbLocalAbsence) fail(`--dynamodb-local does not run here: ${dynamoDbLocalAbsence}.`);
  return startDynamoDbLocal();
}

async function open({ sandbox, server }: Awaited<typeof starting>): Promise<void> {
  const { replay, story } = options as Exclude<typeof options, string>;
  if (closing) return closing;
  console.log(`two-eye is up: ${server.url}/  (Ctrl-C ends it)\n`);
  if (replay) {
    const { replayFolder, replayedLines } = await import('./replay.ts');
    for (const line of replayedLines(sandbox, await replayFolder(sandbox, replay))) console.log(line);
  } else if (story === 'told') {
    const { tellStories } = await import('./opening.ts');
    await tellStories(sandbox, console.log, process.stdout.isTTY && !process.env.NO_COLOR);
  }
}
