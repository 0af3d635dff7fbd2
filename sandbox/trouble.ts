import { MINUTE_MS, type Milliseconds } from '../lambdas/core/time.ts';

/** What goes wrong on purpose. */
export interface Trouble {
  readonly slack: 'fine' | 'down';
  readonly pagerduty: 'fine' | 'down';
  readonly table: 'fine' | 'throttled';
  readonly delivery: Delivery;
}

/** How CloudTrail's records arrive: each twice, all late, or in another order than they happened. */
export interface Delivery {
  readonly duplicates: boolean;
  readonly delayMs: Milliseconds;
  readonly reorder: boolean;
}

export const NO_TROUBLE: Trouble = {
  slack: 'fine',
  pagerduty: 'fine',
  table: 'fine',
  delivery: { duplicates: false, delayMs: 0, reorder: false },
};

const DEFAULT_DELAY_MS = 5 * MINUTE_MS;
const NAMES = ['slack', 'pagerduty', 'table', 'delivery'];

/**
 * The trouble after a change, `{"slack":"down","delivery":["duplicates","delay"]}`: what is not named stays as it is.
 * `true` is the usual trouble, `false`, `null`, `"fine"`, `"ok"`, `"none"` or `"off"` none. A name or value that is not known is an error (a sentence).
 */
export function changeTrouble(trouble: Trouble, change: unknown): Trouble | string {
  if (typeof change !== 'object' || change === null) return 'The body must be an object such as {"slack":"down"}.';
  const unknown = Object.keys(change).find((name) => !NAMES.includes(name));
  if (unknown !== undefined) return `There is no trouble "${unknown}"; there are ${NAMES.join(', ')}.`;
  const wanted = change as Record<string, unknown>;
  const delivery = 'delivery' in wanted ? deliveryOf(wanted.delivery) : trouble.delivery;
  if (typeof delivery === 'string') return delivery;
  return {
    slack: 'slack' in wanted ? (isFine(wanted.slack) ? 'fine' : 'down') : trouble.slack,
    pagerduty: 'pagerduty' in wanted ? (isFine(wanted.pagerduty) ? 'fine' : 'down') : trouble.pagerduty,
    table: 'table' in wanted ? (isFine(wanted.table) ? 'fine' : 'throttled') : trouble.table,
    delivery,
  };
}

const FINE = new Set<unknown>([false, null, undefined, 'fine', 'ok', 'none', 'off', 'up', '']);
const isFine = (value: unknown): boolean => FINE.has(value);

function deliveryOf(value: unknown): Delivery | string {
  if (isFine(value)) return NO_TROUBLE.delivery;
  if (value === true) return { duplicates: true, delayMs: DEFAULT_DELAY_MS, reorder: true };
  if (typeof value === 'string') return named(value.split(/[\s,]+/));
  if (Array.isArray(value)) return named(value.map(String));
  if (typeof value !== 'object') return 'delivery must name duplicates, delay or reorder.';
  const { duplicates, duplicate, delayMs, delay, delaySeconds, reorder } = value as Record<string, unknown>;
  const plainDelay = delay === true ? DEFAULT_DELAY_MS : typeof delay === 'number' ? delay : 0;
  const seconds = typeof delaySeconds === 'number' ? delaySeconds * 1000 : plainDelay;
  return {
    duplicates: !isFine(duplicates ?? duplicate),
    delayMs: typeof delayMs === 'number' ? delayMs : seconds,
    reorder: !isFine(reorder),
  };
}

const WORDS: Readonly<Record<string, Partial<Delivery>>> = {
  duplicates: { duplicates: true },
  duplicate: { duplicates: true },
  delay: { delayMs: DEFAULT_DELAY_MS },
  delayed: { delayMs: DEFAULT_DELAY_MS },
  late: { delayMs: DEFAULT_DELAY_MS },
  reorder: { reorder: true },
  reordered: { reorder: true },
};

function named(words: readonly string[]): Delivery | string {
  let delivery = NO_TROUBLE.delivery;
  for (const word of words.filter((each) => each !== '')) {
    const part = WORDS[word];
    if (part === undefined) return `There is no delivery trouble "${word}"; there are duplicates, delay, reorder.`;
    delivery = { ...delivery, ...part };
  }
  return delivery;
}
