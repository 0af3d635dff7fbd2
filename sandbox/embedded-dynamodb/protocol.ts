/** DynamoDB's JSON protocol, as far as the embedded one speaks it itself. */

/** `{ "S": "text" }`, `{ "N": "1" }` …: told apart by nobody here. */
export type AttributeValue = Readonly<Record<string, unknown>>;
export type Attributes = Readonly<Record<string, AttributeValue>>;

/** What an operation may say; only what is looked at is named. */
export interface Operation {
  readonly TableName?: string;
  readonly Key?: Attributes;
  readonly Item?: Attributes;
  readonly ReturnValuesOnConditionCheckFailure?: 'ALL_OLD' | 'NONE';
  readonly [parameter: string]: unknown;
}

export interface Reply {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Sends one request to dynalite, with the caller's own headers. */
export type Ask = (action: string, operation: Operation) => Promise<Reply>;

export type ErrorName =
  | 'ConditionalCheckFailedException'
  | 'IdempotentParameterMismatchException'
  | 'TransactionCanceledException'
  | 'ValidationException';

/** A refusal in DynamoDB's form. */
export function refusal(name: ErrorName, message: string, more: Readonly<Record<string, unknown>> = {}): Reply {
  const [space, field] =
    name === 'ValidationException'
      ? ['com.amazon.coral.validate', 'message']
      : ['com.amazonaws.dynamodb.v20120810', 'Message'];
  return { status: 400, body: { __type: `${space}#${name}`, [field]: message, ...more } };
}

/** `ConditionalCheckFailedException` of `com.amazonaws…#ConditionalCheckFailedException`; `undefined` when all went well. */
export function errorName(reply: Reply): string | undefined {
  if (reply.status === 200) return undefined;
  return String(reply.body.__type ?? 'InternalServerError')
    .split('#')
    .at(-1);
}

export function messageOf(reply: Reply): string {
  return String(reply.body.message ?? reply.body.Message ?? '');
}
