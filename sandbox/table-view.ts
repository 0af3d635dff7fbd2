import {
  type AttributeValue,
  BatchWriteItemCommand,
  DynamoDBClient,
  PutItemCommand,
  ScanCommand,
} from '@aws-sdk/client-dynamodb';
import type { Approval, Pin } from '../lambdas/core/approval.ts';
import { ledgerOf } from '../lambdas/edge/approval-store.ts';
import { type Key, pinsKey, requestKey } from '../lambdas/edge/table-keys.ts';
import { createTable } from './embedded-dynamodb/create-table.ts';

export const TABLE = 'two-eye';

/** An item as people look at it: its keys, and its body parsed. */
export interface ShownItem {
  readonly pk: string;
  readonly sk: string;
  readonly version: number;
  readonly body: unknown;
}

/** The sandbox's own hands on the table: to look at everything, to put approvals there, to start again. */
export interface TableView {
  items(): Promise<readonly ShownItem[]>;
  putApprovals(approvals: readonly Approval[], pins: readonly Pin[]): Promise<void>;
  clear(): Promise<void>;
  close(): void;
}

type Item = Record<string, AttributeValue>;

/** Makes the table and opens the view; `endpoint` is the database itself, not what the functions are given. */
export async function openTable(endpoint: string): Promise<TableView> {
  const credentials = { accessKeyId: 'sandbox', secretAccessKey: 'sandbox' };
  const client = new DynamoDBClient({ endpoint, region: 'eu-west-2', credentials });
  await createTable(client, TABLE);

  async function scan(): Promise<readonly Item[]> {
    const found: Item[] = [];
    let from: Item | undefined;
    do {
      const start = from ? { ExclusiveStartKey: from } : {};
      const page = await client.send(new ScanCommand({ TableName: TABLE, ConsistentRead: true, ...start }));
      found.push(...(page.Items ?? []));
      from = page.LastEvaluatedKey;
    } while (from);
    return found;
  }

  async function put(key: Key, value: unknown, version: number): Promise<void> {
    const Item = {
      pk: { S: key.pk },
      sk: { S: key.sk },
      version: { N: String(version) },
      body: { S: JSON.stringify(value) },
      writtenBy: { S: `sandbox-${version}-${key.sk}` },
    };
    await client.send(new PutItemCommand({ TableName: TABLE, Item }));
  }

  return {
    items: async () => (await scan()).map(shown),
    async putApprovals(approvals, pins) {
      const there = await scan();
      const versionOf = ({ pk, sk }: Key): number =>
        Number(there.find((item) => item.pk?.S === pk && item.sk?.S === sk)?.version?.N ?? 0) + 1;
      for (const approval of approvals) {
        const key = requestKey(ledgerOf(approval.actor), approval.id);
        await put(key, approval, versionOf(key));
      }
      if (pins.length === 0) return;
      const before = (there.map(shown).find((item) => item.pk === pinsKey.pk)?.body ?? []) as readonly Pin[];
      const kept = before.filter((pin) => !pins.some((other) => other.id === pin.id));
      await put(pinsKey, [...kept, ...pins], versionOf(pinsKey));
    },
    async clear() {
      const keys = (await scan()).map(({ pk, sk }) => ({ DeleteRequest: { Key: { pk, sk } as Item } }));
      for (let from = 0; from < keys.length; from += 25)
        await client.send(new BatchWriteItemCommand({ RequestItems: { [TABLE]: keys.slice(from, from + 25) } }));
    },
    close: () => client.destroy(),
  };
}

function shown(item: Item): ShownItem {
  const body = item.body?.S;
  return {
    pk: item.pk?.S ?? '',
    sk: item.sk?.S ?? '',
    version: Number(item.version?.N ?? 0),
    body: body === undefined ? (item.members?.SS ?? null) : JSON.parse(body),
  };
}
