import { randomUUID } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { forgetTable } from '../../lambdas/edge/table.ts';
import { dynamoDbLocalAbsence, startDynamoDbLocal } from '../../sandbox/dynamodb-local.ts';
import { createTable } from '../../sandbox/embedded-dynamodb/create-table.ts';
import { startEmbeddedDynamo } from '../../sandbox/embedded-dynamodb/start.ts';

export interface Database {
  readonly name: string;
  readonly start: () => Promise<{ readonly endpoint: string; close(): Promise<void> }>;
  /** Why it cannot run here. */
  readonly absence: string | undefined;
}

/** The databases that everything about the table is tested against. */
export const databases: readonly Database[] = [
  { name: 'the embedded DynamoDB', start: () => startEmbeddedDynamo(), absence: undefined },
  { name: "Amazon's DynamoDB Local", start: startDynamoDbLocal, absence: dynamoDbLocalAbsence },
];

/** Lets the functions' own client speak to this endpoint, and gives them a new and empty table there. */
export async function useTable(endpoint: string): Promise<string> {
  const name = `two-eye-${randomUUID()}`;
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_DYNAMODB: endpoint,
    AWS_REGION: 'eu-west-2',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    TABLE_NAME: name,
  });
  forgetTable();
  const client = new DynamoDBClient({});
  await createTable(client, name);
  client.destroy();
  return name;
}
