/** Every English page has its Turkish and its Spanish twin, and every translated page its English one. */

import type { Problem } from './problem.ts';
import { findPage, pathIn, type Site, TRANSLATIONS } from './site.ts';

export function checkPairs(site: Site): Problem[] {
  const problems: Problem[] = [];
  for (const page of site.pages) {
    if (page.englishOnly) continue;
    if (page.language !== 'en') {
      if (page.key.startsWith('internals/')) {
        problems.push({ check: 'pairs', file: page.path, message: 'pages below internals/ exist in English only' });
      } else if (!findPage(site, page.key, 'en')) {
        problems.push({ check: 'pairs', file: page.path, message: `has no English page docs/${page.key}` });
      }
      continue;
    }
    for (const language of TRANSLATIONS) {
      if (!findPage(site, page.key, language)) {
        problems.push({ check: 'pairs', file: page.path, message: `has no twin docs/${pathIn(page.key, language)}` });
      }
    }
  }
  return problems;
}
