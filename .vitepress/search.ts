/** Search in the page's own index, with letters folded so that Turkish words are found however they are typed. */

import type { DefaultTheme } from 'vitepress';
import { type Locale, texts } from './locales/index.ts';

/**
 * Folds a word before it is indexed and before it is looked for: İ, I, ı and i are one letter, and accents do not count.
 *
 * VitePress sends the text of this function to the browser, so it must not use anything outside itself.
 */
export function foldTerm(term: string): string {
  return term
    .toLocaleLowerCase('tr')
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
    .replace(/\u0131/g, 'i');
}

export function searchOptions(): DefaultTheme.LocalSearchOptions {
  return {
    translations: translationsOf('en'),
    locales: { tr: { translations: translationsOf('tr') }, es: { translations: translationsOf('es') } },
    miniSearch: { options: { processTerm: foldTerm } },
    _render: renderForSearch,
  };
}

type RenderForSearch = NonNullable<DefaultTheme.LocalSearchOptions['_render']>;

/** The page as text to be found: diagrams count with their title and description only. */
const renderForSearch: RenderForSearch = async (source, env, markdown) => {
  const html = await markdown.render(source, Object.assign(env, { forSearch: true }));
  return env.frontmatter?.['search'] === false ? '' : html;
};

function translationsOf(locale: Locale): NonNullable<DefaultTheme.LocalSearchOptions['translations']> {
  const { search } = texts[locale];
  return {
    button: { buttonText: search.button, buttonAriaLabel: search.button },
    modal: {
      displayDetails: search.displayDetails,
      resetButtonTitle: search.reset,
      backButtonTitle: search.back,
      noResultsText: search.noResults,
      footer: {
        selectText: search.select,
        selectKeyAriaLabel: search.selectKey,
        navigateText: search.navigate,
        navigateUpKeyAriaLabel: search.upKey,
        navigateDownKeyAriaLabel: search.downKey,
        closeText: search.close,
        closeKeyAriaLabel: search.closeKey,
      },
    },
  };
}
