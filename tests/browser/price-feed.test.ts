/** The trading screen as readers have it: in the built site, which needs no server of ours, and in `docs:dev`. */

import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { priceFeedEn } from '../../.vitepress/locales/price-feed.en.ts';
import { priceFeedEs } from '../../.vitepress/locales/price-feed.es.ts';
import { priceFeedTr } from '../../.vitepress/locales/price-feed.tr.ts';
import { Decimal } from '../../reference/price-feed/test/support/decimals.ts';
import { freePort } from '../live/free-port.ts';
import { launchBrowser, openPage, type WatchedPage } from './browser.ts';
import { childrenOf } from './children.ts';
import { LOCALES, pathIn } from './pages.ts';
import { type SiteServer, startSite } from './servers.ts';

const TEXT = { en: priceFeedEn, tr: priceFeedTr, es: priceFeedEs };
const PATH = '/examples/price-feed';

let browser: Browser;
let site: SiteServer;

beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser?.close());

/** The page with a screen that can be started. */
async function open(path = PATH, options: Parameters<typeof openPage>[1] = {}): Promise<WatchedPage> {
  const watched = await openPage(browser, options);
  await watched.page.goto(site.origin + path);
  await button(watched.page, 'start').and(watched.page.locator(':enabled')).waitFor();
  return watched;
}

/** The page with prices on it. */
async function started(path = PATH, options: Parameters<typeof openPage>[1] = {}): Promise<WatchedPage> {
  const watched = await open(path, options);
  await button(watched.page, 'start').click();
  await connection(watched.page, 'ready');
  await price(watched.page, 'BTCUSDT', 'gold-bid');
  return watched;
}

function button(page: Page, what: string): Locator {
  return page.locator(`[data-do="${what}"]`);
}

function connection(page: Page, state: string): Promise<void> {
  return page.locator(`[data-connection][data-state="${state}"]`).waitFor();
}

function cell(page: Page, instrument: string, name: string): Locator {
  return page.locator(`[data-instrument="${instrument}"] [data-cell="${name}"]`);
}

/** Waits for a price, and tells it. */
async function price(page: Page, instrument: string, name: string): Promise<string> {
  const shown = cell(page, instrument, name).locator('[data-price]', { hasText: /^\d/ });
  return (await shown.textContent()) ?? '';
}

function fact(page: Page, feed: string, name: string): Locator {
  return page.locator(`[data-feed="${feed}"] [data-fact="${name}"]`);
}

/** Waits until a figure of a feed is as wanted, and tells it. */
async function figure(page: Page, feed: string, name: string, wanted: (value: number) => boolean): Promise<number> {
  for (;;) {
    const value = Number(((await fact(page, feed, name).textContent()) ?? '').replace(/\D/g, '') || Number.NaN);
    if (wanted(value)) return value;
    await page.evaluate(() => new Promise(requestAnimationFrame));
  }
}

/** Waits until the main feed stands still for many frames, and tells where. */
async function standingAt(page: Page): Promise<string | null> {
  for (;;) {
    const before = await fact(page, 'main', 'position').textContent();
    for (let frame = 0; frame < 90; frame++) await page.evaluate(() => new Promise(requestAnimationFrame));
    if ((await fact(page, 'main', 'position').textContent()) === before) return before;
  }
}

function event(page: Page, kind: string): Locator {
  return page.locator(`[data-event="${kind}"]`);
}

function health(page: Page, feed: string, state: string): Promise<void> {
  return page.locator(`[data-feed="${feed}"] [data-health="${state}"]`).waitFor();
}

