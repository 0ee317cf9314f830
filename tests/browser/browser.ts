import { type Browser, chromium, type Page } from 'playwright-core';
import { browserArgs, findBrowser } from '../../tools/browser.ts';

/** Longer than the slowest machine needs: it ends hangs and judges nothing. */
export const PATIENCE_MS = 500_000;

export function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: findBrowser(),
    args: [...browserArgs(), '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
}

export interface WatchedPage {
  readonly page: Page;
  /** What the page complained of: exceptions, errors on the console, and failed requests to its own server. */
  readonly complaints: string[];
}

/** Opens a page that remembers what goes wrong in it. */
export async function openPage(
  browser: Browser,
  options: { width?: number; dark?: boolean } = {},
): Promise<WatchedPage> {
  const context = await browser.newContext({
    viewport: { width: options.width ?? 1_280, height: 900 },
    colorScheme: options.dark ? 'dark' : 'light',
  });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(`exception: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(`console: ${message.text()}`);
  });
  return { page, complaints };
}
