/** What a Markdown rule knows about the page that it renders. VitePress types this as `any`. */

import { type Locale, localeOfPath } from '../locales/index.ts';

export interface PageEnvironment {
  /** Path below `docs/`. */
  readonly relativePath?: string;
  /** Set while the search index is built: pictures and their sources are not text to be found. */
  readonly forSearch?: boolean;
}

/** The language of the page that is being rendered. */
export function localeOf(env: PageEnvironment): Locale {
  return localeOfPath(env.relativePath ?? '');
}
