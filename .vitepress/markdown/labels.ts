/** Gives the page's language to what VitePress writes into a page in one language for the whole site. */

import type { MarkdownRenderer } from 'vitepress';
import { type LocaleText, texts } from '../locales/index.ts';
import { localeOf, type PageEnvironment } from './environment.ts';

type MarkdownText = LocaleText['markdown'];

/** The title that VitePress is told to give to the copy buttons, so that it can be found and replaced. */
export const COPY_BUTTON_TITLE = texts.en.markdown.copyCode;

export function localisedLabels(markdown: MarkdownRenderer): void {
  localiseCopyButtons(markdown);
  localiseContainers(markdown);
  localisePermalinks(markdown);
}

function localiseCopyButtons(markdown: MarkdownRenderer): void {
  const fence = markdown.renderer.rules.fence;
  markdown.renderer.rules.fence = (tokens, index, settings, env: PageEnvironment, renderer) => {
    const html = fence?.(tokens, index, settings, env, renderer) ?? '';
    const title = textOf(env).copyCode;
    return html.replace(`<button title="${COPY_BUTTON_TITLE}"`, `<button title="${title}" aria-label="${title}"`);
  };
}

/** A container without a title of its own gets one in the language of the page. */
function localiseContainers(markdown: MarkdownRenderer): void {
  for (const type of ['info', 'tip', 'warning', 'danger', 'details'] as const) {
    const name = `container_${type}_open`;
    const open = markdown.renderer.rules[name];
    if (!open) continue;
    markdown.renderer.rules[name] = (tokens, index, settings, env: PageEnvironment, renderer) => {
      const token = tokens[index];
      if (token?.info.trim() === type) token.info = `${type} ${textOf(env).containers[type]}`;
      return open(tokens, index, settings, env, renderer);
    };
  }
}

function localisePermalinks(markdown: MarkdownRenderer): void {
  markdown.core.ruler.push('localised-permalinks', (state) => {
    const text = textOf(state.env as PageEnvironment);
    for (const token of state.tokens) {
      for (const child of token.children ?? []) {
        if (child.type !== 'link_open' || child.attrGet('class') !== 'header-anchor') continue;
        const title = /^Permalink to "(.*?)(?:\s*\{#[\w-]+\})?"$/s.exec(child.attrGet('aria-label') ?? '')?.[1];
        if (title !== undefined)
          child.attrSet(
            'aria-label',
            text.permalink.replace('%s', () => title),
          );
      }
    }
  });
}

function textOf(env: PageEnvironment): MarkdownText {
  return texts[localeOf(env)].markdown;
}
