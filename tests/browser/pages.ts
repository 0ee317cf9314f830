import { projectFiles } from '../house/source-files.ts';

export const LOCALES = ['en', 'tr', 'es'] as const;
export type Locale = (typeof LOCALES)[number];

/** Paths of all pages of a language as the site serves them, contributors' pages left out. */
export function pagesOf(locale: Locale): string[] {
  const prefix = locale === 'en' ? '' : `${locale}/`;
  return projectFiles(/^docs\/.*\.md$/)
    .map((path) => path.slice('docs/'.length))
    .filter((path) => !path.startsWith('internals/'))
    .filter((path) => (locale === 'en' ? !/^(tr|es)\//.test(path) : path.startsWith(prefix)))
    .map((path) => `/${path.replace(/(^|\/)index\.md$/, '$1').replace(/\.md$/, '')}`);
}

export function pathIn(locale: Locale, path: string): string {
  return locale === 'en' ? path : `/${locale}${path}`;
}
