/** The simulator as readers have it: in the built site, which needs no server of ours, and in `docs:dev`. */

import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { simEn } from '../../.vitepress/locales/sim.en.ts';
import { simEs } from '../../.vitepress/locales/sim.es.ts';
import { simTr } from '../../.vitepress/locales/sim.tr.ts';
import { freePort } from '../live/free-port.ts';
import { launchBrowser, openPage, type WatchedPage } from './browser.ts';
import { LOCALES, pathIn } from './pages.ts';
import { type SiteServer, startSite } from './servers.ts';

/** A small world in which nothing breaks by itself. */
const QUIET =
  '#sim=seed.30/profile.calm/gateways.2/publishers.1/subscribers.2/topics.1/every.400/safety.60000/liveness.8000/delay.60/jitter.30/faults.0';

/** What lasts a second of the world lasts ten at this speed, so that it is seen however slow the machine is. */
const SLOW = '0.1';

const TEXT = { en: simEn, tr: simTr, es: simEs };

/** Dots that are drawn at this moment. */
const DOT = '.sim-dots circle:not([display])';

let browser: Browser;
let site: SiteServer;

beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser?.close());

/** A page of the simulator on which a world can be played. */
async function open(path: string, options: Parameters<typeof openPage>[1] = {}): Promise<WatchedPage> {
  const watched = await openPage(browser, options);
  await watched.page.goto(site.origin + path);
  await button(watched.page, 'play').and(watched.page.locator(':enabled')).waitFor();
  return watched;
}

function button(page: Page, what: string): Locator {
  return page.locator(`[data-do="${what}"]`);
}

function running(page: Page, state: string): Promise<void> {
  return page.locator(`.sim-bar .ms-state[data-state="${state}"]`).waitFor();
}

async function speed(page: Page, value: string): Promise<void> {
  await page.locator('.sim-speed select').selectOption(value);
}

/** Picks a node or a link in the list and makes a fault of it. */
async function breakIt(page: Page, what: string, fault: string): Promise<void> {
  await page.locator('.sim-break select').selectOption(what);
  await page.locator(`.sim-break [data-fault="${fault}"]`).first().click();
}

function mark(page: Page, client: string, kind: string): Promise<void> {
  return page.locator(`[data-client="${client}"] [data-mark="${kind}"]`).first().waitFor({ state: 'attached' });
}

function verdict(page: Page, invariant: string, is: string): Promise<void> {
  return page.locator(`[data-invariant="${invariant}"][data-verdict="${is}"]`).waitFor();
}

async function overflowOf(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
}

async function fingerprintOf(page: Page): Promise<string> {
  return (await page.locator('.sim-fingerprint code').textContent()) ?? '';
}

