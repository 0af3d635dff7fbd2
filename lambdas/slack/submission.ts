import type { EmergencyWhy } from '../core/approval.ts';
import { askProblems } from '../core/ask-check.ts';
import type { Policy } from '../core/policy.ts';
import { findingValue, requestValue } from '../core/request-value.ts';
import type { Ask, FindingVerb, SlackActor, SlackJob } from '../core/slack-job.ts';
import { personOfSlack } from '../core/wording/names.ts';
import { filledIn, listOf, type SlackPayload, textOf } from './interaction.ts';

/** What a submitted form becomes: work, or errors to show beside its fields. */
export type Submission =
  | { readonly outcome: 'job'; readonly job: SlackJob }
  | { readonly outcome: 'errors'; readonly errors: Readonly<Record<string, string>> };

const FINDING_VERBS: Readonly<Record<string, FindingVerb>> = {
  'finding.it-was-me': 'it-was-me',
  'finding.confirm': 'confirm',
};

/** Reads a submitted form. The view's id is the key: a form is submitted once, however often the request comes. */
export function submissionOf(payload: SlackPayload, by: SlackActor, policy: Policy): Submission | undefined {
  const key = `view/${payload.view?.id ?? ''}`;
  switch (payload.view?.callback_id) {
    case 'ask':
      return askSubmission(payload, by, key, policy);
    case 'pin':
      return pinSubmission(payload, by, key);
    default:
      return wordsSubmission(payload, by, key);
  }
}

function askSubmission(payload: SlackPayload, by: SlackActor, key: string, policy: Policy): Submission {
  const fields = filledIn(payload.view);
  const ask: Ask = {
    target: textOf(fields.target),
    reason: textOf(fields.reason),
    ...(fields.picked && { picked: textOf(fields.picked) }),
    ...(fields.ticket && { ticket: textOf(fields.ticket) }),
    ...(fields.emergency && { emergency: textOf(fields.emergency) as EmergencyWhy }),
  };
  const errors = askProblems(ask, personOfSlack(policy, by.user)?.id, policy);
  if (Object.keys(errors).length > 0) return { outcome: 'errors', errors };
  return { outcome: 'job', job: { twoEye: 'ask', key, by, ask, via: 'modal' } };
}

function pinSubmission(payload: SlackPayload, by: SlackActor, key: string): Submission {
  const fields = filledIn(payload.view);
  const people = listOf(fields.people);
  if (people.length === 0 && !fields.team)
    return { outcome: 'errors', errors: { people: 'Name somebody, or pick a team.' } };
  if (people.includes(by.user)) return { outcome: 'errors', errors: { people: 'You cannot pin yourself.' } };
  const pin = {
    people,
    targets: listOf(fields.targets),
    minutes: Number(textOf(fields.minutes)),
    reason: textOf(fields.reason),
    ...(fields.team && { team: textOf(fields.team) }),
    ...(fields.incident && { incident: textOf(fields.incident) }),
  };
  return { outcome: 'job', job: { twoEye: 'pin', key, by, pin } };
}

function wordsSubmission({ view }: SlackPayload, by: SlackActor, key: string): Submission | undefined {
  const { words, picked } = filledIn(view);
  const carried = view?.private_metadata;
  const verb = FINDING_VERBS[view?.callback_id ?? ''];
  const finding = findingValue(carried);
  const from = { ...by, ...channelIn(carried) };
  const request = requestValue(carried);
  if (view?.callback_id === 'request.decline' && request) {
    return { outcome: 'job', job: { twoEye: 'request', verb: 'decline', by: from, ...request, words: textOf(words) } };
  }
  if (!verb || !finding) return undefined;
  if (picked === by.user)
    return { outcome: 'errors', errors: { picked: 'You cannot confirm your own; pick somebody else.' } };
  const said = { words: textOf(words), ...(picked && { picked: textOf(picked) }) };
  return { outcome: 'job', job: { twoEye: 'finding', key, verb, by: from, ...finding, ...said } };
}

/** The channel in which the button was clicked that opened the form: there the reply belongs. */
function channelIn(carried: string | undefined): { readonly channel?: string } {
  const channel = /"channel":"([A-Z0-9]{1,40})"/.exec(carried ?? '')?.[1];
  return channel ? { channel } : {};
}
