import { spawn } from 'node:child_process';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';

/** Seconds from `npm start` (without its stories) until the sandbox answers; `runs` times, the median. */
export async function sandboxStart(runs: number): Promise<void> {
  const seconds: number[] = [];
  for (let run = 0; run < runs; run += 1) seconds.push(await oneStart());
  const median = seconds.toSorted((one, other) => one - other)[runs >> 1] ?? 0;
  console.log(`the sandbox is up after ${median.toFixed(1)} s (median of ${runs})`);
}

async function oneStart(): Promise<number> {
  const port = await freePort();
  const began = performance.now();
  const child = spawn(process.execPath, ['sandbox/start.ts', '--port', String(port), '--no-story'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise<void>((up, failed) => {
    child.stdout.on('data', (chunk: Buffer) => {
      if (chunk.toString().includes('two-eye is up')) up();
    });
    child.on('close', (code) => failed(new Error(`The sandbox ended with ${code} before it was up.`)));
  });
  const seconds = (performance.now() - began) / 1_000;
  child.removeAllListeners('close');
  const ended = new Promise((close) => child.on('close', close));
  child.kill('SIGTERM');
  await ended;
  return seconds;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
}
