import type { Write } from '../../../lambdas/edge/table.ts';
import type { Edges, SlackWork } from './edges.ts';

type Bug = (right: SlackWork) => SlackWork;

/** Bugs made by hand in how people ask and answer. Every one must be caught. */
export const ASKING_SABOTAGE: Readonly<Record<string, Bug>> = {
  'what fails is not tried again': (right) => (work, edges) => right(work, edges).catch(() => undefined),
  'whoever asked may answer': (right) => (work, edges) =>
    right(
      work.twoEye === 'request' && work.verb === 'approve' ? { ...work, by: { ...work.by, user: 'U01BEN' } } : work,
      edges,
    ),
  'a click counts when it is worked on, not when it was made': (right) => (work, edges) =>
    right('by' in work ? { ...work, by: { ...work.by, at: edges.now() + 30 * 60_000 } } : work, edges),
  'requests are written over whatever is there': edged((edges) => ({
    ...edges,
    table: { ...edges.table, transact: (writes) => edges.table.transact(writes.map(unconditional)) },
  })),
  'no timer is planned': edged((edges) => ({
    ...edges,
    table: {
      ...edges.table,
      transact: async (writes) => {
        const left = writes.filter(({ key }) => !key.pk.startsWith('TIMER#'));
        return left.length === 0 ? { outcome: 'committed' } : edges.table.transact(left);
      },
    },
  })),
  'an answer causes no judging': edged((edges) => ({ ...edges, toAccess: async () => undefined })),
  'a message that exists is not changed': edged((edges) => ({
    ...edges,
    slack: { ...edges.slack, update: async (posted) => ({ outcome: 'ok', value: posted }) },
  })),
  'whoever was picked is not asked': edged((edges) => ({
    ...edges,
    slack: {
      ...edges.slack,
      post: async (message) =>
        message.channel === 'U01BEN'
          ? { outcome: 'ok', value: { channel: message.channel, ts: 'never' } }
          : edges.slack.post(message),
    },
  })),
  'a refusal is whispered to nobody': edged((edges) => ({
    ...edges,
    slack: {
      ...edges.slack,
      call: async (method, args) =>
        method === 'chat.postEphemeral' ? { outcome: 'ok', value: {} as never } : edges.slack.call(method, args),
    },
  })),
};

function edged(change: (edges: Edges) => Edges): Bug {
  return (right) => (work, edges) => right(work, change(edges));
}

function unconditional(write: Write): Write {
  if (write.write !== 'put' || !write.key.sk.startsWith('REQUEST#')) return write;
  const { version: _, ...rest } = write;
  return rest;
}
