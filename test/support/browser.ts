import { existsSync } from 'node:fs';
import sparticuz from '@sparticuz/chromium';
import { type Browser, chromium } from 'playwright-core';

/**
 * A real browser, headless: the machine's Chromium where there is one (`CHROMIUM` names it, or it is in the usual place), else the one
 * that comes with the development packages. Whoever opens it closes it.
 */
export async function openBrowser(): Promise<Browser> {
  const ofMachine = [process.env.CHROMIUM, '/usr/bin/chromium'].find((path) => path !== undefined && existsSync(path));
  if (ofMachine !== undefined) return chromium.launch({ executablePath: ofMachine, args: ['--no-sandbox'] });
  return chromium.launch({ executablePath: await sparticuz.executablePath(), args: sparticuz.args, headless: true });
}
