import { itemAt } from './condition-values.ts';
import { type Ask, type Attributes, errorName, messageOf, type Operation, type Reply, refusal } from './protocol.ts';

/** One element of `TransactItems`, taken apart. */
interface Step {
  readonly action: 'Put' | 'Update' | 'Delete' | 'ConditionCheck';
  readonly operation: Operation;
  readonly key: Attributes;
}

/** What happened to a step, and how the item was before. */
interface Taken {
  readonly step: Step;
  readonly before: Attributes | undefined;
  readonly reply: Reply;
}

interface Reason {
  readonly Code: string;
  readonly Message?: string;
  readonly Item?: Attributes;
}

const MOST_STEPS = 100;
const ACTIONS = ['Put', 'Update', 'Delete', 'ConditionCheck'] as const;

/** The attributes of an item that are its key in a table. */
export type KeyNames = (table: string) => Promise<readonly string[]>;

/**
 * `TransactWriteItems` by means that dynalite has: every step is tried in turn, and when one is refused all are put back.
 * The caller sees to it that nobody reads or writes in between; that makes it atomic.
 */
export async function transactWrite(ask: Ask, keyNames: KeyNames, request: Operation): Promise<Reply> {
  const steps = await stepsOf(request, keyNames);
  if (!Array.isArray(steps)) return steps as Reply;
  const taken: Taken[] = [];
  for (const step of steps as readonly Step[]) taken.push(await take(ask, step));
  if (taken.every(({ reply }) => reply.status === 200)) return { status: 200, body: {} };
  for (const one of taken) if (one.reply.status === 200) await putBack(ask, one);
  return canceled(taken);
}

async function stepsOf(request: Operation, keyNames: KeyNames): Promise<readonly Step[] | Reply> {
  const items = (request.TransactItems ?? []) as readonly Readonly<Record<string, Operation>>[];
  if (items.length === 0 || items.length > MOST_STEPS) return refusal('ValidationException', tooMany(items.length));
  const steps: Step[] = [];
  const seen = new Set<string>();
  for (const item of items) {
    const step = await stepOf(item, keyNames);
    if (!step)
      return refusal('ValidationException', 'TransactItems can only contain one of Check, Put, Update or Delete');
    const name = JSON.stringify([step.operation.TableName, step.key]);
    if (seen.has(name))
      return refusal('ValidationException', 'Transaction request cannot include multiple operations on one item');
    seen.add(name);
    steps.push(step);
  }
  return steps;
}

async function stepOf(item: Readonly<Record<string, Operation>>, keyNames: KeyNames): Promise<Step | undefined> {
  const present = ACTIONS.filter((action) => item[action]);
  const action = present[0];
  const operation = action && item[action];
  if (!operation || present.length !== 1) return undefined;
  const names = await keyNames(operation.TableName ?? '');
  const from = operation.Key ?? operation.Item ?? {};
  const key = Object.fromEntries(names.flatMap((name) => (from[name] ? [[name, from[name]]] : [])));
  return { action, operation, key };
}

function tooMany(count: number): string {
  return `1 validation error detected: Value at 'transactItems' failed to satisfy constraint: Member must have length less than or equal to ${MOST_STEPS} and greater than 0; it is ${count}`;
}

async function take(ask: Ask, step: Step): Promise<Taken> {
  const { action, operation, key } = step;
  const before = await itemAt(ask, operation.TableName, key);
  if (action === 'ConditionCheck') return { step, before, reply: await check(ask, operation, before) };
  return { step, before, reply: await ask(`${action}Item`, operation) };
}

/** A condition on an item that is written back as it is; on an item that is not there, a condition on deleting nothing. */
async function check(ask: Ask, { Key, ...condition }: Operation, before: Attributes | undefined): Promise<Reply> {
  if (before) return ask('PutItem', { ...condition, Item: before });
  return ask('DeleteItem', { ...condition, ...(Key ? { Key } : {}) });
}

async function putBack(ask: Ask, { step, before }: Taken): Promise<void> {
  const table = step.operation.TableName ? { TableName: step.operation.TableName } : {};
  if (before) await ask('PutItem', { ...table, Item: before });
  else await ask('DeleteItem', { ...table, Key: step.key });
}

/** What is wrong with the request itself is said as such, what is wrong with the items as reasons in their order. */
function canceled(taken: readonly Taken[]): Reply {
  const invalid = taken.find(
    ({ reply }) => reply.status !== 200 && errorName(reply) !== 'ConditionalCheckFailedException',
  );
  if (invalid) return invalid.reply;
  const reasons = taken.map(reasonOf);
  const codes = reasons.map(({ Code }) => Code).join(', ');
  const message = `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`;
  return refusal('TransactionCanceledException', message, { CancellationReasons: reasons });
}

function reasonOf({ step, before, reply }: Taken): Reason {
  if (reply.status === 200) return { Code: 'None' };
  const reason = { Code: 'ConditionalCheckFailed', Message: messageOf(reply) };
  const asked = step.operation.ReturnValuesOnConditionCheckFailure === 'ALL_OLD';
  return asked && before ? { ...reason, Item: before } : reason;
}
