import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { TwoEyeError } from '../../lambdas/core/errors.ts';
import type { Policy } from '../../lambdas/core/policy.ts';
import type { VerdictLine } from '../../lambdas/core/verdict-line.ts';
import { accountName, targetTitle } from '../../lambdas/core/wording/names.ts';
import { type Extract, readCount } from '../archive/extract.ts';
import { reasonOf } from '../replay/table.ts';
import { pageData } from './points.ts';

/** One self-contained page: nothing in it is fetched, and its content policy forbids that anything could be. */
export async function htmlOf(lines: readonly VerdictLine[], extract: Extract, policy: Policy): Promise<string> {
  const style = await readFile(new URL('./page/report.css', import.meta.url), 'utf8');
  return `<!doctype html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<title>Two-eye: uses of privileged access</title>
<style>${style}</style>
</head>
<body>
<header><h1>Uses of privileged access</h1><p>${spanOf(lines)}. Policy ${escaped(policy.hash.slice(0, 12))}. Times of charts are those of the team; times of the list are UTC.</p></header>
<main>
${figures(lines, extract)}
${CHARTS.map(([id, title, what]) => `<section aria-labelledby="${id}-title"><h2 id="${id}-title">${title}</h2><p>${what}</p><div id="${id}" class="chart" role="img" aria-label="${title}" tabindex="0"></div></section>`).join('\n')}
<section aria-labelledby="list-title"><h2 id="list-title">Every action</h2>
${lines.map((line) => actionOf(line, policy)).join('\n')}
</section>
${unreadableOf(extract)}
</main>
<script type="application/json" id="data">${jsonInScript(JSON.stringify(pageData(lines, policy)))}</script>
<script>${inScript(await script())}</script>
</body>
</html>
`;
}

const CHARTS = [
  ['weeks', 'Uses by week and verdict', 'Each bar is a week, from its Monday.'],
  ['hours', 'When it happens, against working hours', 'Darker is more uses; outlined cells are working hours.'],
  ['people', 'People and targets', 'How often each person used each target.'],
  ['misses', 'Near misses by cause', 'Why an approval that almost covered a use did not.'],
  ['worst', 'The worst day, hour by hour', 'The day with the most unapproved uses.'],
] as const;

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

function spanOf(lines: readonly VerdictLine[]): string {
  const [first, last] = [lines[0], lines.at(-1)];
  return first === undefined || last === undefined
    ? 'No use in what was read'
    : `From ${first.occurredAt} to ${last.occurredAt}`;
}

function figures(lines: readonly VerdictLine[], extract: Extract): string {
  const count = (is: (line: VerdictLine) => boolean) => String(lines.filter(is).length);
  const rows = [
    ['actions', String(lines.length)],
    ['approved or pinned', count(({ verdict }) => verdict === 'approved' || verdict === 'pinned')],
    ['unapproved', count(({ verdict }) => verdict === 'unapproved')],
    ['pings', count(({ urgency }) => urgency === 'ping')],
    ['pages', count(({ urgency }) => urgency === 'page')],
    ['records read', String(readCount(extract))],
    ['unreadable', String(extract.unreadable.length)],
  ];
  return `<dl class="figures">${rows.map(([name, value]) => `<div><dt>${name}</dt><dd>${value}</dd></div>`).join('')}</dl>`;
}

function actionOf(line: VerdictLine, policy: Policy): string {
  const told = line.urgency === undefined ? '' : ` (${line.urgency})`;
  const members = (line.members ?? []).map(
    (member) =>
      `<tr><td>${escaped(member.occurredAt)}</td><td>${escaped(member.eventName)}</td><td>${member.outcome}</td><td>${escaped(member.resource)}</td><td>${escaped(member.ip)}</td><td>${escaped(member.key)}</td></tr>`,
  );
  return `<details class="${line.verdict}"><summary><span>${line.occurredAt}</span> <b>${line.verdict}${told}</b> <span>${escaped(line.actor)}</span> <span>${escaped(targetTitle(policy, line.target))}</span> <span>${escaped(reasonOf(line))}</span></summary>
<p>${escaped(accountName(policy, line.account))}. Known by: ${escaped(line.how)}. From ${escaped(line.origin.ip)}, ${escaped(line.origin.userAgent)}.</p>
<div class="scroll" tabindex="0" role="region" aria-label="Records of this action"><table><thead><tr><th>when (UTC)</th><th>event</th><th>outcome</th><th>what</th><th>from</th><th>record</th></tr></thead><tbody>${members.join('')}</tbody></table></div></details>`;
}

function unreadableOf({ unreadable }: Extract): string {
  if (unreadable.length === 0) return '';
  const rows = unreadable.map(
    ({ file, offset, why }) => `<li>${escaped(file)} at byte ${offset}: ${escaped(why)}</li>`,
  );
  return `<section aria-labelledby="unreadable-title"><h2 id="unreadable-title">Could not be read</h2><ul>${rows.join('')}</ul></section>`;
}

const SIGNS: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Text of a record as text: markup in it stays text, and what cannot be seen is shown. */
function escaped(text: string): string {
  return text
    .slice(0, 500)
    .replace(/\p{C}/gu, '·')
    .replace(/[&<>"']/g, (sign) => SIGNS[sign] ?? sign);
}

/** Nothing in a script element may look like its end, or like a comment. */
function inScript(code: string): string {
  return code.replace(/<(\/script|!--)/gi, '<\\$1');
}

function jsonInScript(json: string): string {
  return json.replaceAll('<', '\\u003c');
}
