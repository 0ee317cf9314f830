/** The pages of this repository pass every check. */

import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { GROUPS, INTERNALS } from '../../.vitepress/sidebar.ts';
import { CHECKS } from '../../tools/docs/check.ts';
import { cleanPath } from '../../tools/docs/links.ts';
import { describeProblem } from '../../tools/docs/problem.ts';
import { pathIn, readSite } from '../../tools/docs/site.ts';

const site = readSite(resolve(import.meta.dirname, '../..'));

describe('the pages', () => {
  test.each(CHECKS)('$title', ({ run }) => {
    expect(run(site).map(describeProblem)).toEqual([]);
  });

  test('are all in the menu, and the menu leads to pages only', () => {
    const paths = new Set(site.pages.map(({ path }) => cleanPath(path)));
    const translated = GROUPS.flatMap(({ pages }) => pages.map(({ path }) => path));
    const english = INTERNALS.pages.map(({ path }) => cleanPath(path));
    const listed = [
      ...translated.flatMap((path) => (['en', 'tr', 'es'] as const).map((language) => pathIn(path, language))),
      ...english,
    ];
    expect(listed.filter((path) => !paths.has(path))).toEqual([]);

    const homes = ['', 'tr', 'es'];
    const unlisted = [...paths].filter((path) => !listed.includes(path) && !homes.includes(path));
    // Decisions are listed by their folder.
    expect(unlisted.filter((path) => !path.startsWith('internals/decisions'))).toEqual([]);
  });
});
