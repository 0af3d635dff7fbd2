import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { runStep, serveControlApi } from '../sandbox/control-api.ts';
import { startSandbox } from '../sandbox/sandbox.ts';
import { STORIES } from '../sandbox/stories.ts';
import { openBrowser } from './support/browser.ts';

// `npm run screenshots`: the page at the end of two stories, light and dark, for the README. A folder may be given.

const folder = process.argv[2] ?? join(import.meta.dirname, '..', 'docs', 'images');
await mkdir(folder, { recursive: true });
const [sandbox, browser] = await Promise.all([startSandbox({ print: console.log }), openBrowser()]);
const server = await serveControlApi(sandbox, 0);
for (const id of ['two-people', 'forgot-to-ask'])
  for (const step of STORIES.find((each) => each.id === id)?.steps ?? []) await runStep(sandbox, step);
for (const colorScheme of ['light', 'dark'] as const) {
  const page = await browser.newPage({ viewport: { width: 1280, height: 1100 }, colorScheme });
  await page.goto(server.url);
  await page.locator('.message').first().waitFor();
  await page.getByRole('combobox', { name: 'Story' }).selectOption({ label: 'Forgot to ask' });
  await page.screenshot({ path: join(folder, `sandbox-${colorScheme}.jpg`), type: 'jpeg', quality: 75 });
}
await browser.close();
await server.close();
await sandbox.close();
