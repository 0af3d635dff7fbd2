import { codeOf } from '../core/errors.ts';

type Fields = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

/**
 * One JSON object a line, as CloudWatch Logs Insights reads it. By hand: a logging library would triple what `on-slack` loads
 * (docs/decisions/010). Fields are chosen one by one where they are logged: never a whole event, never a secret.
 */
export function logInfo(message: string, fields: Fields = {}): void {
  write('INFO', message, fields);
}

export function logWarning(message: string, fields: Fields = {}): void {
  write('WARN', message, fields);
}

/** Logs what was thrown with its code and the chain of its causes. */
export function logError(message: string, thrown: unknown, fields: Fields = {}): void {
  write('ERROR', message, { code: codeOf(thrown), ...fields, ...described(thrown) });
}

function write(level: string, message: string, fields: Fields): void {
  const line = JSON.stringify({
    level,
    message,
    function: process.env.AWS_LAMBDA_FUNCTION_NAME,
    trace: process.env._X_AMZN_TRACE_ID,
    ...fields,
  });
  process.stdout.write(`${line}\n`);
}

function described(thrown: unknown): Fields {
  if (!(thrown instanceof Error)) return { error: String(thrown) };
  const cause = thrown.cause === undefined ? undefined : messageOf(thrown.cause);
  return { error: `${thrown.name}: ${thrown.message}`, cause, stack: thrown.stack };
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
}
