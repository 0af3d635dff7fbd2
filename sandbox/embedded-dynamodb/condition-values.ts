import { type Ask, errorName, type Operation, type Reply } from './protocol.ts';

/**
 * A single write that, when its condition fails, gives the item as it is if it was asked to (`ALL_OLD`), which dynalite
 * ignores. Nothing else may write in between.
 */
export async function writeOne(ask: Ask, action: string, operation: Operation, key: Operation['Key']): Promise<Reply> {
  const reply = await ask(action, operation);
  if (operation.ReturnValuesOnConditionCheckFailure !== 'ALL_OLD') return reply;
  if (errorName(reply) !== 'ConditionalCheckFailedException') return reply;
  const Item = await itemAt(ask, operation.TableName, key);
  return Item ? { ...reply, body: { ...reply.body, Item } } : reply;
}

/** The item as it is now. */
export async function itemAt(
  ask: Ask,
  TableName: string | undefined,
  Key: Operation['Key'],
): Promise<Operation['Item'] | undefined> {
  const reply = await ask('GetItem', {
    ...(TableName ? { TableName } : {}),
    ...(Key ? { Key } : {}),
    ConsistentRead: true,
  });
  return reply.body.Item as Operation['Item'] | undefined;
}
