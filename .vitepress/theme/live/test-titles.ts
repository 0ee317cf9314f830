/** Titles of suites and tests in the language of the page. English ones come with the tests. */

import type { Locale } from '../../locales/index.ts';

interface TitleFile {
  /** By `suite` and by `suite/testId`. */
  readonly titles: Readonly<Record<string, string>>;
}

// A glob, because a language whose titles are not written yet must not break the page.
const files = import.meta.glob<TitleFile>('../../../e2e/src/titles/*.ts', { eager: true });

const byLocale = new Map(
  Object.entries(files).map(([path, file]) => [/([a-z]+)\.ts$/.exec(path)?.[1] ?? '', file.titles]),
);

export function titleIn(locale: Locale, key: string, english: string): string {
  return byLocale.get(locale)?.[key] ?? english;
}
