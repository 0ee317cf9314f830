/** Finds a Chromium for the tools and tests that need a page. It downloads nothing. */

import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';

/** Where Chromium and Chrome live on the systems that people work on. */
const INSTALLED = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/snap/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];

/** No browser was found, or `$CHROME_PATH` names a file that does not exist. */
export class BrowserNotFoundError extends Error {
  readonly code = 'BROWSER_NOT_FOUND';

  constructor(tried: readonly string[]) {
    super(
      `No Chromium was found (tried ${tried.join(', ')}). ` +
        'Install Chromium or Chrome, or set CHROME_PATH, or run "npx playwright-core install chromium".',
    );
    this.name = 'BrowserNotFoundError';
  }
}

/** The path of a Chromium: `$CHROME_PATH`, then an installed one, then the one that Playwright has downloaded. */
export function findBrowser(): string {
  const chosen = process.env['CHROME_PATH'];
  if (chosen) {
    // A path that somebody chose is not silently replaced by another browser.
    if (existsSync(chosen)) return chosen;
    throw new BrowserNotFoundError([chosen]);
  }
  const candidates = [...INSTALLED, downloadedByPlaywright()];
  const found = candidates.find((path) => path !== '' && existsSync(path));
  if (!found) throw new BrowserNotFoundError(candidates.filter((path) => path !== ''));
  return found;
}

/** Launch arguments: the sandbox is impossible as root, where containers and CI usually run. */
export function browserArgs(): string[] {
  return process.getuid?.() === 0 ? ['--no-sandbox'] : [];
}

function downloadedByPlaywright(): string {
  try {
    return chromium.executablePath();
  } catch {
    return '';
  }
}
