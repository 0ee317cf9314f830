/** A page simulates the same worlds as Node, to the byte. */

import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { expect, it } from 'vitest';
import { fingerprints } from '../../reference/simulator/test/support/fingerprints.ts';
import { launchBrowser, openPage } from './browser.ts';

const entry = fileURLToPath(new URL('../../reference/simulator/test/support/page-fingerprints.ts', import.meta.url));

it('a seed gives the same world in Chromium as in Node', async () => {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    format: 'iife',
    platform: 'browser',
    target: 'es2022',
    write: false,
    logLevel: 'silent',
  });
  const browser = await launchBrowser();
  try {
    const { page, complaints } = await openPage(browser);
    await page.addScriptTag({ content: outputFiles[0]?.text ?? '' });
    const inPage = await page.evaluate(() => globalThis.simulatedFingerprints());
    expect(complaints).toEqual([]);
    expect(inPage).toEqual(await fingerprints());
  } finally {
    await browser.close();
  }
});
