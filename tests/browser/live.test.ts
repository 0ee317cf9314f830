/** What a reader does in `docs:dev`: press Run, press Stop, start the example and talk to it. */

import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../live/free-port.ts';
import { launchBrowser, openPage } from './browser.ts';
import { childrenOf } from './children.ts';
import { LOCALES, pathIn } from './pages.ts';
import { type SiteServer, startSite } from './servers.ts';

let site: SiteServer;
let browser: Browser;

beforeAll(async () => {
  site = await startSite('dev', await freePort());
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser?.close();
  await site?.close();
});

/** Opens a page and waits until its live part is there. */
async function openLive(path: string): Promise<Page> {
  const { page } = await openPage(browser);
  await page.goto(site.origin + path);
  await page.locator('.ms-live .ms-button.primary').first().waitFor();
  return page;
}

/** Resolves when the dev server has no process of its own making left. */
async function untilNothingRuns(): Promise<void> {
  while (childrenOf(site.process.pid as number).some((command) => /e2e|bench|example|gateway/.test(command))) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe('the end-to-end page', () => {
  it.each(LOCALES)('runs a suite and shows each result as it comes (%s)', async (locale) => {
    const page = await openLive(pathIn(locale, '/e2e'));
    // The fourth suite is about delivery, and the quickest.
    const suite = page.locator('.ms-suite').nth(3);
    await suite.locator('button').click();
    await suite.locator('.ms-tests li.passed').first().waitFor();
    await page.locator('.ms-bar button:enabled.primary').waitFor();
    const tests = await suite.locator('.ms-tests > li').count();
    expect(await suite.locator('.ms-tests > li.passed').count()).toBe(tests);
    expect(await suite.locator('.ms-counts').textContent()).toBe(`${tests} / ${tests}`);
    await page.context().close();
    await untilNothingRuns();
  });

  it('stops a run on Stop, and leaves no process behind', async () => {
    const page = await openLive('/e2e');
    await page.locator('.ms-bar button').first().click();
    await page.locator('.ms-tests li.passed').first().waitFor();
    await page.locator('.ms-bar button').nth(1).click();
    await page.locator('.ms-bar button:enabled.primary').waitFor();
    await untilNothingRuns();
    await page.context().close();
  });

  it('ends a run when the page is left', async () => {
    const page = await openLive('/e2e');
    await page.locator('.ms-bar button').first().click();
    await page.locator('.ms-tests li.passed').first().waitFor();
    await page.context().close();
    await untilNothingRuns();
  });
});

describe('the conformance page', () => {
  it('runs the suite over every transport, shows each check as it ends, and stops on Stop', async () => {
    const page = await openLive('/conformance');
    await page.locator('.ms-bar button').first().click();
    await page.locator('.ms-matrix td.waiting').first().waitFor();
    await page.locator('.ms-matrix td.passed').nth(5).waitFor();
    await page.locator('.ms-bar button').nth(1).click();
    await page.locator('.ms-bar button:enabled.primary').waitFor();
    expect(await page.locator('.ms-matrix td.failed').count()).toBe(0);
    await untilNothingRuns();
    await page.context().close();
  });
});

describe('the benchmark page', () => {
  it('measures, shows progress, and stops', async () => {
    const page = await openLive('/benchmarks');
    const names = ['fan-out', 'channels', 'conflation', 'backbones', 'deliveries', 'recovery'];
    expect(await page.locator('.ms-live').count()).toBe(names.length);
    for (const place of names.keys()) {
      const bench = page.locator('.ms-live').nth(place);
      await bench.locator('.ms-bar button').first().click();
      await bench.locator('[role=progressbar], progress').first().waitFor();
      await bench.locator('.ms-bar button:enabled', { hasText: 'Stop' }).click();
      await bench.locator('.ms-bar button:enabled.primary').waitFor();
      await untilNothingRuns();
    }
    await page.context().close();
  });
});

describe('the example page', () => {
  it.each(LOCALES)('starts the gateway, talks to it in both encodings, and sees its goodbye (%s)', async (locale) => {
    const page = await openLive(pathIn(locale, '/examples/node-gateway'));
    const example = page.locator('.ms-live').first();
    await example.locator('button').first().click();
    await example.locator('code', { hasText: /^ws:/ }).waitFor();

    const playground = page.locator('.ms-playground');
    for (const encoding of ['json', 'msgpack']) {
      await playground.locator('select').first().selectOption(encoding);
      await playground.locator('form').first().locator('button[type=submit]').click();
      await frame(playground, '"ready"|ready');
      await send(playground, { type: 'subscribe', id: 1, topic: 'demo.browser' });
      await frame(playground, 'subscribed');
      await send(playground, {
        type: 'publish',
        id: 2,
        topic: 'demo.browser',
        messageId: encoding,
        payload: { encoding },
      });
      await frame(playground, 'message');
      await send(playground, { type: 'subscribe', id: 3, topic: 'prices.eurusd' });
      await frame(playground, 'ACL_DENIED');
      if (encoding === 'json') {
        await playground.locator('form').first().locator('button[type=submit]').click();
        await playground.locator('form').first().locator('select:enabled').first().waitFor();
        await playground.locator('.ms-bar .small').click();
      }
    }
    await example.locator('button').nth(1).click();
    await frame(playground, 'goodbye');
    await untilNothingRuns();
    await page.context().close();
  });
});

type Part = ReturnType<Page['locator']>;

async function send(playground: Part, value: object): Promise<void> {
  await playground.locator('textarea').fill(JSON.stringify(value));
  await playground.locator('form').nth(1).locator('button[type=submit]').click();
}

async function frame(playground: Part, text: string): Promise<void> {
  await playground
    .locator('.ms-frames li', { hasText: new RegExp(text) })
    .first()
    .waitFor();
}
