import type { SlackJob } from '../../../lambdas/core/slack-job.ts';
import { MINUTE_MS, SECOND_MS } from '../../../lambdas/core/time.ts';
import type { answer, OnSlackServices } from '../../../lambdas/on-slack.ts';
import { httpApiEvent } from '../../../sandbox/stand-ins/http-api-event.ts';
import { type Act, requestFor } from '../../../sandbox/stand-ins/slack-acting.ts';
import type { SlackWorkspace } from '../../../sandbox/stand-ins/slack-workspace.ts';
import type { Random } from '../random.ts';
import type { Clock, Life } from '../scheduler.ts';

export const SIGNING_SECRET = 'signs in the simulation';
const signingSecret = async () => SIGNING_SECRET;
/** So long Slack waits for an answer; then it says that something went wrong. */
const SLACK_WAITS_MS = 3 * SECOND_MS;
/** Somebody to whom Slack says so tries again so many times. */
const TRIES = 20;

type Does = Exclude<Act, { act: 'close' }>;

/** What somebody goes on to do. */
interface Then {
  /** What they fill in when a form opens. */
  readonly form?: Readonly<Record<string, string | readonly string[]>>;
  /** Told of each piece of work that was handed on. */
  readonly heard?: (job: SlackJob) => void;
}

export interface Client {
  readonly act: (user: string, does: Does, then?: Then) => void;
  /** Somebody who is not Slack sends what Slack would. */
  readonly forge: (user: string, does: Does) => void;
  /** What was met with silence, and what was believed of somebody who is not Slack. */
  readonly wrongs: readonly string[];
}

export interface Served {
  readonly workspace: SlackWorkspace;
  readonly onSlack: typeof answer;
  readonly services: (life: Life) => Omit<OnSlackServices, 'enqueue' | 'signingSecret'>;
  readonly enqueue: (job: SlackJob, life: Life) => Promise<void>;
}

/** Slack between people and `on-slack`: they press what is shown to them, Slack signs and sends it, and says so when it is not answered. */
export function simulatedClient(clock: Clock, random: Random, { workspace, onSlack, ...served }: Served): Client {
  const wrongs: string[] = [];

  const act = (user: string, does: Does, then: Then = {}, tries = TRIES): void => {
    // A telephone that is out of reach sends later what was pressed, and on what was shown then.
    const sentAt = clock.now() + random.below(random.chance(0.1) ? 3 * MINUTE_MS : SECOND_MS);
    const acted = requestFor(workspace, SIGNING_SECRET, user, does, sentAt);
    if (acted.outcome === 'impossible') return;
    clock.note(() => `${user} does ${JSON.stringify(does)}`);
    clock.plan(sentAt, () => {
      const [startedAt, before] = [clock.now(), new Set(workspace.modals)];
      const seen = { isHandedOn: false, status: 0, body: '' };
      const handOn = async (job: SlackJob, life: Life) => {
        await served.enqueue(job, life);
        seen.isHandedOn = true;
        then.heard?.(job);
      };
      clock.start(
        'on-slack',
        async (life) => {
          const services = { ...served.services(life), signingSecret, enqueue: (job: SlackJob) => handOn(job, life) };
          const { statusCode, body } = await onSlack(httpApiEvent(acted.request), services);
          Object.assign(seen, { status: statusCode, body });
        },
        (outcome) => {
          const opened = workspace.modals.find((each) => each.user === user && !before.has(each));
          if (opened) return fill(user, opened.id, then);
          const isAnswered = outcome === 'done' && seen.status === 200 && clock.now() - startedAt <= SLACK_WAITS_MS;
          const isTold = isAnswered && seen.body !== '';
          // Slack says that it went wrong, or two-eye does.
          if (!isAnswered || seen.body.includes('could not be opened')) return again(user, does, then, tries);
          if (acted.modal && !isTold) workspace.modals.splice(workspace.modals.indexOf(acted.modal), 1);
          if (!isTold && !seen.isHandedOn) wrongs.push(`${user} did ${JSON.stringify(does)} and nothing came of it`);
        },
      );
    });
  };
  const again = (user: string, does: Does, then: Then, tries: number) => {
    if (tries > 0) clock.plan(clock.now() + random.below(2 * MINUTE_MS), () => act(user, does, then, tries - 1));
  };
  const fill = (user: string, view: string, { form = {}, heard }: Then) =>
    clock.plan(clock.now() + random.below(MINUTE_MS), () =>
      act(user, { act: 'submit', values: form, view }, heard ? { heard } : {}),
    );

  const forge = (user: string, does: Does): void => {
    const acted = requestFor(workspace, 'of somebody else', user, does, clock.now());
    if (acted.outcome === 'impossible') return;
    const enqueue = async () => void wrongs.push(`${JSON.stringify(does)}, which Slack did not send, was believed`);
    clock.start(
      'on-slack',
      async (life) => {
        const services = { ...served.services(life), signingSecret, enqueue };
        const { statusCode } = await onSlack(httpApiEvent(acted.request), services);
        if (statusCode === 200) await enqueue();
      },
      () => undefined,
    );
  };

  return { act, forge, wrongs };
}
