/** Every heading has an explicit anchor, so that a link survives a change of words and a change of language. */

import type { Problem } from './problem.ts';
import type { Site } from './site.ts';

export function checkHeadings(site: Site): Problem[] {
  return site.pages.flatMap((page) => {
    const seen = new Set<string>();
    return page.shape.headings.flatMap(({ line, id, text }) => {
      const problem = (message: string): Problem[] => [{ check: 'headings', file: page.path, line, message }];
      if (id === undefined) return problem(`the heading “${text}” has no explicit anchor {#id}`);
      if (seen.has(id)) return problem(`the anchor #${id} is used twice`);
      seen.add(id);
      return [];
    });
  });
}
