import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { logError, logInfo } from '../../../lambdas/edge/log.ts';
import { captureOutput } from '../../support/canaries.ts';
import { testTitlesIn } from '../../support/test-titles.ts';

const model = readFileSync('docs/threat-model.md', 'utf8');
const tests = new Set(globSync('test/**/*.test.ts').flatMap(testTitlesIn));
const threats = model.split('\n').filter((line) => /^\| \d/.test(line));

/** Titles stand in the fourth column, in back quotes. */
const titlesOf = (threat: string) =>
  [...(threat.split(' | ')[3] ?? '').matchAll(/`([^`]+)`/g)].flatMap(([, title]) => title ?? []);

describe('the threat model', () => {
  it('numbers every threat once, in order', () => {
    const numbers = threats.map((line) => line.split('|')[1]?.trim());
    expect(new Set(numbers).size).toBe(numbers.length);
    expect(numbers.length).toBeGreaterThan(30);
  });

  it.each(threats.map((line) => [line.split('|')[1]?.trim() ?? '', line]))(
    '%s names tests, and each is in the tree',
    (_, line) => {
      const titles = titlesOf(line);
      expect(titles.length).toBeGreaterThan(0);
      expect(titles.filter((title) => !tests.has(title))).toEqual([]);
    },
  );
});

describe('a line of the log', () => {
  it('writes one line for a text of many, and no control character', () => {
    const output = captureOutput();
    const evil = 'x\n{"level":"INFO","message":"all is well"}\r\u001b[2J\u2028y';
    logInfo(evil, { field: evil, list: [evil] });
    logError('failed', new Error(evil, { cause: new Error(evil) }), { evil });
    output.end();
    const lines = output.text().trimEnd().split(/\r|\n/);
    expect(lines).toHaveLength(2);
    expect(lines.map((line) => (JSON.parse(line) as { level: string }).level)).toEqual(['INFO', 'ERROR']);
    expect(output.text()).not.toContain('\u001b');
  });
});
