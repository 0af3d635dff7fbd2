import { TwoEyeError } from './core/errors.ts';
import type { DueWork } from './core/messages.ts';
import type { Policy } from './core/policy.ts';
import type { SlackJob } from './core/slack-job.ts';
import { compiledPolicy } from './edge/compiled-policy.ts';
import { type QueueRecord, sqsHandler } from './edge/lambda-shell.ts';
import { callSlack } from './edge/slack.ts';
import { speak } from './slack/findings.ts';
import { publishHome, sendStatus } from './slack/mine.ts';
import { endPin, pin, pinDue } from './slack/pins.ts';
import { ask, decide, requestDue } from './slack/requests.ts';
import { took, whisper } from './slack/tell.ts';

/** Called by AWS: everything that people do in Slack and that takes longer than an answer may. */
export const handler = sqsHandler(() => ({ policy: compiledPolicy }), everyRecord);

/** Every piece of work. A failure is thrown, the queue brings the work again, and each step finds what it has already done. */
async function everyRecord({ body }: QueueRecord, services: { readonly policy: () => Policy }): Promise<void> {
  const policy = services.policy();
  const job = jobOf(body);
  switch (job.twoEye) {
    case 'ask': {
      const asked = await ask(job.key, job.by, job.ask, job.via, policy);
      return asked.outcome === 'refused' ? whisper(job.by, asked.why) : undefined;
    }
    case 'step':
      return step(job, policy);
    case 'request':
      await decide(job, policy);
      // Without a channel it was clicked on the App Home, which does not change by itself.
      return job.by.channel === undefined ? publishHome(job.by, policy) : undefined;
    case 'finding':
      return speak(job, policy);
    case 'pin':
      return pin(job.key, job.by, job.pin, policy);
    case 'pin-end':
      return endPin(job.by, job.pin, policy);
    case 'home':
      return publishHome(job.by, policy);
    case 'status':
      return sendStatus(job.by, policy);
    case 'due':
      return due(job, policy);
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
async function step(job: SlackJob & { twoEye: 'step' }, policy: Policy): Promise<void> {
  const asked = await ask(job.key, job.by, job.ask, 'step', policy);
  const run = { function_execution_id: job.execution };
  const result =
    asked.outcome === 'asked'
      ? await callSlack('functions.completeSuccess', { ...run, outputs: { request: asked.request.id } })
      : await callSlack('functions.completeError', { ...run, error: asked.why });
  if (result.outcome === 'refused' && result.code === 'execution_not_in_running_state') return;
  took(result);
}

async function due({ timer }: DueWork, policy: Policy): Promise<void> {
  if (timer.what === 'pin-over') return pinDue(timer.id, policy);
  if (timer.what === 'remind' || timer.what === 'lapse')
    return requestDue(timer.what, timer.about, timer.id, timer.dueAt, policy);
}
