import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { openBrowser } from '../test/support/browser.ts';
import { runStep, serveControlApi } from './control-api.ts';
import { startSandbox } from './sandbox.ts';
import { STORIES } from './stories.ts';

// `npm run screenshots`: the page in the middle of a story, light and dark, for the README.

const folder = join(import.meta.dirname, '..', 'docs', 'images');
await mkdir(folder, { recursive: true });
const [sandbox, browser] = await Promise.all([startSandbox(), openBrowser()]);
const server = await serveControlApi(sandbox, 0);
for (const step of STORIES.find(({ id }) => id === 'forgot-to-ask')?.steps ?? []) await runStep(sandbox, step);
for (const colorScheme of ['light', 'dark'] as const) {
  const page = await browser.newPage({ viewport: { width: 1280, height: 1100 }, colorScheme });
  await page.goto(server.url);
  await page.locator('.message').first().waitFor();
  await page.screenshot({ path: join(folder, `sandbox-${colorScheme}.png`) });
}
await browser.close();
await server.close();
await sandbox.close();
