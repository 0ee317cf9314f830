/** The parts of the site shell that run without a browser. */

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { LOCALES, localeOfPath, texts } from '../../.vitepress/locales/index.ts';
import { foldTerm } from '../../.vitepress/search.ts';
import { formatDate, formatNumber } from '../../.vitepress/theme/format.ts';
import { PATCHES, themeLabels } from '../../.vitepress/theme-labels.ts';

const THEME = resolve(import.meta.dirname, '../../node_modules/vitepress/dist/client/theme-default');

describe('texts', () => {
  test('are all there, and translated', () => {
    // Words that are the same in two languages.
    const shared = new Set(['Protokol', 'Gateway', 'Micro Socket']);
    for (const locale of LOCALES) {
      for (const [key, text] of leavesOf(texts[locale])) {
        expect(text, `${locale} ${key}`).not.toBe('');
        if (locale !== 'en' && !shared.has(text))
          expect(text, `${locale} ${key}`).not.toBe(leavesOf(texts.en).get(key));
      }
    }
  });

  test('follow the path of the page', () => {
    expect(['tr/guide/a.md', 'es/index.md', 'guide/a.md', 'internals/trees.md', 'trees.md'].map(localeOfPath)).toEqual([
      'tr',
      'es',
      'en',
      'en',
      'en',
    ]);
  });
});

function leavesOf(value: object, prefix = ''): Map<string, string> {
  return new Map(
    Object.entries(value).flatMap(([key, inner]) =>
      typeof inner === 'string' ? [[`${prefix}${key}`, inner] as const] : [...leavesOf(inner, `${prefix}${key}.`)],
    ),
  );
}

describe('search', () => {
  test.each([
    ['İletişim', 'iletişim'],
    ['AYRINTI', 'ayrıntı'],
    ['GEÇİDİ', 'gecidi'],
    ['SUSCRIPCIÓN', 'suscripcion'],
    ['INVARIANT', 'invariant'],
  ])('finds %s when %s is typed', (written, typed) => {
    expect(foldTerm(written)).toBe(foldTerm(typed));
  });

  test('sends a function to the browser that needs nothing else', () => {
    const inBrowser = new Function(`return (${foldTerm.toString()})`)() as typeof foldTerm;
    expect(inBrowser('Kapı AĞZI')).toBe('kapi agzi');
  });
});

describe('labels of the default theme', () => {
  test.each(PATCHES)('$file is where the translation expects it', ({ file, from, to }) => {
    const path = `${THEME}/${file}`;
    const transform = themeLabels().transform as (code: string, id: string) => { code: string } | undefined;
    const result = transform(readFileSync(path, 'utf8'), path);
    expect(result?.code).toContain(to);
    expect(result?.code.replace(to, '')).not.toContain(from);
  });

  test('complain when VitePress has changed', () => {
    const transform = themeLabels().transform as (code: string, id: string) => unknown;
    expect(() => transform('<template/>', `${THEME}/components/VPSidebar.vue`)).toThrow(/theme-labels\.ts/);
    expect(transform('<template/>', `${THEME}/components/VPHero.vue`)).toBeUndefined();
  });
});

describe('figures', () => {
  test('are written as in the language of the page', () => {
    expect(LOCALES.map((locale) => formatNumber(locale, 12345.5))).toEqual(['12,345.5', '12.345,5', '12.345,5']);
  });

  test('have dates in UTC, so that a built page and a browser agree', () => {
    const at = Date.UTC(2026, 0, 31, 23, 30);
    expect(formatDate('es', at)).toContain('23:30');
    expect(formatDate('tr', at, { month: 'long' })).toBe('Ocak');
  });
});
