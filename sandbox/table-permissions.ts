import { TABLE_ACCESS, TABLE_ACTIONS, type TableAccess } from '../infra/table-access.ts';

/** One thing that a request asks of the table: an action in IAM's words, and every partition key it touches. */
export interface Asked {
  readonly action: string;
  readonly leadingKeys: readonly string[];
}

type Attribute = { readonly S?: string };
type Keyed = Readonly<Record<string, Attribute>>;
interface Part {
  readonly Key?: Keyed;
  readonly Item?: Keyed;
}
interface Request extends Part {
  readonly KeyConditionExpression?: string;
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>>;
  readonly ExpressionAttributeValues?: Keyed;
  readonly RequestItems?: Readonly<Record<string, { readonly Keys?: readonly Keyed[] }>>;
  readonly TransactItems?: readonly Readonly<Record<string, Part>>[];
}

/** A transaction is allowed by the permissions of its parts. */
const PARTS: Readonly<Record<string, string>> = {
  Put: 'PutItem',
  Update: 'UpdateItem',
  Delete: 'DeleteItem',
  ConditionCheck: 'ConditionCheckItem',
  Get: 'GetItem',
};

/**
 * What IAM would be asked about one request to DynamoDB: `operation` as in `x-amz-target`, `body` its JSON. An operation that names no
 * key (a scan, a listing) has none, and no statement allows it.
 */
export function askedOf(operation: string, body: string): readonly Asked[] {
  const request = JSON.parse(body) as Request;
  const one = (leadingKeys: readonly string[]): readonly Asked[] => [{ action: `dynamodb:${operation}`, leadingKeys }];
  switch (operation) {
    case 'GetItem':
    case 'PutItem':
    case 'UpdateItem':
    case 'DeleteItem':
      return one(partitionKeys([request]));
    case 'Query':
      return one(queried(request));
    case 'BatchGetItem':
      return one(
        Object.values(request.RequestItems ?? {}).flatMap(({ Keys = [] }) =>
          partitionKeys(Keys.map((Key) => ({ Key }))),
        ),
      );
    case 'TransactWriteItems':
    case 'TransactGetItems':
      return (request.TransactItems ?? []).flatMap((item) =>
        Object.entries(item).map(([kind, part]) => ({
          action: `dynamodb:${PARTS[kind] ?? kind}`,
          leadingKeys: partitionKeys([part]),
        })),
      );
    default:
      return one([]);
  }
}

/** What of a request the function may not do; empty when IAM would let it through. */
export function refusedOf(name: string, asked: readonly Asked[]): readonly Asked[] {
  const access: TableAccess = TABLE_ACCESS[name as keyof typeof TABLE_ACCESS] ?? {};
  return asked.filter((each) => !isAllowed(access, each));
}

/** One statement has to hold every key of the request: two that hold half each do not add up. */
function isAllowed(access: TableAccess, { action, leadingKeys }: Asked): boolean {
  if (leadingKeys.length === 0) return false;
  return (['reads', 'writes', 'removes'] as const).some((kind) => {
    const actions: readonly string[] = TABLE_ACTIONS[kind];
    const beginnings = access[kind] ?? [];
    return actions.includes(action) && leadingKeys.every((key) => beginnings.some((pattern) => isLike(key, pattern)));
  });
}

/** IAM's `StringLike`: `*` for any characters, `?` for one; case counts. */
function isLike(text: string, pattern: string): boolean {
  const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`, 's').test(text);
}

function partitionKeys(parts: readonly Part[]): readonly string[] {
  return parts.flatMap(({ Key, Item }) => (Key ?? Item)?.pk?.S ?? []);
}

/** The value that the key condition compares `pk` with. */
function queried({ KeyConditionExpression = '', ...request }: Request): readonly string[] {
  const [, value = ''] = /(?:^|\W)pk\s*=\s*(:\w+)/.exec(expanded(KeyConditionExpression, request)) ?? [];
  return request.ExpressionAttributeValues?.[value]?.S === undefined
    ? []
    : [request.ExpressionAttributeValues[value].S];
}

function expanded(expression: string, { ExpressionAttributeNames: names = {} }: Request): string {
  return expression.replace(/#\w+/g, (name) => names[name] ?? name);
}
