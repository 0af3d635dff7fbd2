import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { QueueMessage } from '../../lambdas/core/messages.ts';
import { readInput } from '../../lambdas/core/read.ts';
import { onDatabaseLog } from '../../lambdas/on-database-log.ts';
import { testPolicy } from '../support/policies.ts';

const policy = testPolicy();
const line = (user: string) =>
  `2026-11-24 10:00:00 UTC:10.0.1.100(33906):${user}@notifydb:[21540]:LOG:  connection authorized: user=${user} database=notifydb`;

const subscription = (over: object = {}) => {
  const logEvents = ['write', 'readonly', 'admin'].map((user, index) => ({
    id: `event-${index}`,
    timestamp: Date.UTC(2026, 10, 24, 10),
    message: line(user),
  }));
  const payload = {
    messageType: 'DATA_MESSAGE',
    owner: '111111111111',
    logGroup: '/aws/rds/instance/notifydb/postgresql',
    logEvents,
    ...over,
  };
  return { awslogs: { data: gzipSync(JSON.stringify(payload)).toString('base64') } };
};

async function sentFor(event: { awslogs: { data: string } }): Promise<readonly QueueMessage[]> {
  const sent: QueueMessage[] = [];
  const send = async (message: QueueMessage) => {
    sent.push(message);
  };
  await onDatabaseLog(event, { policy, region: 'eu-west-1', send });
  return sent;
}

describe('on-database-log', () => {
  it('sends a session for each watched user, which is then read as a use of the target', async () => {
    const sent = await sentFor(subscription());
    expect(sent.map((message) => (message.twoEye === 'database-session' ? message.session.user : ''))).toEqual([
      'write',
      'admin',
    ]);
    for (const message of sent) {
      expect(readInput(message, policy)).toMatchObject([
        { outcome: 'access', record: { target: 'notify-prod-db-write', actor: 'unknown' } },
      ]);
    }
  });

  it.each(['a@b', 'x LOG:  y', 'a\n\tb'])(
    'sends a session in a database of the name %j, in doubt',
    async (database) => {
      const prefix = `2026-11-24 10:00:00 UTC:10.0.1.100(33906):write@${database}:[21540]:LOG:  `;
      const message = `${prefix}connection authorized: user=write database=${database.replaceAll('\n', '\n\t')}`;
      const sent = await sentFor(subscription({ logEvents: [{ id: 'e', timestamp: 1, message }] }));
      expect(sent).toMatchObject([{ session: { key: 'e', doubtful: 'yes' } }]);
    },
  );

  it('sends nothing for a control message, nor for a log that nobody watches', async () => {
    expect(await sentFor(subscription({ messageType: 'CONTROL_MESSAGE' }))).toEqual([]);
    expect(await sentFor(subscription({ logGroup: '/aws/rds/instance/other/postgresql' }))).toEqual([]);
  });

  it.each([
    ['is not packed', { awslogs: { data: 'x' } }],
    ['has no log events', subscription({ logEvents: 'none' })],
    ['has a log event without an id', subscription({ logEvents: [{ timestamp: 1 }] })],
  ])('throws, so that it is delivered again and then loud, when a subscription %s', async (_, event) => {
    await expect(sentFor(event)).rejects.toMatchObject({ code: 'unreadable_input' });
  });

  it('throws when the queue does not take a session', async () => {
    const send = () => Promise.reject(new Error('no'));
    await expect(onDatabaseLog(subscription(), { policy, region: 'eu-west-1', send })).rejects.toThrow('no');
  });
});
