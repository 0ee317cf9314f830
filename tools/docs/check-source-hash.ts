/**
 * A translated page names the English text that it translates, by its hash.
 *
 * When the English page changes, its translations fail until somebody has brought them up to date and accepted them
 * with `npm run docs:parity -- --accept`. No history is needed, so this works in a shallow clone.
 */

import { createHash } from 'node:crypto';
import type { Problem } from './problem.ts';
import { type Site, translatedPairs } from './site.ts';

/** The hash of an English page. Line breaks and spacing do not count, so that re-wrapping a paragraph is free. */
export function sourceHash(english: string): string {
  return createHash('sha256').update(english.replace(/\s+/g, ' ').trim()).digest('hex');
}

const FIELD = /^sourceHash:.*$/m;

export function checkSourceHashes(site: Site): Problem[] {
  return translatedPairs(site).flatMap(({ english, translated }) => {
    const written = recordedHash(translated.shape.frontmatter);
    if (written === sourceHash(english.source)) return [];
    const accept = `npm run docs:parity -- --accept ${translated.path}`;
    const message =
      written === undefined
        ? `has no sourceHash; when it says what docs/${english.path} says, run: ${accept}`
        : `docs/${english.path} has changed since this translation; bring it up to date, then run: ${accept}`;
    return [{ check: 'source-hash', file: translated.path, message }];
  });
}

/** The text of a translated page with the hash of its English page in the front matter. */
export function withSourceHash(translated: string, english: string): string {
  const field = `sourceHash: ${sourceHash(english)}`;
  const newline = translated.includes('\r\n') ? '\r\n' : '\n';
  const matter = /^---\r?\n[\s\S]*?^---[ \t]*\r?$/m.exec(translated);
  if (matter?.index !== 0) return `---${newline}${field}${newline}---${newline}${newline}${translated}`;
  const updated = FIELD.test(matter[0])
    ? matter[0].replace(/^sourceHash:[^\r\n]*/m, field)
    : matter[0].replace(/^---\r?\n/, `---${newline}${field}${newline}`);
  return updated + translated.slice(matter[0].length);
}

function recordedHash(frontmatter: readonly string[]): string | undefined {
  const line = frontmatter.find((text) => FIELD.test(text));
  return line
    ?.slice('sourceHash:'.length)
    .trim()
    .replace(/^['"]|['"]$/g, '');
}
