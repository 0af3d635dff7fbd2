import { z } from 'zod';
import { MINUTE_MS, type Milliseconds } from '../lambdas/core/time.ts';
import { fields } from './checked.ts';

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
const ALL_DELIVERY: Delivery = { duplicates: true, delayMs: DEFAULT_DELAY_MS, reorder: true };

const none = z.literal([false, null, 'fine', 'ok', 'none', 'off', 'up', '']);
const flag = z.union([none.transform(() => false), z.literal(true)], { error: 'give true or false.' });
const amount = z.number({ error: 'give a number, 0 or more.' }).min(0, { error: 'give a number, 0 or more.' });

function oneOf<W extends string>(word: W) {
  const wrong = z.literal([true, word]).transform(() => word);
  return z.union([none.transform(() => 'fine' as const), wrong], { error: `give ${word} or fine.` });
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

const words = z
  .union([z.string().transform((text) => text.split(/[\s,]+/)), z.array(z.string())])
  .transform((all) => all.filter((word) => word !== ''))
  .refine((all) => all.every((word) => Object.hasOwn(WORDS, word)))
  .transform((all): Delivery => all.reduce((sum, word) => ({ ...sum, ...WORDS[word] }), NO_TROUBLE.delivery));

const amounts = fields({
  duplicates: flag.optional(),
  duplicate: flag.optional(),
  delayMs: amount.optional(),
  delaySeconds: amount.optional(),
  delay: z.union([flag, amount], { error: 'give true, false or milliseconds.' }).optional(),
  reorder: flag.optional(),
}).transform(({ duplicates, duplicate, delayMs, delaySeconds, delay, reorder }): Delivery => {
  const plainMs = delay === true ? DEFAULT_DELAY_MS : delay || 0;
  return {
    duplicates: duplicates ?? duplicate ?? false,
    delayMs: delayMs ?? (delaySeconds === undefined ? plainMs : delaySeconds * 1_000),
    reorder: reorder ?? false,
  };
});

const delivery = z.union(
  [none.transform(() => NO_TROUBLE.delivery), z.literal(true).transform(() => ALL_DELIVERY), words, amounts],
  { error: 'give duplicates, delay or reorder, several as a list, or fine.' },
);

/**
 * A change of trouble, `{"slack":"down","delivery":["duplicates","delay"]}`: what is not named stays as it is. `true` is the usual
 * trouble, `false`, `null`, `"fine"`, `"ok"`, `"none"` or `"off"` none.
 */
export const troubleBody = fields({
  slack: z.exactOptional(oneOf('down')),
  pagerduty: z.exactOptional(oneOf('down')),
  table: z.exactOptional(oneOf('throttled')),
  delivery: z.exactOptional(delivery),
});
