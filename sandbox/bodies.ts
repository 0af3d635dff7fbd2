import { z } from 'zod';
import type { Policy } from '../lambdas/core/policy.ts';
import { HOUR_MS } from '../lambdas/core/time.ts';
import { DOINGS } from './acts.ts';
import { fields, listed, named } from './checked.ts';
import { durationOf } from './duration.ts';
import type { Act as SlackAct } from './stand-ins/slack-acting.ts';

// What the control API of docs/sandbox.md takes.

const { exactOptional } = z;
const word = (remedy: string) => z.string({ error: remedy }).min(1, { error: remedy });

/** Somebody does something; without a target, to the policy's first. */
export function actBody({ people, targets }: Policy) {
  return fields({
    by: named(`give the id of a person in the policy, such as ${people[0]?.id}.`, (name) =>
      people.find(({ id, aliases }) => id === name || aliases.includes(name)),
    ),
    doing: z.enum(DOINGS, { error: `give ${listed(DOINGS)}.` }).default('assume-role'),
    target: exactOptional(
      named(`give ${listed(targets.map(({ id }) => id))}.`, (name) => targets.find(({ id }) => id === name)),
    ),
  });
}

export const pagerDutyBody = fields({
  action: z.enum(['acknowledge', 'resolve'], { error: 'give acknowledge or resolve.' }),
  dedupKey: word('give the dedupKey of an incident of GET /api/pagerduty.'),
  by: word('give the e-mail of whoever does it.'),
});

/** Of a month every minute of the schedules has to be lived through: it takes some seconds, and longer times as many more. */
const LONGEST_ADVANCE_MS = 30 * 24 * HOUR_MS;
/** A Slack time stamp has microseconds, which beyond the year 2255 are more than a number holds. */
const END_OF_TIME = Date.UTC(2200, 0, 1);
const INSTANT = { error: 'give an instant from 1970 to 2199, such as 2026-12-26T03:00:00Z, or its milliseconds.' };
const ADVANCE = { error: 'give a length of time of 30 days at most, such as 15m, PT15M or milliseconds.' };
const SPEED = { error: 'give a number from 0, which stands still, to 600.' };

const instant = z
  .union([z.iso.datetime({ offset: true }).transform((text) => Date.parse(text)), z.number()], INSTANT)
  .refine((at) => at >= 0 && at < END_OF_TIME, INSTANT);

const lengthOfTime = z
  .union([z.string(), z.number()], ADVANCE)
  .transform((given) => durationOf(given) ?? Number.NaN)
  .refine((ms) => ms <= LONGEST_ADVANCE_MS, ADVANCE);

export const clockBody = fields({
  at: exactOptional(instant),
  advance: exactOptional(lengthOfTime),
  speed: exactOptional(z.number(SPEED).min(0, SPEED).max(600, SPEED)),
}).refine((body) => Object.keys(body).length > 0, { error: 'give at, advance or speed.' });

const text = z.string({ error: 'give a text.' });
const channel = word('give the id of a channel.');
const actionId = word('give the action id of a button or field.');
const values = z.record(
  z.string(),
  z.union([z.string(), z.array(z.string())], { error: 'give a text or a list of texts.' }),
  {
    error: 'give an object of texts by action id.',
  },
);

const slackAct = <N extends SlackAct['act'], T extends z.core.$ZodLooseShape>(name: N, shape: T) =>
  fields({ act: z.literal(name), ...shape });

const SLACK_ACTS = [
  slackAct('command', { text, command: exactOptional(text), channel: exactOptional(channel) }),
  slackAct('shortcut', { callbackId: exactOptional(text) }),
  slackAct('click', { channel, actionId, ts: exactOptional(text) }),
  slackAct('click-home', { actionId, value: exactOptional(text) }),
  slackAct('submit', { values, view: exactOptional(text) }),
  slackAct('suggest', { actionId, values: exactOptional(values), query: exactOptional(text) }),
  slackAct('close', { view: exactOptional(text) }),
  slackAct('open-home', {}),
  slackAct('run-step', { inputs: z.record(z.string(), z.unknown()), execution: exactOptional(text) }),
] as const;

export const slackBody: z.ZodType<SlackAct> = z.discriminatedUnion('act', SLACK_ACTS, {
  error: `give ${listed(SLACK_ACTS.map(({ shape }) => shape.act.value))}.`,
});
