/** Texts and figures of the live parts in the language of the page. */

import { type ComputedRef, computed } from 'vue';
import { type LiveText, liveEn } from '../../locales/live.en.ts';
import { liveEs } from '../../locales/live.es.ts';
import { liveTr } from '../../locales/live.tr.ts';
import { formatDate, formatNumber } from '../format.ts';
import { useLocale, useTextOf } from '../text.ts';

const liveTexts = { en: liveEn, tr: liveTr, es: liveEs };

export function useLiveText(): ComputedRef<LiveText> {
  return useTextOf(liveTexts);
}

/** Puts values into the `{places}` of a text. A place without a value stays visible, so that it is noticed. */
export function fill(text: string, values: Readonly<Record<string, string | number>>): string {
  return text.replace(/\{(\w+)\}/g, (place, name: string) => String(values[name] ?? place));
}

export interface Plural {
  readonly one: string;
  readonly other: string;
}

export interface LiveFormat {
  number(value: number): string;
  /** Few digits, for figures that were measured. */
  measure(value: number): string;
  /** As short as can be, for the ticks of a chart. */
  compact(value: number): string;
  percent(share: number): string;
  date(isoText: string): string;
  duration(ms: number): string;
  bytes(count: number): string;
  plural(forms: Plural, count: number): string;
}

/** Formatters that follow the language of the page. */
export function useLiveFormat(): ComputedRef<LiveFormat> {
  const locale = useLocale();
  return computed(() => {
    const number = (value: number, options: Intl.NumberFormatOptions = {}) =>
      formatNumber(locale.value, value, options);
    const rules = new Intl.PluralRules(locale.value);
    return {
      number: (value) => number(value),
      measure: (value) => number(value, { maximumSignificantDigits: 3 }),
      compact: (value) =>
        number(value, {
          notation: 'compact',
          // The short Turkish form of a thousand is "B", which reads as bytes.
          compactDisplay: locale.value === 'tr' ? 'long' : 'short',
          maximumSignificantDigits: 3,
        }),
      percent: (share) => number(share, { style: 'percent', maximumFractionDigits: 0 }),
      date: (isoText) => `${formatDate(locale.value, isoText)} UTC`,
      duration: (ms) => durationText(ms, number),
      bytes: (count) => bytesText(count, number),
      plural: (forms, count) => fill(rules.select(count) === 'one' ? forms.one : forms.other, { count: number(count) }),
    };
  });
}

type Number2Text = (value: number, options?: Intl.NumberFormatOptions) => string;

function durationText(ms: number, number: Number2Text): string {
  const unit = (value: number, name: string, digits: number) =>
    number(value, { style: 'unit', unit: name, unitDisplay: 'short', maximumFractionDigits: digits });
  if (ms < 1000) return unit(ms, 'millisecond', 0);
  if (ms < 60_000) return unit(ms / 1000, 'second', 1);
  return `${unit(Math.floor(ms / 60_000), 'minute', 0)} ${unit(Math.floor((ms % 60_000) / 1000), 'second', 0)}`;
}

const BYTE_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

function bytesText(count: number, number: Number2Text): string {
  const power = count < 1024 ? 0 : Math.min(BYTE_UNITS.length - 1, Math.floor(Math.log2(count) / 10));
  return `${number(count / 1024 ** power, { maximumSignificantDigits: 3 })} ${BYTE_UNITS[power]}`;
}
