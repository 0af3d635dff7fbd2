import type { SlackWorkServices } from '../../../lambdas/slack/services.ts';
import { slackWork } from '../../../lambdas/slack-work.ts';
import type { Seams } from '../world.ts';

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
