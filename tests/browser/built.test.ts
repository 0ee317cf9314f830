/** The built site, as any static host would serve it. `npm test` builds it in an earlier step. */

import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../live/free-port.ts';
import { launchBrowser, openPage } from './browser.ts';
import { LOCALES, type Locale, pagesOf, pathIn } from './pages.ts';
import { type SiteServer, startSite } from './servers.ts';

let site: SiteServer;
let browser: Browser;

beforeAll(async () => {
  site = await startSite('preview', await freePort());
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser?.close();
  await site?.close();
});

const LANG: Record<Locale, RegExp> = { en: /^en/, tr: /^tr/, es: /^es/ };

/** A wide screen, and a small phone. */
const WIDTHS = [1_280, 360];

describe.each(LOCALES)('every page in %s', (locale) => {
  it('is readable wide and on a phone: one title, its language, nothing wider than the screen, no complaint', async () => {
    const { page, complaints } = await openPage(browser);
    const pages = pagesOf(locale);
    expect(pages.length).toBeGreaterThanOrEqual(12);
    for (const path of pages) {
      await page.goto(site.origin + path);
      expect(await page.locator('html').getAttribute('lang'), path).toMatch(LANG[locale]);
      expect(await page.locator('h1').count(), path).toBe(1);
      for (const width of WIDTHS) {
        await page.setViewportSize({ width, height: 900 });
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        expect(overflow, `${path} is wider than ${width} pixels`).toBeLessThanOrEqual(0);
      }
    }
    expect(complaints).toEqual([]);
    await page.context().close();
  });
});

describe('the built site', () => {
  it.each(LOCALES)(
    'shows recorded results with their provenance, says that they are not live, runs nothing (%s)',
    async (locale) => {
      const { page } = await openPage(browser);
      for (const path of ['/e2e', '/benchmarks']) {
        await page.goto(site.origin + pathIn(locale, path));
        await page.locator('.ms-provenance').first().waitFor();
        expect(await page.locator('.ms-not-live').first().textContent()).toContain('npm run docs:dev');
        expect(await page.locator('.ms-live .ms-button.primary').count(), path).toBe(0);
        await page.locator('.ms-provenance summary').first().click();
        await page.locator('.ms-provenance dl').first().waitFor();
        expect(await page.locator('.ms-provenance dl').first().textContent()).toMatch(/v\d+\.\d+\.\d+/);
      }
      await page.context().close();
    },
  );

  it('keeps the page and the place when the language is switched', async () => {
    const { page } = await openPage(browser);
    await page.goto(`${site.origin}/guide/invariants#i3-order`);
    await page.locator('.VPNavBarTranslations button').hover();
    await page.locator('.VPNavBarTranslations a', { hasText: 'Türkçe' }).click();
    await page.waitForURL('**/tr/guide/invariants**');
    expect(new URL(page.url()).hash).toBe('#i3-order');
    await page.context().close();
  });

  it.each([
    ['/', 'prevSeqNo', '/guide/'],
    ['/tr/', 'DEĞİŞMEZ', '/tr/'],
    ['/tr/', 'gecidi', '/tr/'],
    ['/es/', 'suscripción', '/es/'],
  ])('finds, from %s, the word %s', async (path, word, found) => {
    const { page } = await openPage(browser);
    await page.goto(site.origin + path, { waitUntil: 'networkidle' });
    await page.keyboard.press('Control+k');
    await page.locator('.VPLocalSearchBox input').fill(word);
    const first = page.locator('.VPLocalSearchBox .result').first();
    await first.waitFor();
    expect(await first.getAttribute('href')).toContain(found);
    await page.context().close();
  });

  it('shows one of the two pictures of a diagram, by the theme, in a box that is there before it', async () => {
    for (const dark of [false, true]) {
      const { page } = await openPage(browser, { dark });
      await page.goto(`${site.origin}/guide/algorithms`, { waitUntil: 'networkidle' });
      const figures = page.locator('.vp-doc figure:has(svg)');
      expect(await figures.count()).toBeGreaterThan(0);
      expect(await figures.first().locator('svg:visible').count()).toBe(1);
      await page.context().close();
    }
  });

  it.each(LOCALES)('does not move the layout while a page with diagrams loads (%s)', async (locale) => {
    const { page } = await openPage(browser);
    await page.addInitScript(() => {
      const seen = window as unknown as { shifts: number };
      seen.shifts = 0;
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) seen.shifts += (entry as unknown as { value: number }).value;
      }).observe({ type: 'layout-shift', buffered: true });
    });
    await page.goto(site.origin + pathIn(locale, '/guide/algorithms'), { waitUntil: 'networkidle' });
    const shifts = await page.evaluate(() => (window as unknown as { shifts: number }).shifts);
    expect(shifts).toBeLessThan(0.05);
    await page.context().close();
  });

  it('answers an address that does not exist with a page that leads back', async () => {
    const { page } = await openPage(browser);
    await page.goto(`${site.origin}/tr/no-such-page`);
    await page.locator('.NotFound a').waitFor();
    await page.context().close();
  });
});
