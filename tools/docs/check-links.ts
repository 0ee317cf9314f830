/** No link of a page leads nowhere: neither to a page that does not exist, nor to an anchor that it does not have. */

import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { cleanPath, resolveLink } from './links.ts';
import type { Problem } from './problem.ts';
import type { Page, Site } from './site.ts';

export function checkLinks(site: Site): Problem[] {
  const pages = new Map(site.pages.map((page) => [cleanPath(page.path), page]));
  return site.pages.flatMap((page) =>
    page.shape.links.flatMap(({ line, target }) => {
      const message = faultOf(site, pages, page, target);
      return message === undefined ? [] : [{ check: 'links', file: page.path, line, message }];
    }),
  );
}

function faultOf(site: Site, pages: ReadonlyMap<string, Page>, page: Page, target: string): string | undefined {
  const local = resolveLink(page, target);
  if (!local) return undefined;
  const found = pages.get(local.path);
  if (!found) return isPublicFile(site, local.path, target) ? undefined : `${target} leads to no page`;
  if (local.anchor !== undefined && local.anchor !== '' && !anchorsOf(found).has(local.anchor)) {
    return `${target}: docs/${found.path} has no anchor #${local.anchor}`;
  }
  if (found.language !== page.language && !found.englishOnly && page.language !== 'en') {
    return `${target} leaves the language of the page; a relative link stays in it`;
  }
  return undefined;
}

function anchorsOf(page: Page): Set<string> {
  const ids = page.shape.headings.flatMap(({ id }) => (id === undefined ? [] : [id]));
  return new Set([...ids, ...page.shape.htmlIds]);
}

function isPublicFile(site: Site, path: string, target: string): boolean {
  const written = /\.html$/.test(target) ? `${path}.html` : path;
  const file = join(site.docs, 'public', written);
  return path !== '' && existsSync(file) && statSync(file).isFile();
}
