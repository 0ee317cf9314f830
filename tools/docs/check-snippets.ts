/**
 * Every snippet shows a part of a file that exists and that tests run.
 *
 * VitePress prints the whole file when a region's name is wrong, without a word; this check speaks up.
 */

import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import type { Problem } from './problem.ts';
import type { Page, Site } from './site.ts';

/** Code below these folders is run by tests or by the suites. */
const TESTED_FOLDERS = ['reference', 'examples', 'e2e', 'bench'];

/** The parts of a snippet's line, as VitePress reads them: `path#region {lines lang} [label]`. */
const SNIPPET = /^(.+?(?:\.[a-z0-9]+)?)(?:#([\w-]+))?(?: ?\{[^}]*\})? ?(?:\[.+\])?$/;

export function checkSnippets(site: Site): Problem[] {
  return site.pages.flatMap((page) =>
    page.shape.snippets.flatMap(({ line, text }) => {
      const message = faultOf(site, page, text);
      return message === undefined ? [] : [{ check: 'snippets', file: page.path, line, message }];
    }),
  );
}

function faultOf(site: Site, page: Page, text: string): string | undefined {
  const [, written = '', region] = SNIPPET.exec(text) ?? [];
  const file = written.startsWith('@')
    ? resolve(join(site.docs, written.slice(1)))
    : resolve(dirname(join(site.docs, page.path)), written);
  const shown = relative(site.root, file).split(sep).join('/');
  if (!TESTED_FOLDERS.includes(shown.split('/')[0] ?? '')) {
    return `${shown} is not below a folder that tests run (${TESTED_FOLDERS.join(', ')})`;
  }
  if (!existsSync(file) || !statSync(file).isFile()) return `${shown} does not exist`;
  return region === undefined ? undefined : regionFault(readFileSync(file, 'utf8'), shown, region);
}

/** What is wrong with a region of a file, or undefined. */
export function regionFault(source: string, file: string, region: string): string | undefined {
  const lines = source.split(/\r?\n/).map((line) => line.trim());
  const starts = lines.flatMap((line, index) => (isMark(line, 'region', region) ? [index] : []));
  const [start] = starts;
  if (start === undefined) return `${file} has no region ${region}`;
  if (starts.length > 1) return `${file} has ${starts.length} regions named ${region}`;
  const length = lines.slice(start + 1).findIndex((line) => isMark(line, 'endregion', region));
  if (length === -1) return `the region ${region} of ${file} has no #endregion ${region}`;
  const content = lines
    .slice(start + 1, start + 1 + length)
    .filter((line) => line !== '' && !/^\W*#?(end)?region\b/.test(line));
  return content.length === 0 ? `the region ${region} of ${file} is empty` : undefined;
}

function isMark(line: string, word: 'region' | 'endregion', region: string): boolean {
  const mark = /^(?:\/\/|\/\*|<!--|#)\s*#?((?:end)?region)\s+([\w*-]+)/.exec(line);
  return mark?.[1] === word && mark[2] === region;
}
