import { TwoEyeError } from './core/errors.ts';
import type { DueWork } from './core/messages.ts';
import type { SlackJob } from './core/slack-job.ts';
import { now } from './edge/clock.ts';
import { compiledPolicy } from './edge/compiled-policy.ts';
import { sqsHandler } from './edge/lambda-shell.ts';
import { enqueueAccess } from './edge/queues.ts';
import { callSlack, findMessage, postMessage, updateMessage } from './edge/slack.ts';
import { membersOf, standingOf } from './edge/slack-people.ts';
import * as table from './edge/table.ts';
import { ask } from './slack/asking.ts';
import { decide } from './slack/deciding.ts';
import { speak } from './slack/findings.ts';
import { publishHome, sendStatus } from './slack/mine.ts';
import { endPin, pin, pinDue } from './slack/pins.ts';
import { requestDue } from './slack/request-due.ts';
import { type SlackWorkServices, slackWorkServices } from './slack/services.ts';
import { took, whisper } from './slack/tell.ts';

/** Called by AWS: everything that people do in Slack and that takes longer than an answer may. */
export const handler = sqsHandler(
  () => liveServices,
  ({ body }, services) => slackWork(jobOf(body), services()),
);

/** Anew for each piece of work: one process may work under one policy after the other, in tests and in the sandbox. */
function liveServices(): SlackWorkServices {
  const neighbours = { now, callSlack, postMessage, updateMessage, findMessage, standingOf, membersOf, enqueueAccess };
  return slackWorkServices({ policy: compiledPolicy(), ...neighbours }, table);
}

/** Every piece of work. A failure is thrown, the queue brings the work again, and each step finds what it has already done. */
export async function slackWork(job: SlackJob | DueWork, services: SlackWorkServices): Promise<void> {
  switch (job.twoEye) {
    case 'ask': {
      const asked = await ask(job.key, job.by, job.ask, job.via, services);
      return asked.outcome === 'refused' ? whisper(job.by, asked.why, services) : undefined;
    }
    case 'step':
      return step(job, services);
    case 'request':
      await decide(job, services);
      // Without a channel it was clicked on the App Home, which does not change by itself.
      return job.by.channel === undefined ? publishHome(job.by, services) : undefined;
    case 'finding':
      return speak(job, services);
    case 'pin':
      return pin(job.key, job.by, job.pin, services);
    case 'pin-end':
      return endPin(job.by, job.pin, services);
    case 'home':
      return publishHome(job.by, services);
    case 'status':
      return sendStatus(job.by, services);
    case 'due':
      return due(job, services);
    default:
      throw new TwoEyeError('unreadable_input', 'The Slack queue holds work of a kind that is not known.');
  }
}

function jobOf(body: string): SlackJob | DueWork {
  try {
    return JSON.parse(body) as SlackJob | DueWork;
  } catch (cause) {
    throw new TwoEyeError('unreadable_input', 'The Slack queue holds a body that is not JSON.', { cause });
  }
}

/** Makes a request only: the yes is always a signed click. The workflow is told what became of it; a run that was answered stays so. */
async function step(job: SlackJob & { twoEye: 'step' }, services: SlackWorkServices): Promise<void> {
  const asked = await ask(job.key, job.by, job.ask, 'step', services);
  const run = { function_execution_id: job.execution };
  const result =
    asked.outcome === 'asked'
      ? await services.callSlack('functions.completeSuccess', { ...run, outputs: { request: asked.request.id } })
      : await services.callSlack('functions.completeError', { ...run, error: asked.why });
  if (result.outcome === 'refused' && result.code === 'execution_not_in_running_state') return;
  took(result);
}

async function due({ timer }: DueWork, services: SlackWorkServices): Promise<void> {
  if (timer.what === 'pin-over') return pinDue(timer.id, services);
  if (timer.what === 'remind' || timer.what === 'lapse')
    return requestDue(timer.what, timer.about, timer.id, timer.dueAt, services);
}
