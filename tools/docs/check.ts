/** All the checks of the pages in one list, for the command and for the tests. */

import { checkInlineCode } from './check-code.ts';
import { checkDiagrams } from './check-diagrams.ts';
import { checkHeadings } from './check-headings.ts';
import { checkLinks } from './check-links.ts';
import { checkPairs } from './check-pairs.ts';
import { checkShapes } from './check-shape.ts';
import { checkSnippets } from './check-snippets.ts';
import { checkSourceHashes } from './check-source-hash.ts';
import type { Problem } from './problem.ts';
import type { Site } from './site.ts';

export interface Check {
  /** What it makes sure of, as a sentence that a test can have as its title. */
  readonly title: string;
  readonly run: (site: Site) => Problem[];
}

export const CHECKS: readonly Check[] = [
  { title: 'every page exists in the three languages', run: checkPairs },
  { title: 'every heading has an explicit anchor', run: checkHeadings },
  { title: 'every translation has the shape of its English page', run: checkShapes },
  { title: 'every translation is of the present English text', run: checkSourceHashes },
  { title: 'every snippet is a region of a tested file', run: checkSnippets },
  { title: 'no page has program code of its own', run: checkInlineCode },
  { title: 'every link leads somewhere', run: checkLinks },
  { title: 'every diagram is described and drawn', run: checkDiagrams },
];

export function checkSite(site: Site): Problem[] {
  return CHECKS.flatMap(({ run }) => run(site));
}
