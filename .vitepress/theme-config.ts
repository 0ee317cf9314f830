/** The default theme's settings in one language. */

import type { DefaultTheme } from 'vitepress';
import { type Locale, texts } from './locales/index.ts';
import { navOf, sidebarOf } from './sidebar.ts';

export function themeConfigOf(locale: Locale, docs: string, base: string): DefaultTheme.Config {
  const { theme, notFound } = texts[locale];
  return {
    nav: navOf(locale),
    sidebar: sidebarOf(locale, docs),
    outline: { level: [2, 3], label: theme.outline },
    docFooter: { prev: theme.previousPage, next: theme.nextPage },
    lastUpdated: { text: theme.lastUpdated, formatOptions: { dateStyle: 'medium', forceLocale: true } },
    returnToTopLabel: theme.returnToTop,
    sidebarMenuLabel: theme.menu,
    darkModeSwitchLabel: theme.appearance,
    lightModeSwitchTitle: theme.lightMode,
    darkModeSwitchTitle: theme.darkMode,
    langMenuLabel: theme.changeLanguage,
    skipToContentLabel: theme.skipToContent,
    notFound,
    footer: {
      message: `<a href="${base}internals/">${theme.footerInternals}</a>`,
      copyright: theme.footer,
    },
  };
}
