/** Beginnings of partition keys (docs/architecture.md, "One table"), and what a function may do under each. */
export interface TableAccess {
  readonly reads?: readonly string[];
  readonly writes?: readonly string[];
  /** What is not a record of anything: timers, and lists of what is open or waits. */
  readonly removes?: readonly string[];
}

/** What each kind of access is in IAM's words. A transaction needs the action of each of its parts. */
export const TABLE_ACTIONS = {
  reads: ['dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:Query', 'dynamodb:ConditionCheckItem'],
  writes: ['dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:ConditionCheckItem'],
  removes: ['dynamodb:DeleteItem'],
} as const satisfies Readonly<Record<keyof TableAccess, readonly string[]>>;

/**
 * Who reads and writes what of the table (docs/architecture.md). The rule that everything rests on: `on-access` alone
 * writes ledgers, and cannot write what people say; the functions of people write that, and cannot write a ledger.
 */
export const TABLE_ACCESS = {
  'on-access': {
    reads: [
      'LEDGER#*',
      'APPROVALS#*',
      'PINS',
      'EVENT#*',
      'PAIR#*',
      'SESSION#*',
      'LIVE#*',
      'WAITING#*',
      'OPEN#*',
      'STATE#*',
    ],
    writes: ['LEDGER#*', 'EVENT#*', 'PAIR#*', 'SESSION#*', 'LIVE#*', 'WAITING#*', 'OPEN#*', 'TIMER#*'],
    removes: ['WAITING#*', 'TIMER#*'],
  },
  'slack-work': {
    reads: ['APPROVALS#*', 'PINS', 'LEDGER#*', 'OPEN#*', 'TOLD#*', 'STATE#*'],
    writes: ['APPROVALS#*', 'PINS', 'TIMER#*', 'TOLD#*', 'STATE#asking-*', 'STATE#asked-*', 'STATE#channel#*'],
    removes: ['TIMER#*'],
  },
  'on-pagerduty': {
    reads: ['TOLD#*', 'LEDGER#*', 'APPROVALS#*'],
    writes: ['APPROVALS#*', 'TOLD#*', 'TIMER#*'],
    removes: ['TIMER#*'],
  },
  ping: {
    reads: ['TOLD#*', 'STATE#*', 'LEDGER#*', 'APPROVALS#*'],
    writes: ['TOLD#*', 'STATE#channel#*', 'STATE#notice#*', 'TIMER#*'],
    removes: [],
  },
  page: {
    reads: ['TOLD#*', 'STATE#*', 'LEDGER#*'],
    writes: ['TOLD#*', 'TIMER#*', 'STATE#pages#*'],
    removes: [],
  },
  reconcile: { reads: ['EVENT#*'], writes: [], removes: [] },
  'self-check': { reads: ['STATE#policy', 'OPEN#*', 'LEDGER#*'], writes: ['STATE#policy'], removes: [] },
  report: { reads: ['LEDGER#*', 'APPROVALS#*', 'OPEN#*'], writes: [], removes: [] },
  sweep: {
    reads: ['TIMER#*', 'TOLD#*', 'STATE#*', 'LEDGER#*', 'OPEN#*'],
    writes: ['TIMER#*', 'TOLD#*', 'STATE#sweep#*', 'APPROVALS#*'],
    removes: ['TIMER#*'],
  },
} as const satisfies Readonly<Record<string, TableAccess>>;
