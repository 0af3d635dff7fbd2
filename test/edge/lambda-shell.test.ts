import { describe, expect, it, vi } from 'vitest';
import { TwoEyeError } from '../../lambdas/core/errors.ts';
import { plainHandler, sqsBatchHandler, sqsHandler } from '../../lambdas/edge/lambda-shell.ts';

const batch = (...bodies: readonly string[]) => ({
  Records: bodies.map((body, index) => ({ messageId: `m${index}`, body })),
});

/** What was logged while `act` ran, one object a line. */
async function logged(act: () => Promise<unknown>): Promise<readonly Record<string, unknown>[]> {
  const lines: string[] = [];
  const spy = vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => lines.push(String(chunk)) > 0);
  await act().finally(() => spy.mockRestore());
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('the shell around a function behind a queue', () => {
  const failOn = (word: string) =>
    sqsHandler(
      () => 'services',
      async ({ body }) => {
        if (body === word) throw new TwoEyeError('dependency_failed', 'Slack did not answer');
      },
    );

  it('has only the failed records delivered again', async () => {
    let answer: unknown;
    await logged(async () => {
      answer = await failOn('bad')(batch('good', 'bad', 'good'));
    });
    expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: 'm1' }] });
  });

  it('logs a failed record once, with its code and no body', async () => {
    const lines = await logged(() => failOn('bad')(batch('bad', 'good')));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({ level: 'ERROR', code: 'dependency_failed', messageId: 'm0' });
    expect(JSON.stringify(lines)).not.toContain('"body"');
  });

  it('counts a record of which nothing was said as failed', async () => {
    const forgetful = sqsBatchHandler(
      () => 'services',
      async (records) => records.slice(1).map(({ messageId }) => ({ messageId })),
    );
    let answer: unknown;
    await logged(async () => {
      answer = await forgetful(batch('a', 'b'));
    });
    expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: 'm0' }] });
  });

  it('builds its services once, and again only when that failed', async () => {
    const builds: number[] = [];
    const handler = sqsHandler(
      () => {
        builds.push(builds.length);
        if (builds.length === 1) throw new TwoEyeError('misconfigured', 'The secret two-eye/slack is missing.');
        return 'services';
      },
      async () => undefined,
    );
    const lines = await logged(async () => {
      await expect(handler(batch('a'))).rejects.toThrow('two-eye/slack');
      await handler(batch('a'));
      await handler(batch('a'));
    });
    expect(builds).toHaveLength(2);
    expect(lines).toHaveLength(1);
  });
});

describe('the shell around a function that is called directly', () => {
  it('never turns a failure into an answer', async () => {
    const handler = plainHandler(
      () => 'services',
      async () => {
        throw new Error('boom');
      },
    );
    const lines = await logged(() => expect(handler({})).rejects.toThrow('boom'));
    expect(lines[0]).toMatchObject({ code: 'invariant_broken', error: 'Error: boom' });
  });
});
