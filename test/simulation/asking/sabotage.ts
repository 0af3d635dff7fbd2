import { answer } from '../../../lambdas/on-slack.ts';
import type { SlackWorkServices } from '../../../lambdas/slack/services.ts';
import { slackWork } from '../../../lambdas/slack-work.ts';
import { httpApiEvent } from '../../../sandbox/stand-ins/http-api-event.ts';
import { signed } from '../../../sandbox/stand-ins/slack-acting.ts';
import type { Seams } from '../seams.ts';
import { SIGNING_SECRET } from './client.ts';

/** Bugs made by hand in how `on-slack` answers. */
const ANSWERING: Readonly<Record<string, typeof answer>> = {
  'a click that cannot be handed on is answered all the same': (event, services) =>
    answer(event, { ...services, enqueue: (job) => services.enqueue(job).catch(() => undefined) }),
  'a form that does not open is not said': (event, services) =>
    answer(event, { ...services, slack: async (...call) => ({ ...(await services.slack(...call)), ok: true }) }),
  'whoever sends it, it is Slack': (event, services) => {
    const type = event.headers['content-type'] ?? '';
    const body = Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8').toString();
    return answer(httpApiEvent(signed(SIGNING_SECRET, services.now(), body, type)), services);
  },
};

/** Bugs made by hand in how people ask and answer. Every one must be caught. */
export const ASKING_SABOTAGE: Readonly<Record<string, Partial<Seams>>> = {
  'work of the Slack queue that fails is not tried again': asking((work, services) =>
    slackWork(work, services).catch(() => undefined),
  ),
  'whoever asked may answer': asking((work, services) => {
    const isYes = work.twoEye === 'request' && work.verb === 'approve';
    return slackWork(isYes ? { ...work, by: { ...work.by, user: 'U01BEN' } } : work, services);
  }),
  'a click counts from when it is worked on': asking((work, services) =>
    slackWork('by' in work ? { ...work, by: { ...work.by, at: services.now() } } : work, services),
  ),
  'requests are written over whatever is there': served((services) => ({
    ...services,
    updateRequest: async (request) => {
      const there = await services.readRequest(request.actor, request.id);
      return services.updateRequest(request, there?.version ?? 0);
    },
  })),
  'no timer of a request is planned': served((services) => ({ ...services, putTimer: async () => undefined })),
  'an answer causes no judging': served((services) => ({ ...services, enqueueAccess: async () => undefined })),
  'a message that is there is not changed': served((services) => ({
    ...services,
    updateMessage: async (posted) => ({ outcome: 'ok', value: posted }),
  })),
  'whoever was picked is not asked': served((services) => ({
    ...services,
    postMessage: async (message) =>
      message.channel === 'U01BEN'
        ? { outcome: 'ok', value: { channel: message.channel, ts: 'never' } }
        : services.postMessage(message),
  })),
  ...Object.fromEntries(
    Object.entries(ANSWERING).map(([bug, onSlack]) => [bug, { actBy: 'asking', onSlack } satisfies Partial<Seams>]),
  ),
  'a message that a run may have posted is not looked for': served((services) => ({
    ...services,
    findMessage: async () => ({ outcome: 'ok', value: undefined }),
  })),
  'a message is not noted before it is posted': served((services) => ({
    ...services,
    writeTold: async (about, where, value, version) => {
      const isTried = typeof value === 'object' && value !== null && 'triedAt' in value;
      return isTried ? { outcome: 'replaced' } : services.writeTold(about, where, value, Math.max(0, version - 1));
    },
  })),
  'a refusal is whispered to nobody': served((services) => ({
    ...services,
    callSlack: async (method, args) =>
      method === 'chat.postEphemeral' ? { outcome: 'ok', value: {} as never } : services.callSlack(method, args),
  })),
};

function asking(wrong: typeof slackWork): Partial<Seams> {
  return { actBy: 'asking', slackWork: wrong };
}

function served(wrong: (services: SlackWorkServices) => SlackWorkServices): Partial<Seams> {
  return asking((work, services) => slackWork(work, wrong(services)));
}
