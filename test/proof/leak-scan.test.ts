import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CANARIES, secretOf } from '../support/canaries.ts';
import { leakScan, leaksIn, runScanned } from '../support/leak-scan.ts';

const BAD = `a line\nthe token is ${CANARIES.botToken}, as it happens\nanother line`;

function scanned(chunks: readonly Buffer[]): readonly string[] {
  const scan = leakScan();
  for (const chunk of chunks) scan.take(chunk);
  return scan.end();
}

/** As what a stream gives to whoever reads it; `isTTY` is what a terminal says of itself. */
function sink(isTTY = false) {
  const stream = new PassThrough();
  const parts: string[] = [];
  stream.on('data', (part: Buffer) => parts.push(part.toString()));
  return { stream: Object.assign(stream, { isTTY }), text: () => parts.join('') };
}

const program = (source: string) => ['--input-type=module', '-e', source];

describe('the scan of all that a test run prints', () => {
  it('finds each secret of the tests, as it is, in JSON, in a form, in Base64 and between colours', () => {
    const secrets = Object.entries({ ...CANARIES, made: secretOf('anything') }).filter(([name]) => name !== 'sql');
    for (const [name, secret] of secrets) {
      for (const spelt of [secret, JSON.stringify({ a: secret }), encodeURIComponent(secret)])
        expect(leaksIn(`before ${spelt} after`), name).toHaveLength(1);
      for (const before of ['', 'x', 'xy']) expect(leaksIn(btoa(`${before}${secret}`)), name).toHaveLength(1);
    }
    expect(leaksIn('\u001b[32mCAN\u001b[7mARY-bot-token\u001b[0m')).toHaveLength(1);
    expect(leaksIn('the canary of the CanaryLatency sings')).toEqual([]);
  });

  it('shows the line, and not the secret', () => {
    expect(leaksIn(BAD)).toEqual(['the token is [secret] as it happens']);
  });

  it('finds it however the stream is cut, and in a line that never ends', () => {
    const cuts = fc.array(fc.nat(Buffer.byteLength(BAD)), { maxLength: 12 });
    fc.assert(
      fc.property(cuts, (at) => {
        const edges = [0, ...at.toSorted((one, other) => one - other), Buffer.byteLength(BAD)];
        const chunks = edges.slice(1).map((edge, index) => Buffer.from(BAD).subarray(edges[index], edge));
        expect(scanned(chunks)).toHaveLength(1);
      }),
    );
    const endless = Buffer.from(`${'x '.repeat(600_000)}${CANARIES.botToken}`);
    expect(scanned([endless.subarray(0, endless.length - 9), endless.subarray(endless.length - 9)])).not.toEqual([]);
  });

  it('passes on what a command prints, with its exit code, and tells of a secret in either stream', async () => {
    const [out, err] = [sink(), sink()];
    const source = `
      const token = ${JSON.stringify(CANARIES.botToken)};
      process.stdout.write('well, ' + token.slice(0, 9));
      setTimeout(() => process.stdout.write(token.slice(9) + '\\nthe end\\n'), 50);
      console.error('key: ' + ${JSON.stringify(CANARIES.routingKey)});
      process.exitCode = 3;`;
    const ran = await runScanned(program(source), out.stream, err.stream);
    expect(ran).toEqual({ code: 3, leaks: ['well, [secret]', 'key: [secret]'] });
    expect(out.text()).toBe(`well, ${CANARIES.botToken}\nthe end\n`);
    expect(err.text()).toBe(`key: ${CANARIES.routingKey}\n`);
  });

  it('has nothing to say of a command that keeps its secrets, and leaves its colours where a terminal looks on', async () => {
    const source = 'console.log(process.env.FORCE_COLOR ?? "plain")';
    const [plain, coloured] = [sink(), sink(true)];
    expect(await runScanned(program(source), plain.stream, sink().stream)).toEqual({ code: 0, leaks: [] });
    await runScanned(program(source), coloured.stream, sink().stream);
    expect([plain.text(), coloured.text()]).toEqual([`${process.env.FORCE_COLOR ?? 'plain'}\n`, '1\n']);
  });
});
