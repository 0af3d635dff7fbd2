import { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, Billing, StreamViewType, TableEncryptionV2, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { TABLE_ACTIONS, type TableAccess } from './table-access.ts';
import type { Worker } from './worker.ts';

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
    this.allow(worker, TABLE_ACTIONS.reads, access.reads);
    this.allow(worker, TABLE_ACTIONS.writes, access.writes);
    this.allow(worker, TABLE_ACTIONS.removes, access.removes);
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
