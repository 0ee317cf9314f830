/** The languages of the site, and the texts of each. */

import type { LocaleText } from './en.ts';
import { en } from './en.ts';
import { es } from './es.ts';
import { tr } from './tr.ts';

export type { LocaleText } from './en.ts';

/** English lives at the root of the site, the others below their own code. */
export type Locale = 'en' | 'tr' | 'es';

export const LOCALES: readonly Locale[] = ['en', 'tr', 'es'];

export const texts: Readonly<Record<Locale, LocaleText>> = { en, tr, es };

/** The path prefix of a language, without slashes at either end: empty for English. */
export function prefixOf(locale: Locale): '' | 'tr' | 'es' {
  return locale === 'en' ? '' : locale;
}

/** The language of a page, by its path below `docs/`. Anything outside `tr/` and `es/` is English. */
export function localeOfPath(relativePath: string): Locale {
  const first = relativePath.split('/')[0];
  return first === 'tr' || first === 'es' ? first : 'en';
}
