import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';

/** What `npm start` was asked for. */
export interface StartOptions {
  readonly port: number;
  readonly policy?: string;
  readonly replay?: string;
  readonly story: 'told' | 'untold';
  readonly database: 'embedded' | 'dynamodb-local';
}

const KNOWN = '--policy FILE, --replay DIR, --port N, --no-story, --dynamodb-local';

/** The options, or in one line what is wrong with them and what to do. */
export function startOptions(args: readonly string[], environment: NodeJS.ProcessEnv): StartOptions | string {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        policy: { type: 'string' },
        replay: { type: 'string' },
        port: { type: 'string' },
        'no-story': { type: 'boolean' },
        'dynamodb-local': { type: 'boolean' },
      },
    });
    const wanted = values.port ?? environment.PORT ?? '4020';
    const port = Number(wanted);
    if (!/^\d+$/.test(wanted) || port > 65_535) return `"${wanted}" is not a port: give a number from 0 to 65535.`;
    if (values.policy && !existsSync(values.policy)) return `There is no policy file ${values.policy}.`;
    if (values.replay && !existsSync(values.replay)) return `There is nothing to replay at ${values.replay}.`;
    return {
      port,
      ...(values.policy && { policy: values.policy }),
      ...(values.replay && { replay: values.replay }),
      story: values['no-story'] ? 'untold' : 'told',
      database: values['dynamodb-local'] ? 'dynamodb-local' : 'embedded',
    };
  } catch (error) {
    return `${(error as Error).message.split('. ')[0]}. The options are ${KNOWN}.`;
  }
}
