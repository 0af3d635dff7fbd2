import type { WriteStream } from 'node:tty';
import type { Source } from '../archive/paths.ts';

/** What the person at the terminal sees while an archive is read. */
export interface Progress {
  readonly update: (bytes: number) => void;
  readonly stop: () => void;
}

const SILENT: Progress = { update: () => undefined, stop: () => undefined };

/** A bar with rate and time left on a terminal; nothing anywhere else. */
export async function progressOn(
  stream: Pick<WriteStream, 'isTTY'> & NodeJS.WritableStream,
  sources: readonly Source[],
): Promise<Progress> {
  const total = sources.reduce((sum, { size }) => sum + size, 0);
  if (!stream.isTTY || total === 0) return SILENT;
  const { default: cliProgress } = await import('cli-progress');
  const format = 'reading {bar} {percentage} % | {megabytes} MB | {rate} MB/s | {eta_formatted} left';
  const bar = new cliProgress.SingleBar(
    { stream, format, clearOnComplete: true, hideCursor: true },
    cliProgress.Presets.shades_classic,
  );
  const startedAt = performance.now();
  let done = 0;
  bar.start(total, 0, { megabytes: '0', rate: '–' });
  const update = (bytes: number): void => {
    done += bytes;
    const megabytes = done / 1e6;
    bar.update(done, {
      megabytes: megabytes.toFixed(0),
      rate: (megabytes / ((performance.now() - startedAt) / 1_000)).toFixed(0),
    });
  };
  return { update, stop: () => bar.stop() };
}
