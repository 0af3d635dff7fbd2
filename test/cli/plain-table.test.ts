import { expect, test } from 'vitest';
import { plainTable } from '../../cli/plain-table.ts';

test('columns are as wide as what is seen: colours take no room, and wide signs take two columns', () => {
  expect([
    ...plainTable(
      ['who', 'what'],
      [
        ['\u001b[31mred\u001b[39m', 'x'],
        ['日本', 'y'],
      ],
    ),
  ]).toEqual(['who   what\n', '\u001b[31mred\u001b[39m   x\n', '日本  y\n']);
});

test('a table may be as long as an archive', () => {
  const rows = Array.from({ length: 200_000 }, () => ['ada', 'used it']);
  let lines = 0;
  for (const line of plainTable(['who', 'what'], rows)) lines += line.endsWith('\n') ? 1 : 0;
  expect(lines).toBe(200_001);
});
