import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { TwoEyeError } from '../../lambdas/core/errors.ts';
import type { VerdictLine } from '../../lambdas/core/verdict-line.ts';
import { type Extract, readCount } from '../archive/extract.ts';
import { limitsInWords } from '../replay/limits.ts';
import type { Shown } from '../replay/run.ts';
import { type ChartData, chartData } from './chart-data.ts';
import { chartTables } from './chart-tables.ts';
import { listData, plain } from './list-data.ts';

/** One self-contained page: nothing in it is fetched, and its content policy forbids that anything could be. */
export async function htmlOf({ lines, extract, policy, warnings, limits }: Shown): Promise<string[]> {
  const style = await readFile(new URL('./page/report.css', import.meta.url), 'utf8');
  const charts = chartData(lines, policy);
  const data = JSON.stringify({ charts, list: listData(lines, policy) });
  return [
    `<!doctype html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<title>Two-eye: uses of privileged access</title>
<style>${style}</style>
</head>
<body>
<header><h1>Uses of privileged access</h1><p>${spanOf(lines, limits.hidden)}. Policy ${escaped(policy.hash.slice(0, 12))}. Times of charts are those of the team; times of the list are UTC.</p></header>
<main>
${warningsOf([...limitsInWords(limits, lines.length), ...warnings])}
${figures(lines, extract, limits.hidden)}
<noscript><p class="warning">The charts and the list are drawn by a script that is part of this page; nothing is fetched.</p></noscript>
${chartSections(charts)}
<section aria-labelledby="list-title"><h2 id="list-title">Every action</h2>
<form id="filters" aria-label="Which actions are shown"></form>
<p id="shown" role="status"></p><div id="list"></div><button type="button" id="more" hidden></button> <button type="button" id="all" hidden></button></section>
${unreadableOf(extract)}
</main>
<script type="application/json" id="data">`,
    jsonInScript(data),
    `</script>
<script>${inScript(await script())}</script>
</body>
</html>
`,
  ];
}

const CHARTS = [
  ['weeks', 'Uses by week and verdict', 'Each bar is a week, from its Monday.'],
  [
    'hours',
    'When it happens, against working hours',
    'Actions by weekday and hour; outlined cells are working hours, bank holidays aside.',
  ],
  ['people', 'People and targets', 'How often each person used each target; in brackets how often without approval.'],
  ['misses', 'Near misses by cause', 'Why an approval that almost covered a use did not.'],
  ['worst', 'The worst day, hour by hour', 'The day with the most unapproved uses; working hours are shaded.'],
] as const;

/** A chart each, and under it the same as a table: for whoever cannot see it, and to copy. */
function chartSections(charts: ChartData): string {
  const tables = chartTables(charts);
  return CHARTS.map(
    ([
      id,
      title,
      what,
    ]) => `<section aria-labelledby="${id}-title"><h2 id="${id}-title">${title}</h2><p>${what}${moreOf(id, charts)}</p>
<div id="${id}" class="chart" role="img" aria-label="${title}" tabindex="0"></div>
<details class="data"><summary>${title}, as a table</summary>${tableOf(tables[id])}</details></section>`,
  ).join('\n');
}

/** What only these figures make worth saying of a chart. */
function moreOf(id: (typeof CHARTS)[number][0], { morePeople, worst }: ChartData): string {
  if (id === 'people' && morePeople > 0) return ` ${morePeople} more, who did so less often, are in the list below.`;
  if (id === 'worst' && worst.hours.length > 0 && worst.workingHours.length === 0) return ' Nobody works on this one.';
  return '';
}

function tableOf([head = [], ...rows]: readonly (readonly string[])[]): string {
  const row = (cells: readonly string[], tag: string) =>
    `<tr>${cells.map((cell) => `<${tag}>${escaped(cell)}</${tag}>`).join('')}</tr>`;
  return `<div class="scroll" tabindex="0" role="region" aria-label="Table"><table><thead>${row(head, 'th')}</thead><tbody>${rows.map((cells) => row(cells, 'td')).join('')}</tbody></table></div>`;
}

/** The script of the page, bundled with the chart library. Throws `misconfigured` where the development packages are not installed. */
async function script(): Promise<string> {
  try {
    const { build } = await import('esbuild');
    const entry = fileURLToPath(new URL('./page/report.ts', import.meta.url));
    const { outputFiles } = await build({
      entryPoints: [entry],
      bundle: true,
      minify: true,
      write: false,
      format: 'iife',
      target: 'es2022',
      logLevel: 'silent',
    });
    return outputFiles[0]?.text ?? '';
  } catch (cause) {
    throw new TwoEyeError(
      'misconfigured',
      'The page needs the packages of package.json, development ones too: run `npm ci`.',
      { cause },
    );
  }
}

function spanOf(lines: readonly VerdictLine[], hidden: number): string {
  const [first, last] = [lines[0], lines.at(-1)];
  if (first === undefined || last === undefined)
    return hidden === 0 ? 'No use in what was read' : 'No use that the filters leave';
  const shown = ({ occurredAt }: VerdictLine) => occurredAt.slice(0, 16).replace('T', ' ');
  return `From ${shown(first)} to ${shown(last)} UTC`;
}

function warningsOf(warnings: readonly string[]): string {
  return warnings.map((warning) => `<p class="warning"><b>Note:</b> ${escaped(warning)}.</p>`).join('\n');
}

function figures(lines: readonly VerdictLine[], extract: Extract, hidden: number): string {
  const count = (is: (line: VerdictLine) => boolean) => lines.filter(is).length;
  const rows = [
    [hidden === 0 ? 'actions' : 'actions shown', lines.length],
    ['approved or pinned', count(({ verdict }) => verdict === 'approved' || verdict === 'pinned')],
    ['unapproved', count(({ verdict }) => verdict === 'unapproved')],
    ['pings', count(({ urgency }) => urgency === 'ping')],
    ['pages', count(({ urgency }) => urgency === 'page')],
    ['records read', readCount(extract)],
    ['unreadable', extract.unreadable.length],
  ] as const;
  return `<dl class="figures">${rows.map(([name, value]) => `<div><dt>${name}</dt><dd>${value.toLocaleString('en-GB')}</dd></div>`).join('')}</dl>`;
}

const MOST_NAMED = 200;

function unreadableOf({ unreadable }: Extract): string {
  if (unreadable.length === 0) return '';
  const rows = unreadable
    .slice(0, MOST_NAMED)
    .map(({ file, offset, why }) => `<li>${escaped(file)} at byte ${offset}: ${escaped(why)}</li>`);
  const more = unreadable.length - rows.length;
  return `<section aria-labelledby="unreadable-title"><h2 id="unreadable-title">Could not be read</h2><ul>${rows.join('')}</ul>${more === 0 ? '' : `<p>… and ${more} more.</p>`}</section>`;
}

const SIGNS: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Text of a record as text: markup in it stays text. */
function escaped(text: string): string {
  return plain(text).replace(/[&<>"']/g, (sign) => SIGNS[sign] ?? sign);
}

/** Nothing in a script element may look like its end, or like a comment. */
function inScript(code: string): string {
  return code.replace(/<(\/script|!--)/gi, '<\\$1');
}

function jsonInScript(json: string): string {
  return json.replaceAll('<', '\\u003c');
}
