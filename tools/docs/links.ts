/** What a link of a page points at. */

import { posix } from 'node:path';
import type { Page } from './site.ts';

/** A link to somewhere in the site. */
export interface LocalTarget {
  /** Path below `docs/` without extension and without `index`: `tr/guide/invariants`, or empty for the home page. */
  readonly path: string;
  readonly anchor: string | undefined;
}

/** Where a link leads, or undefined when it leaves the site. */
export function resolveLink(page: Pick<Page, 'path'>, target: string): LocalTarget | undefined {
  if (/^[a-z][a-z0-9+.-]*:|^\/\//i.test(target)) return undefined;
  const [pathAndQuery = '', anchor] = split(target, '#');
  const [written = ''] = split(pathAndQuery, '?');
  if (written === '') return { path: cleanPath(page.path), anchor };
  const base = written.startsWith('/') ? '/' : `/${posix.dirname(page.path)}/`;
  const absolute = posix.join(base, decodeURI(written));
  return { path: cleanPath(absolute.slice(1)), anchor };
}

/** The address of a page below `docs/`, as `LocalTarget.path` writes it. */
export function cleanPath(path: string): string {
  return path
    .replace(/\.(md|html)$/, '')
    .replace(/(^|\/)index$/, '$1')
    .replace(/\/$/, '');
}

function split(text: string, mark: string): [string, string | undefined] {
  const at = text.indexOf(mark);
  return at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}
