import { randomUUID } from 'node:crypto';
import {
  type AttributeValue,
  BatchGetItemCommand,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  TransactionCanceledException,
  type TransactWriteItem,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { TwoEyeError } from '../core/errors.ts';
import { environmentVariable } from './environment.ts';
import type { Key } from './table-keys.ts';

/**
 * The table's one form of item: `pk`, `sk`, `version` (counts its writes), `body` (the value as JSON) and `writtenBy` (a token of the write,
 * by which a write whose answer was lost recognises itself). Every read here is consistent. What fails throws
 * `dependency_failed`; a condition that does not hold is an answer, not an error.
 */
export interface Stored<T> {
  readonly key: Key;
  readonly value: T;
  readonly version: number;
}

/** A part of a transaction. `version` is what must still be there: 0 for nothing, absent for whatever it is. */
export type Write =
  | { readonly write: 'put'; readonly key: Key; readonly value: unknown; readonly version?: number }
  | { readonly write: 'check'; readonly key: Key; readonly version: number }
  | { readonly write: 'remove'; readonly key: Key }
  /** Adds members to a set of texts, beside whatever else adds to it. */
  | { readonly write: 'add'; readonly key: Key; readonly members: readonly string[] };

export type TransactionOutcome =
  | { readonly outcome: 'committed' }
  /** Somebody else wrote first: read again and judge again. `failed` are the indexes of the parts that did not hold. */
  | { readonly outcome: 'conflict'; readonly failed: readonly number[] };

type Item = Record<string, AttributeValue>;

let client: DynamoDBClient | undefined;

/** Three attempts of at most two seconds each: a table that does not answer is known of within seven seconds, well inside a function's time. */
function dynamo(): DynamoDBClient {
  client ??= new DynamoDBClient({
    maxAttempts: 3,
    requestHandler: { connectionTimeout: 1_000, requestTimeout: 2_000, throwOnRequestTimeout: true },
  });
  return client;
}

/** Forgets the client, so that the next call reads endpoint and credentials from the environment again. For tests. */
export function forgetTable(): void {
  client?.destroy();
  client = undefined;
}

const tableName = (): string => environmentVariable('TABLE_NAME');

/** The item, read consistently. */
export async function read<T>(key: Key): Promise<Stored<T> | undefined> {
  const { Item } = await asked('read', () =>
    dynamo().send(new GetItemCommand({ TableName: tableName(), Key: keyItem(key), ConsistentRead: true })),
  );
  return Item && stored<T>(Item);
}

/** The items that are there, in no particular order. At most 100 a request; more are asked for in turn. */
export async function readMany<T>(keys: readonly Key[]): Promise<readonly Stored<T>[]> {
  const found: Stored<T>[] = [];
  let left = distinct(keys).map(keyItem);
  while (left.length > 0) {
    const RequestItems = { [tableName()]: { Keys: left.slice(0, 100), ConsistentRead: true } };
    const { Responses, UnprocessedKeys } = await asked('read', () =>
      dynamo().send(new BatchGetItemCommand({ RequestItems })),
    );
    found.push(...(Responses?.[tableName()] ?? []).map((item) => stored<T>(item)));
    left = [...left.slice(100), ...(UnprocessedKeys?.[tableName()]?.Keys ?? [])];
  }
  return found;
}

export interface Range {
  /** Only sort keys that begin so. */
  readonly prefix?: string;
  /** Only sort keys up to and including this one. */
  readonly upTo?: string;
  readonly limit?: number;
  readonly newestFirst?: boolean;
}

/** Items of a partition in the order of their sort keys, all pages of them unless limited. */
export async function readPartition<T>(pk: string, range: Range = {}): Promise<readonly Stored<T>[]> {
  return (await queryItems(pk, range)).map((item) => stored<T>(item));
}

/** As `readPartition`, with the members of each item's set, for the one kind of item that has no body. */
export async function readPartitionWithSets<T>(
  pk: string,
  range: Range = {},
): Promise<readonly (Stored<T | undefined> & { readonly members: readonly string[] })[]> {
  return (await queryItems(pk, range)).map((item) => ({
    ...stored<T | undefined>(item),
    members: item.members?.SS ?? [],
  }));
}

async function queryItems(pk: string, { prefix, upTo, limit, newestFirst }: Range): Promise<readonly Item[]> {
  const found: Item[] = [];
  let from: Item | undefined;
  do {
    const command = new QueryCommand({
      TableName: tableName(),
      ConsistentRead: true,
      KeyConditionExpression: `pk = :pk${prefix ? ' AND begins_with(sk, :sk)' : upTo ? ' AND sk <= :sk' : ''}`,
      ExpressionAttributeValues: {
        ':pk': { S: pk },
        ...(prefix || upTo ? { ':sk': { S: (prefix ?? upTo) as string } } : {}),
      },
      ...(limit ? { Limit: limit - found.length } : {}),
      ...(newestFirst ? { ScanIndexForward: false } : {}),
      ...(from ? { ExclusiveStartKey: from } : {}),
    });
    const page = await asked('read', () => dynamo().send(command));
    found.push(...(page.Items ?? []));
    from = page.LastEvaluatedKey;
  } while (from && (!limit || found.length < limit));
  return found;
}

/** Creates the item, or gives the one that is there already. */
export async function create<T>(
  key: Key,
  value: T,
): Promise<{ outcome: 'created' } | { outcome: 'exists'; there: Stored<T> }> {
  const outcome = await putOne(key, value, 0);
  if (outcome === 'written') return { outcome: 'created' };
  if (!outcome.there) throw new TwoEyeError('dependency_failed', `${key.pk} was there and was gone again.`);
  return { outcome: 'exists', there: stored<T>(outcome.there) };
}

/** Replaces the item as it was read; gives what is there instead when somebody else has written it since. */
export async function replace<T>(
  key: Key,
  value: T,
  version: number,
): Promise<{ outcome: 'replaced' } | { outcome: 'changed'; there: Stored<T> | undefined }> {
  const outcome = await putOne(key, value, version);
  if (outcome === 'written') return { outcome: 'replaced' };
  return { outcome: 'changed', there: outcome.there && stored<T>(outcome.there) };
}

/** Writes the item whatever was there. */
export async function overwrite<T>(key: Key, value: T): Promise<void> {
  const update = new UpdateItemCommand({
    TableName: tableName(),
    ...putParameters(key, value, undefined, randomUUID()),
  });
  await asked('write', () => dynamo().send(update));
}

/** Removes the item; all the same when there is none. */
export async function remove(key: Key): Promise<void> {
  await asked('write', () => dynamo().send(new DeleteItemCommand({ TableName: tableName(), Key: keyItem(key) })));
}

/** Takes members out of a set of texts. */
export async function takeOut(key: Key, members: readonly string[]): Promise<void> {
  if (members.length === 0) return;
  const command = new UpdateItemCommand({
    TableName: tableName(),
    Key: keyItem(key),
    UpdateExpression: 'DELETE members :members',
    ExpressionAttributeValues: { ':members': { SS: [...members] } },
  });
  await asked('write', () => dynamo().send(command));
}

/**
 * All or nothing, at most 100 parts. The SDK gives each transaction a token, so that its own repeats of one whose answer was
 * lost do nothing twice. When even those are lost this throws, and the caller reads again to see what is true.
 */
export async function transact(writes: readonly Write[]): Promise<TransactionOutcome> {
  const by = randomUUID();
  const TransactItems = writes.map((write) => transactItem(write, by));
  try {
    await dynamo().send(new TransactWriteItemsCommand({ TransactItems }));
    return { outcome: 'committed' };
  } catch (thrown) {
    if (thrown instanceof TransactionCanceledException) return conflictOf(thrown);
    throw failed('write', thrown);
  }
}

const CONFLICTS = new Set(['ConditionalCheckFailed', 'TransactionConflict']);

function conflictOf(thrown: TransactionCanceledException): TransactionOutcome {
  const codes = (thrown.CancellationReasons ?? []).map(({ Code }) => Code ?? 'None');
  const indexes = codes.flatMap((code, index) => (code === 'None' ? [] : [index]));
  if (indexes.length === 0 || !indexes.every((index) => CONFLICTS.has(codes[index] ?? '')))
    throw failed('write', thrown);
  return { outcome: 'conflict', failed: indexes };
}

function transactItem(write: Write, by: string): TransactWriteItem {
  const TableName = tableName();
  const Key = keyItem(write.key);
  switch (write.write) {
    case 'put':
      return { Update: { TableName, ...putParameters(write.key, write.value, write.version, by) } };
    case 'check':
      return { ConditionCheck: { TableName, Key, ...condition(write.version) } };
    case 'remove':
      return { Delete: { TableName, Key } };
    case 'add':
      return {
        Update: {
          TableName,
          Key,
          UpdateExpression: 'ADD members :members',
          ExpressionAttributeValues: { ':members': { SS: [...write.members] } },
        },
      };
  }
}

async function putOne(key: Key, value: unknown, version: number): Promise<'written' | { there: Item | undefined }> {
  const by = randomUUID();
  const command = new PutItemCommand({
    TableName: tableName(),
    Item: {
      ...keyItem(key),
      version: { N: String(version + 1) },
      body: { S: JSON.stringify(value) },
      writtenBy: { S: by },
    },
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    ...condition(version),
  });
  try {
    await dynamo().send(command);
    return 'written';
  } catch (thrown) {
    if (!(thrown instanceof ConditionalCheckFailedException)) throw failed('write', thrown);
    // The SDK repeats a write whose answer was lost; the repeat then meets the first.
    return thrown.Item?.writtenBy?.S === by ? 'written' : { there: thrown.Item };
  }
}

/** An update rather than a put, because it can count the version of an item that was never read. */
function putParameters(key: Key, value: unknown, version: number | undefined, by: string) {
  const set = 'SET body = :body, writtenBy = :by';
  const values = { ':body': { S: JSON.stringify(value) }, ':by': { S: by } };
  const Key = keyItem(key);
  if (version === undefined) {
    return {
      Key,
      UpdateExpression: `${set} ADD version :one`,
      ExpressionAttributeValues: { ...values, ':one': { N: '1' } },
    };
  }
  const expected = condition(version);
  return {
    Key,
    UpdateExpression: `${set}, version = :next`,
    ConditionExpression: expected.ConditionExpression,
    ExpressionAttributeValues: {
      ...values,
      ...expected.ExpressionAttributeValues,
      ':next': { N: String(version + 1) },
    },
  };
}

function condition(version: number): { ConditionExpression: string; ExpressionAttributeValues?: Item } {
  if (version === 0) return { ConditionExpression: 'attribute_not_exists(pk)' };
  return {
    ConditionExpression: 'version = :version',
    ExpressionAttributeValues: { ':version': { N: String(version) } },
  };
}

function stored<T>(item: Item): Stored<T> {
  const body = item.body?.S;
  return {
    key: { pk: item.pk?.S ?? '', sk: item.sk?.S ?? '' },
    value: (body === undefined ? undefined : JSON.parse(body)) as T,
    version: Number(item.version?.N ?? 0),
  };
}

function keyItem({ pk, sk }: Key): Item {
  return { pk: { S: pk }, sk: { S: sk } };
}

function distinct(keys: readonly Key[]): readonly Key[] {
  return [...new Map(keys.map((key) => [`${key.pk}\n${key.sk}`, key])).values()];
}

async function asked<T>(what: 'read' | 'write', act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (thrown) {
    throw failed(what, thrown);
  }
}

function failed(what: 'read' | 'write', cause: unknown): TwoEyeError {
  if (cause instanceof TwoEyeError) return cause;
  return new TwoEyeError('dependency_failed', `The table could not be ${what === 'read' ? 'read' : 'written'}.`, {
    cause,
  });
}

/** What the stores ask of a table, so that another can be put in the place of DynamoDB. */
export interface Table {
  readonly read: typeof read;
  readonly readMany: typeof readMany;
  readonly readPartition: typeof readPartition;
  readonly create: typeof create;
  readonly replace: typeof replace;
  readonly overwrite: typeof overwrite;
  readonly remove: typeof remove;
  readonly transact: typeof transact;
}
