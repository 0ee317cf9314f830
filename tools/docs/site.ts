/** The pages of the site as the checks see them: read once, grouped by language. */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type PageShape, readShape } from './markdown.ts';

/** A language of the pages. English is at the root of `docs/`. */
export type Language = 'en' | 'tr' | 'es';

export const TRANSLATIONS: readonly Language[] = ['tr', 'es'];

export interface Page {
  /** Path below `docs/` with forward slashes: `tr/guide/quick-start.md`. */
  readonly path: string;
  readonly language: Language;
  /** The path without the language, which is the same for a page and its translations: `guide/quick-start.md`. */
  readonly key: string;
  /** True for the pages that exist in English only. */
  readonly englishOnly: boolean;
  readonly source: string;
  readonly shape: PageShape;
}

export interface Site {
  /** The repository, or a folder laid out like it. */
  readonly root: string;
  readonly docs: string;
  /** Sorted by path. */
  readonly pages: readonly Page[];
}

/** Pages below this folder are for contributors and are not translated. */
const ENGLISH_ONLY = 'internals/';

export function readSite(root: string): Site {
  const docs = join(root, 'docs');
  const paths = existsSync(docs) ? markdownFiles(docs, '') : [];
  return { root, docs, pages: paths.sort().map((path) => pageOf(path, readFileSync(join(docs, path), 'utf8'))) };
}

export function pageOf(path: string, source: string): Page {
  const language = languageOf(path);
  const key = language === 'en' ? path : path.slice(language.length + 1);
  return { path, language, key, englishOnly: path.startsWith(ENGLISH_ONLY), source, shape: readShape(source) };
}

/** The page with this key in this language. */
export function findPage(site: Site, key: string, language: Language): Page | undefined {
  return site.pages.find((page) => page.key === key && page.language === language);
}

/** The path that a page has, or would have, in a language. */
export function pathIn(key: string, language: Language): string {
  return language === 'en' ? key : `${language}/${key}`;
}

/** Each translated page that exists together with the English page that it translates. */
export function translatedPairs(site: Site): { readonly english: Page; readonly translated: Page }[] {
  return site.pages
    .filter((page) => page.language !== 'en')
    .flatMap((translated) => {
      const english = findPage(site, translated.key, 'en');
      return english ? [{ english, translated }] : [];
    });
}

function languageOf(path: string): Language {
  const first = path.split('/')[0];
  return first === 'tr' || first === 'es' ? first : 'en';
}

function markdownFiles(folder: string, prefix: string): string[] {
  return readdirSync(join(folder, prefix), { withFileTypes: true }).flatMap((entry) => {
    const path = prefix === '' ? entry.name : `${prefix}/${entry.name}`;
    // Files in `public` are copied as they are; they are not pages.
    if (entry.isDirectory()) return path === 'public' ? [] : markdownFiles(folder, path);
    return entry.name.endsWith('.md') ? [path] : [];
  });
}
