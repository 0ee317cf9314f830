/**
 * The site: pages in `docs/`, one set of settings per language.
 *
 * `DOCS_BASE` is the path below which the built site is served, such as `/micro-socket/`; by default it is `/`.
 */

import { resolve } from 'node:path';
import { endWithNpm } from '@micro-socket/gateway/node';
import { defineConfig } from 'vitepress';
import { diagramReload } from './diagram-reload.ts';
import { livePlugin } from './live/plugin.ts';
import { LOCALES, prefixOf, texts } from './locales/index.ts';
import { diagrams } from './markdown/diagrams.ts';
import { COPY_BUTTON_TITLE, localisedLabels } from './markdown/labels.ts';
import { searchOptions } from './search.ts';
import { themeConfigOf } from './theme-config.ts';
import { themeLabels } from './theme-labels.ts';

// Stopping `npm run docs:dev` stops the server, and with it everything that pages have started.
endWithNpm();

// All scripts that use this file start at the root of the repository.
const root = process.cwd();
const docs = resolve(root, 'docs');
const pictures = resolve(root, 'tools/diagrams/svg');
const base = normaliseBase(process.env['DOCS_BASE']);
const building = process.argv.includes('build');

export default defineConfig({
  srcDir: 'docs',
  base,
  // A cold start, such as a reader's first one, is what the browser tests want to see.
  ...(process.env['DOCS_CACHE_DIR'] === undefined ? {} : { cacheDir: process.env['DOCS_CACHE_DIR'] }),
  title: 'Micro Socket',
  description: texts.en.description,
  lang: texts.en.lang,
  cleanUrls: true,
  lastUpdated: true,
  head: [['link', { rel: 'icon', href: `${base}logo.svg`, type: 'image/svg+xml' }]],
  locales: Object.fromEntries(
    LOCALES.map((locale) => [
      prefixOf(locale) || 'root',
      {
        label: texts[locale].name,
        lang: texts[locale].lang,
        description: texts[locale].description,
        themeConfig: themeConfigOf(locale, docs, base),
      },
    ]),
  ),
  themeConfig: {
    logo: '/logo.svg',
    search: { provider: 'local', options: searchOptions() },
  },
  markdown: {
    // A page looks different once its diagrams are drawn, although its text is the same.
    cache: false,
    codeCopyButtonTitle: COPY_BUTTON_TITLE,
    // Bytes in hexadecimal have no grammar; naming the language here keeps the highlighter from warning.
    languages: [{ name: 'hex', scopeName: 'source.hex', patterns: [], repository: {} }],
    config(markdown) {
      localisedLabels(markdown);
      diagrams(markdown, {
        folder: pictures,
        missing: building ? 'error' : 'show-source',
      });
    },
  },
  vite: {
    optimizeDeps: {
      // Imported only when the reader presses a button, or opens the simulator or the trading screen. Vite would find their packages then,
      // prepare them, and load the page anew, which ends what the reader has just started.
      entries: [
        'reference/protocol/src/index.ts',
        '.vitepress/theme/sim/sim-worker.ts',
        '.vitepress/theme/price-feed/screen-engine.ts',
        '.vitepress/theme/price-feed/in-page-house.ts',
      ].map((path) => resolve(root, path)),
    },
    plugins: [themeLabels(), diagramReload(pictures), livePlugin()],
    server: {
      // Pages show code and import components from the whole repository, which is one level above Vite's root.
      fs: { allow: [root] },
    },
  },
});

/** A base path has a slash at either end, however it was written. */
function normaliseBase(written: string | undefined): string {
  const trimmed = (written ?? '').replace(/^\/+|\/+$/g, '');
  return trimmed === '' ? '/' : `/${trimmed}/`;
}
