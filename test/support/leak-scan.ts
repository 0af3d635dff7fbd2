import { spawn } from 'node:child_process';
import { StringDecoder } from 'node:string_decoder';
import { stripVTControlCharacters } from 'node:util';

/** In every secret of the tests (`canaries.ts`, `SESSION_TOKEN`) and of a sandbox, and nowhere else in capitals: as it is, and in Base64 at any place. */
const MARKS = ['CANARY', 'Q0FOQVJZ', 'NBTkFSW', 'DQU5BUl'];

/** The marks with the secret around them, which is no part of what is shown. */
const SECRET = new RegExp(`[^\\s"']{0,200}(?:${MARKS.join('|')})[^\\s"']{0,400}`, 'g');

/** A line is looked at once it has ended; one that never ends, in pieces that overlap by more than any secret is long. */
const MOST_KEPT = 1_000_000;
const OVERLAP = 1_000;

/** The lines of a text that have a secret in them, with the secret taken out. */
export function leaksIn(text: string): readonly string[] {
  if (!MARKS.some((mark) => text.includes(mark)) && !text.includes('\u001b')) return [];
  return stripVTControlCharacters(text)
    .split('\n')
    .filter((line) => MARKS.some((mark) => line.includes(mark)))
    .map((line) => line.replace(SECRET, '[secret]').slice(0, 400));
}

export interface LeakScan {
  take(chunk: Buffer): void;
  /** When nothing more will come: every line with a secret in it. */
  end(): readonly string[];
}

/** Looks at a stream however it is cut into chunks. */
export function leakScan(): LeakScan {
  const decoder = new StringDecoder('utf8');
  const found: string[] = [];
  let rest = '';
  return {
    take(chunk) {
      rest += decoder.write(chunk);
      const end = rest.lastIndexOf('\n') + 1;
      if (end > 0) found.push(...leaksIn(rest.slice(0, end)));
      rest = rest.slice(end);
      if (rest.length <= MOST_KEPT) return;
      found.push(...leaksIn(rest));
      rest = rest.slice(-OVERLAP);
    },
    end() {
      found.push(...leaksIn(rest + decoder.end()));
      rest = '';
      return found;
    },
  };
}

export interface Ran {
  readonly code: number;
  readonly leaks: readonly string[];
}

/** Where what a command prints is passed on to. */
type Sink = NodeJS.WritableStream & { readonly isTTY?: boolean };

/** Runs a command of Node's, with all that it prints passed on as it comes and looked at for secrets. */
export async function runScanned(
  args: readonly string[],
  out: Sink = process.stdout,
  err: Sink = process.stderr,
): Promise<Ran> {
  // Whoever prints into a pipe leaves out the colours, unless it is told that they are seen in the end.
  const colour = out.isTTY && process.env.NO_COLOR === undefined ? { FORCE_COLOR: '1' } : {};
  const child = spawn(process.execPath, args, {
    stdio: ['inherit', 'pipe', 'pipe'],
    env: { ...process.env, ...colour },
  });
  const scans = [
    { from: child.stdout, to: out },
    { from: child.stderr, to: err },
  ].map(({ from, to }) => {
    const scan = leakScan();
    from.on('data', (chunk: Buffer) => scan.take(chunk));
    from.pipe(to, { end: false });
    return scan;
  });
  const code = await new Promise<number>((done, failed) => {
    child.on('error', failed);
    child.on('close', (code) => done(code ?? 1));
  });
  return { code, leaks: scans.flatMap((scan) => scan.end()) };
}