describe.each(['preview', 'dev'] as const)('the simulator, as vitepress %s serves it', (command) => {
  beforeAll(async () => {
    site = await startSite(command, await freePort());
  });
  afterAll(() => site?.close());

  it.each(LOCALES)('plays, is broken, mends, and speaks the language of the page (%s)', async (locale) => {
    const text = TEXT[locale];
    const { page, complaints } = await open(pathIn(locale, `/simulator${QUIET}`));
    expect(await button(page, 'play').textContent()).toBe(text.controls.play);
    await button(page, 'play').click();
    await page.locator(DOT).first().waitFor({ state: 'attached' });
    await speed(page, '5');
    await mark(page, 'client-2', 'message');
    await breakIt(page, 'client-2', 'cut');
    await mark(page, 'client-2', 'offline');
    await mark(page, 'client-2', 'resumed');
    await speed(page, SLOW);
    await breakIt(page, 'gateway-1', 'gateway-kill');
    await page.locator('.sim-node[data-state="down"]').waitFor({ state: 'attached' });
    await page.locator('.sim-log-box li', { hasText: text.faults.cut.name }).first().waitFor();
    await speed(page, 'max');
    await running(page, 'over');
    for (const invariant of Object.keys(text.invariants.texts)) await verdict(page, invariant, 'holds');
    // A development server is asked for an icon that it does not have.
    expect(complaints.filter((complaint) => !complaint.includes('404'))).toEqual([]);
    await page.context().close();
  });

  it('shows each other reader of a link the same run at the same moment', async () => {
    const { page } = await open(`/simulator${QUIET}`);
    await speed(page, '5');
    await button(page, 'play').click();
    await mark(page, 'client-3', 'message');
    await speed(page, SLOW);
    await breakIt(page, 'gateway-1>engine', 'partition');
    await page.locator('.sim-link[data-state="closed"]').waitFor({ state: 'attached' });
    await breakIt(page, 'client-3', 'cut');
    await mark(page, 'client-3', 'offline');
    await button(page, 'pause').click();
    await running(page, 'paused');
    const fingerprint = await fingerprintOf(page);
    expect(fingerprint).toMatch(/^[0-9a-f]{16}$/);
    await button(page, 'copy-link').click();
    const link = new URL(page.url());
    expect(link.hash).toMatch(/fault\.partition@[\d.]+\+3000,gateway-1,engine\/fault\.cut@[\d.]+,client-3\/at\.\d/);

    const { page: other } = await open(link.pathname + link.hash);
    await running(other, 'paused');
    await other.locator('.sim-fingerprint code').waitFor();
    expect(await fingerprintOf(other)).toBe(fingerprint);
    expect(await other.locator('.sim-now').textContent()).toBe(await page.locator('.sim-now').textContent());
    await page.context().close();
    await other.context().close();
  });

  it('shows a mutant fail by its invariant, and the real code hold in the same world', async () => {
    const { page } = await open(`/simulator${QUIET}`);
    await speed(page, '20');
    await button(page, 'mutant').selectOption('messages-swapped');
    await button(page, 'play').and(page.locator(':enabled')).click();
    await verdict(page, 'I3', 'broken');
    await running(page, 'paused');
    expect(await page.locator('[data-invariant="I3"] .sim-breach').textContent()).toContain('rises');
    await button(page, 'mutant').selectOption('');
    await verdict(page, 'I3', 'holds');
    await speed(page, 'max');
    await button(page, 'play').and(page.locator(':enabled')).click();
    await running(page, 'over');
    await verdict(page, 'I3', 'holds');
    await page.context().close();
  });

  it('works by keyboard alone', async () => {
    const { page } = await open(`/simulator${QUIET}`);
    const tabTo = async (selector: string): Promise<void> => {
      const there = () => page.evaluate((wanted) => document.activeElement?.matches(wanted) === true, selector);
      while (!(await there())) await page.keyboard.press('Tab');
    };
    await tabTo('[data-do="play"]');
    await page.keyboard.press('Enter');
    await running(page, 'playing');
    await tabTo('.sim-picture [role="button"]');
    const first = await page.evaluate(() => document.activeElement?.getAttribute('aria-label'));
    await page.keyboard.press('ArrowRight');
    await page.waitForFunction((before) => document.activeElement?.getAttribute('aria-label') !== before, first);
    await page.keyboard.press('Enter');
    await page.locator('.sim-picture [aria-pressed="true"]').waitFor({ state: 'attached' });
    await tabTo('.sim-break [data-fault="cut"]');
    await page.keyboard.press('Enter');
    await button(page, 'forget').waitFor();
    await page.context().close();
  });

  it('moves nothing for readers who want less motion, and counts instead', async () => {
    const { page } = await openPage(browser);
    await page.emulateMedia({ reducedMotion: 'reduce' });
    await page.goto(`${site.origin}/simulator${QUIET}`);
    await button(page, 'play').and(page.locator(':enabled')).click();
    await page.locator('.sim-passed').first().waitFor({ state: 'attached' });
    expect(await page.locator(DOT).count()).toBe(0);
    await page.context().close();
  });

  it.each(LOCALES)('fits a small phone while it runs (%s)', async (locale) => {
    const { page } = await open(pathIn(locale, `/simulator${QUIET}`), { width: 360 });
    await speed(page, SLOW);
    await button(page, 'play').click();
    await breakIt(page, 'client-2', 'slow-reader');
    await page.locator('.sim-lasting li').first().waitFor();
    await speed(page, '20');
    await breakIt(page, 'client-1', 'burst');
    await mark(page, 'client-2', 'message');
    await page.locator('.sim-picture.narrow').waitFor();
    expect(await overflowOf(page)).toBeLessThanOrEqual(0);
    await page.context().close();
  });

  it('says what is wrong with a link, and shows the rest of its world', async () => {
    const { page } = await open('/simulator#sim=seed.7/gateways.99/topics.1/fault.melt@5,client-1');
    const said = (await page.locator('.sim-problems').textContent()) ?? '';
    expect(said).toContain('gateways.99');
    expect(said).toContain('melt');
    expect(await button(page, 'seed').inputValue()).toBe('7');
    await page.context().close();
  });

  it('goes on when the language is switched', async () => {
    const { page } = await open(`/simulator${QUIET}`);
    await button(page, 'play').click();
    await mark(page, 'client-2', 'message');
    await page.locator('.VPNavBarTranslations button').hover();
    await page.locator('.VPNavBarTranslations a', { hasText: 'Türkçe' }).click();
    await page.waitForURL('**/tr/simulator**');
    await running(page, 'playing');
    expect(await button(page, 'pause').textContent()).toBe(simTr.controls.pause);
    await page.context().close();
  });

  it.each(LOCALES)('starts nothing on the page of an invariant until the reader does (%s)', async (locale) => {
    const { page } = await openPage(browser);
    const workers: string[] = [];
    page.on('worker', (worker) => workers.push(worker.url()));
    await page.goto(site.origin + pathIn(locale, '/guide/invariants/order'), { waitUntil: 'networkidle' });
    const card = page.locator('.ms-sim-card');
    await card.locator('[data-do="play"]:enabled').waitFor();
    expect(workers).toEqual([]);
    await card.locator('[data-do="play"]').click();
    await mark(page, 'client-2', 'message');
    await verdict(page, 'I3', 'holds');
    await speed(page, '20');
    await card.locator('[data-do="break-rule"]').check();
    await verdict(page, 'I3', 'broken');
    await card.getByRole('link', { name: TEXT[locale].card.full }).click();
    await page.waitForURL('**/simulator#sim=**mutant.messages-swapped**');
    await verdict(page, 'I3', 'broken');
    await page.context().close();
  });
});
