import { AsyncLocalStorage } from 'node:async_hooks';

// On AWS every function is a process of its own with its own role's credentials. Here they share a thread, so who runs is followed through
// what it awaits, and the environment answers each with its own.

const PREFIX = 'SANDBOX';

/** The access key id that a function signs its requests with. Letters and digits alone: DynamoDB Local takes nothing else. */
export function accessKeyIdOf(name: string): string {
  return `${PREFIX}${name.replaceAll('-', '0')}`;
}

/** The function that a request was signed by; `undefined` for a signature of nobody's. */
export function signerOf(authorization: string): string | undefined {
  const [, id] = /Credential=([^/,\s]+)\//.exec(authorization) ?? [];
  return id?.startsWith(PREFIX) ? id.slice(PREFIX.length).replaceAll('0', '-') : undefined;
}

const running = new AsyncLocalStorage<string>();

/** From here on `process.env` of this thread is that of the function that reads it. */
export function giveEachItsEnvironment(): void {
  process.env = new Proxy(process.env, {
    get: (shared, variable) => {
      const name = running.getStore();
      return (name !== undefined && own(name, variable)) || Reflect.get(shared, variable);
    },
  });
}

/** Runs as this function. */
export function runAs<T>(name: string, run: () => T): T {
  return running.run(name, run);
}

function own(name: string, variable: string | symbol): string | undefined {
  if (variable === 'AWS_ACCESS_KEY_ID') return accessKeyIdOf(name);
  return variable === 'AWS_LAMBDA_FUNCTION_NAME' ? name : undefined;
}