/** Main, channel and difference of one side at one moment at which they are of one seqNo. */
async function sameMoment(page: Page, instrument: string, feed: string, side: string) {
  for (;;) {
    const found = await cell(page, instrument, `${feed}-${side}`).evaluate(
      (own, names) => {
        const row = own.closest('tr');
        const text = (selector: string) => row?.querySelector(selector)?.textContent ?? '';
        return {
          main: text(`[data-cell="main-${names.side}"] [data-price]`),
          channel: own.querySelector('[data-price]')?.textContent ?? '',
          difference: own.querySelector('[data-difference]')?.textContent ?? '',
          isCurrent: own.querySelector('[data-difference]')?.getAttribute('data-current') === 'true',
        };
      },
      { side },
    );
    // Both prices change in one frame, but a difference can be older than the price of the main feed beside it.
    const matches = found.isCurrent && differs(found.channel, found.main) === found.difference;
    if (matches) return found;
    await page.evaluate(() => new Promise(requestAnimationFrame));
  }
}

/** The difference as the screen writes it, computed a second time. */
function differs(one: string, other: string): string {
  const places = one.split('.')[1]?.length ?? 0;
  const text = Decimal.of(one).minus(Decimal.of(other)).text(places);
  if (text.startsWith('-')) return `−${text.slice(1)}`;
  return /[1-9]/.test(text) ? `+${text}` : text;
}

async function overflowOf(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
}

async function changeMargin(page: Page, amount: string): Promise<void> {
  await button(page, 'amount').and(page.locator(':enabled')).fill(amount);
  await button(page, 'change-margin').click();
}

