import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';

// `npm start`: two-eye on one machine. What cannot work ends with one clear line.

const NODE_NEEDED = 24;

function fail(line: string): never {
  console.error(line);
  process.exit(1);
}

function optionsOf() {
  try {
    return parseArgs({
      options: {
        policy: { type: 'string' },
        replay: { type: 'string' },
        port: { type: 'string' },
        'no-story': { type: 'boolean' },
      },
    }).values;
  } catch (error) {
    return fail(`${(error as Error).message} The options are --policy FILE, --replay DIR, --port N, --no-story.`);
  }
}

if (Number(process.versions.node.split('.')[0]) < NODE_NEEDED)
  fail(`This needs Node ${NODE_NEEDED}, and this is ${process.version}: run \`npm start\`, which brings its own.`);

const options = optionsOf();
const port = Number(options.port ?? process.env.PORT ?? 4020);
if (!Number.isInteger(port) || port < 0 || port > 65_535) fail(`"${options.port ?? process.env.PORT}" is not a port.`);
if (options.policy && !existsSync(options.policy)) fail(`There is no policy file ${options.policy}.`);
if (options.replay && !existsSync(options.replay)) fail(`There is nothing to replay at ${options.replay}.`);

const { startSandbox } = await import('./sandbox.ts');
const { serveControlApi } = await import('./control-api.ts');
const { tellStories, replayFolder } = await import('./opening.ts');

const sandbox = await startSandbox(options.policy ? { policyFile: options.policy } : {}).catch((error: Error) =>
  fail(error.message),
);
const server = await serveControlApi(sandbox, port).catch(async (error: NodeJS.ErrnoException) => {
  await sandbox.close();
  if (error.code === 'EADDRINUSE') fail(`Port ${port} is in use: give another with \`npm start -- --port 4021\`.`);
  return fail(error.message);
});

for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(
    signal,
    () =>
      void server
        .close()
        .then(() => sandbox.close())
        .then(() => process.exit(0)),
  );

console.log(`two-eye is up: ${server.url}  (Ctrl-C ends it)\n`);
if (options.replay) await replayFolder(sandbox, options.replay, console.log);
else if (!options['no-story']) await tellStories(sandbox, console.log);
