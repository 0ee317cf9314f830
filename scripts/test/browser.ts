/** Gets a Chromium for the browser tests: the system's, else Debian's package, else Playwright's own download. */

import { findBrowser } from '../../tools/browser.ts';
import { installDebianPackage, run } from './packages.ts';

/** Resolves when there is a browser. Throws with one sentence that says what to install. */
export async function installBrowser(): Promise<void> {
  if (hasBrowser()) return;
  for (const [what, install] of WAYS) {
    console.log(`No Chromium is installed here; trying ${what}.`);
    try {
      install();
    } catch (error) {
      console.log(`That failed: ${(error as Error).message.split('\n')[0]}`);
    }
    if (hasBrowser()) return;
  }
  throw new Error('The browser tests need Chromium: install the package chromium, or set CHROME_PATH to a Chrome.');
}

const WAYS: readonly [string, () => void][] = [
  ["Debian's package", () => installDebianPackage('chromium')],
  [
    "Playwright's download",
    () => run(process.execPath, ['node_modules/playwright-core/cli.js', 'install', 'chromium']),
  ],
];

function hasBrowser(): boolean {
  try {
    findBrowser();
    return true;
  } catch {
    // With CHROME_PATH set to a file that does not exist, installing another one would not help.
    if (process.env['CHROME_PATH']) throw new Error(`CHROME_PATH names no file: ${process.env['CHROME_PATH']}.`);
    return false;
  }
}