describe.each(['preview', 'dev'] as const)('the trading screen, as vitepress %s serves it', (command) => {
  beforeAll(async () => {
    site = await startSite(command, await freePort());
  });
  afterAll(() => site?.close());

  it.each(LOCALES)('starts nothing by itself; then prices come, in the language of the page (%s)', async (locale) => {
    const text = TEXT[locale];
    const { page, complaints } = await open(pathIn(locale, PATH));
    expect(await page.locator('[data-price]', { hasText: /\d/ }).count()).toBe(0);
    expect(await button(page, 'start').textContent()).toBe(text.start);
    await button(page, 'start').click();
    await connection(page, 'ready');
    expect(await price(page, 'BTCUSDT', 'main-bid')).toMatch(/^\d+\.\d\d$/);
    expect(await price(page, 'EURUSD', 'silver-ask')).toMatch(/^\d+\.\d{5}$/);
    await page.locator('.pf-value.up, .pf-value.down').first().waitFor();
    await event(page, 'connected').getByText(text.events.connected).waitFor();
    // A development server is asked for an icon that it does not have.
    expect(complaints.filter((complaint) => !complaint.includes('404'))).toEqual([]);
    await page.context().close();
  });

  it('shows channels whose difference to the main feed is their margin, to the last digit', async () => {
    const { page } = await started();
    for (const [side, difference] of [
      ['bid', '−12.50'],
      ['ask', '+12.50'],
      ['last', '+12.50'],
    ] as const) {
      expect(await sameMoment(page, 'BTCUSDT', 'gold', side)).toMatchObject({ difference });
    }
    // One basis point of both sides: what lies between is that, rounded away from the middle to the last decimal.
    const { main, channel } = await sameMoment(page, 'ETHUSDT', 'gold', 'bid');
    const share = Decimal.of(main).times(Decimal.of('0.9999'));
    expect(channel).toBe(share.downTo(Decimal.of('0.01')).text(2));
    await page.context().close();
  });

  it('comes back by itself after a cut, with every message that was published meanwhile (I6)', async () => {
    const { page } = await started();
    await figure(page, 'gold', 'arrived', (arrived) => arrived > 20);
    await button(page, 'cut').click();
    await connection(page, 'reconnecting');
    await connection(page, 'ready');
    await event(page, 'resumed').nth(2).waitFor();
    const said = (await event(page, 'resumed').allTextContents()).join('\n');
    expect(said.match(/recovered full/g)).toHaveLength(3);
    expect(said.match(/, [1-9]\d* messages? behind/g)).toHaveLength(3);
    const before = await figure(page, 'gold', 'arrived', (arrived) => arrived > 0);
    await figure(page, 'gold', 'arrived', (arrived) => arrived > before);
    for (const feed of ['main', 'gold', 'silver']) expect(await fact(page, feed, 'left-out').textContent()).toBe('0');
    expect(await event(page, 'missing').count()).toBe(0);
    await page.context().close();
  });

  it('switches a channel to another margin at one seqNo, and refuses who has not seen the newest version', async () => {
    const { page } = await started();
    await changeMargin(page, '15.25');
    await event(page, 'switched').waitFor();
    const said = (await event(page, 'switched').textContent()) ?? '';
    const version = Number(/seqNo ([\d,]+)/.exec(said)?.[1]?.replaceAll(',', ''));
    expect(said).toContain('10 instruments');
    expect(await figure(page, 'gold', 'version', (shown) => shown === version)).toBe(version);
    await page.locator('[data-margin-note]', { hasText: /seqNo/ }).waitFor();
    expect(await sameMoment(page, 'BTCUSDT', 'gold', 'bid')).toMatchObject({ difference: '−15.25' });
    // What was not changed stays.
    expect(await sameMoment(page, 'BTCUSDT', 'gold', 'last')).toMatchObject({ difference: '+12.50' });
    expect(await event(page, 'switched').count()).toBe(1);
    await changeMargin(page, '15.251');
    await page.locator('.pf-margin-panel [role="alert"]', { hasText: 'at most 2 decimals' }).waitFor();
    await page.context().close();
  });

  it('says that prices are stale when the source is cut off, and that they are not when it is back', async () => {
    const { page } = await started();
    await health(page, 'gold', 'ok');
    await button(page, 'cut-source').click();
    for (const feed of ['main', 'gold', 'silver']) await health(page, feed, 'stale');
    await button(page, 'restore-source').click();
    for (const feed of ['main', 'gold', 'silver']) {
      await page.locator(`[data-feed="${feed}"] [data-health]:not([data-health="stale"])`).waitFor();
    }
    await page.context().close();
  });

  it('leaves out what a slow reader could not take, and keeps its prices the newest', async () => {
    const { page } = await started();
    await button(page, 'pace').selectOption('200');
    await button(page, 'tier').selectOption('newest');
    await button(page, 'read-rate').fill('0');
    await figure(page, 'main', 'left-out', (leftOut) => leftOut > 100);
    // The seqNo of the newest price goes on, far ahead of what has arrived.
    const published = await figure(page, 'main', 'published', (value) => value > 0);
    expect(await figure(page, 'main', 'arrived', (value) => value >= 0)).toBeLessThan(published);
    await button(page, 'read-rate').fill('5');
    await button(page, 'tier').selectOption('every');
    await figure(page, 'main', 'arrived', (arrived) => arrived > 50);
    expect(await fact(page, 'main', 'left-out').textContent()).toBe('0');
    await page.context().close();
  });

  it('sends a rate tier so many times a second at most', async () => {
    const { page } = await started();
    await button(page, 'pace').selectOption('200');
    await button(page, 'tier').selectOption('1');
    await figure(page, 'silver', 'left-out', (leftOut) => leftOut > 200);
    expect(await event(page, 'missing').count()).toBe(0);
    await page.context().close();
  });

  it('stands still while it is paused, and when nobody sees it', async () => {
    const { page } = await started();
    await button(page, 'pause').click();
    await button(page, 'go-on').waitFor();
    await connection(page, 'paused');
    const position = await standingAt(page);
    await button(page, 'go-on').click();
    await page.waitForFunction(
      (before) => document.querySelector('[data-feed="main"] [data-fact="position"]')?.textContent !== before,
      position,
    );
    await page.evaluate(() => {
      Object.defineProperty(document, 'hidden', { value: true, configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
    });
    await connection(page, 'paused');
    await page.evaluate(() => {
      Object.defineProperty(document, 'hidden', { value: false, configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
    });
    await connection(page, 'ready');
    await page.context().close();
  });

  it('works by keyboard alone, and does not flash for readers who want less motion', async () => {
    const { page } = await openPage(browser);
    await page.emulateMedia({ reducedMotion: 'reduce' });
    await page.goto(site.origin + PATH);
    await button(page, 'start').and(page.locator(':enabled')).waitFor();
    const tabTo = async (selector: string): Promise<void> => {
      const there = () => page.evaluate((wanted) => document.activeElement?.matches(wanted) === true, selector);
      while (!(await there())) await page.keyboard.press('Tab');
    };
    await tabTo('[data-do="start"]');
    await page.keyboard.press('Enter');
    await connection(page, 'ready');
    await page.locator('.pf-value.up, .pf-value.down').first().waitFor();
    const animation = await page
      .locator('.pf-value.up, .pf-value.down')
      .first()
      .evaluate((value) => getComputedStyle(value).animationName);
    expect(animation).toBe('none');
    await tabTo('[data-do="read-rate"]');
    await page.keyboard.press('ArrowLeft');
    expect(await button(page, 'read-rate').getAttribute('aria-valuetext')).toBe('200 frames a second');
    await tabTo('[data-do="amount"]');
    await page.keyboard.press('Control+a');
    await page.keyboard.type('1.00');
    await page.keyboard.press('Enter');
    await event(page, 'switched').waitFor();
    await page.context().close();
  });

  it.each(LOCALES)('fits a small phone, and moves nothing when prices come (%s)', async (locale) => {
    const { page } = await open(pathIn(locale, PATH), { width: 360 });
    const heightOf = () => page.locator('.pf-table').evaluate((table) => table.getBoundingClientRect().height);
    const before = await heightOf();
    await button(page, 'start').click();
    await price(page, 'EURTRY', 'silver-last');
    expect(await heightOf()).toBe(before);
    const cutOff = await page.locator('.pf-table-box').evaluate((box) => box.scrollWidth - box.clientWidth);
    expect(cutOff).toBeLessThanOrEqual(0);
    expect(await overflowOf(page)).toBeLessThanOrEqual(0);
    await page.context().close();
  });

  it('goes on when the language is switched, and ends when the page is left', async () => {
    const { page } = await started();
    await page.locator('.VPNavBarTranslations button').hover();
    await page.locator('.VPNavBarTranslations a', { hasText: 'Türkçe' }).click();
    await page.waitForURL('**/tr/examples/**');
    await button(page, 'pause').and(page.getByText(priceFeedTr.pause)).waitFor();
    await page.locator('.VPSidebar a[href$="/tr/simulator"]').click();
    // The address changes before the page does.
    await page.locator('.pf-table').waitFor({ state: 'detached' });
    await page.goBack();
    await button(page, 'start').waitFor();
    await page.context().close();
  });
});

describe('the trading screen against a process', () => {
  beforeAll(async () => {
    site = await startSite('dev', await freePort());
  });
  afterAll(() => site?.close());

  it('starts the example, shows its prices, is cut, changes a margin over HTTP, and ends with it', async () => {
    const { page } = await open();
    await page.locator('[data-where="live"]').check();
    await button(page, 'start').and(page.locator(':enabled')).click();
    await connection(page, 'ready');
    expect(await sameMoment(page, 'BTCUSDT', 'gold', 'ask')).toMatchObject({ difference: '+12.50' });
    await button(page, 'cut').click();
    await event(page, 'resumed').nth(2).waitFor();
    expect((await event(page, 'resumed').allTextContents()).join()).toContain('recovered full');
    await changeMargin(page, '20.00');
    await event(page, 'switched').waitFor();
    expect(await sameMoment(page, 'BTCUSDT', 'gold', 'bid')).toMatchObject({ difference: '−20.00' });
    expect(await fact(page, 'gold', 'left-out').textContent()).toBe('0');
    await button(page, 'tier').selectOption('1');
    await figure(page, 'main', 'left-out', (leftOut) => leftOut > 5);
    await page.getByRole('button', { name: 'Stop the example' }).click();
    await connection(page, 'failed');
    while (childrenOf(site.process.pid as number).some((line) => line.includes('example.ts'))) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    await page.context().close();
  });
});
