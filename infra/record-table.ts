import { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, Billing, StreamViewType, TableEncryptionV2, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import type { Worker } from './worker.ts';

/** Beginnings of partition keys (docs/architecture.md, "One table"), and what a function may do under each. */
export interface TableAccess {
  readonly reads?: readonly string[];
  readonly writes?: readonly string[];
  /** What is not a record of anything: timers, and lists of what is open or waits. */
  readonly removes?: readonly string[];
}

const READ = ['dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:Query', 'dynamodb:ConditionCheckItem'];
const WRITE = ['dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:ConditionCheckItem'];

/** The one table. It outlives the stack, and nothing in it expires. */
export class RecordTable extends Construct {
  readonly table: TableV2;

  constructor(scope: Construct, id: string, key: IKey) {
    super(scope, id);
    this.table = new TableV2(this, 'Table', {
      tableName: 'two-eye',
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      sortKey: { name: 'sk', type: AttributeType.STRING },
      billing: Billing.onDemand(),
      encryption: TableEncryptionV2.customerManagedKey(key),
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true, recoveryPeriodInDays: 35 },
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
      dynamoStream: StreamViewType.NEW_AND_OLD_IMAGES,
    });
  }

  /** The table's name and the right to parts of it, by the keys' beginnings: one function cannot write what another answers for. */
  giveTo(worker: Worker, access: TableAccess): void {
    worker.fn.addEnvironment('TABLE_NAME', this.table.tableName);
    this.allow(worker, READ, access.reads);
    this.allow(worker, WRITE, access.writes);
    this.allow(worker, ['dynamodb:DeleteItem'], access.removes);
    this.table.encryptionKey?.grantEncryptDecrypt(worker.fn);
  }

  private allow(worker: Worker, actions: readonly string[], beginnings: readonly string[] = []): void {
    if (beginnings.length === 0) return;
    worker.fn.addToRolePolicy(
      new PolicyStatement({
        effect: Effect.ALLOW,
        actions: [...actions],
        resources: [this.table.tableArn],
        conditions: {
          'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [...beginnings] },
          // ForAllValues holds for a request without keys; this one does not.
          Null: { 'dynamodb:LeadingKeys': 'false' },
        },
      }),
    );
  }
}
