/**
 * Texts and figures in the language of the page.
 *
 * Components call these in `setup`. The results follow the reader when the language is switched.
 */

import { useData } from 'vitepress';
import { type ComputedRef, computed } from 'vue';
import { type Locale, type LocaleText, texts } from '../locales/index.ts';
import { formatDate, formatNumber } from './format.ts';

export { formatDate, formatNumber } from './format.ts';

/** The language of the current page. VitePress calls the language at the root of the site `root`. */
export function useLocale(): ComputedRef<Locale> {
  const { localeIndex } = useData();
  return computed(() => (localeIndex.value === 'tr' || localeIndex.value === 'es' ? localeIndex.value : 'en'));
}

/** Picks from any set of texts the one in the language of the page. */
export function useTextOf<Text>(byLocale: Readonly<Record<Locale, Text>>): ComputedRef<Text> {
  const locale = useLocale();
  return computed(() => byLocale[locale.value]);
}

/** The texts of the site shell in the language of the page. */
export function useText(): ComputedRef<LocaleText> {
  return useTextOf(texts);
}

/** Writes figures as the readers of the page write them. */
export interface Formatters {
  readonly formatNumber: (value: number, options?: Intl.NumberFormatOptions) => string;
  /** Takes a `Date`, milliseconds since 1970 or ISO 8601. */
  readonly formatDate: (value: Date | number | string, options?: Intl.DateTimeFormatOptions) => string;
}

/**
 * Number and date formatting in the language of the page.
 *
 * Dates are in UTC unless the options name a zone, because the built page and the reader's browser would otherwise
 * disagree about the text that they both render.
 */
export function useFormat(): Formatters {
  const locale = useLocale();
  return {
    formatNumber: (value, options) => formatNumber(locale.value, value, options),
    formatDate: (value, options) => formatDate(locale.value, value, options),
  };
}
