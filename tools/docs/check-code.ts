/** Program code in a page comes from a file that tests run; a fence with code in it would go stale unseen. */

import type { Problem } from './problem.ts';
import type { Site } from './site.ts';

const PROGRAM_LANGUAGES = new Set([
  'ts',
  'js',
  'typescript',
  'javascript',
  'tsx',
  'jsx',
  'mts',
  'mjs',
  'cts',
  'cjs',
  'vue',
]);

export function checkInlineCode(site: Site): Problem[] {
  return site.pages.flatMap((page) =>
    page.shape.fences
      .filter(({ lang }) => PROGRAM_LANGUAGES.has(lang.toLowerCase()))
      .map(({ line, lang }) => ({
        check: 'code',
        file: page.path,
        line,
        message: `has a ${lang} fence; show a region of a tested file instead: <<< @/../path/file.ts#region`,
      })),
  );
}
