/** A translation has the shape of its English page: the same parts in the same order, in other words. */

import { resolveLink } from './links.ts';
import type { Component, Fence, PageShape } from './markdown.ts';
import { outlineOf } from './mermaid-outline.ts';
import type { Problem } from './problem.ts';
import { type Page, type Site, translatedPairs } from './site.ts';

export function checkShapes(site: Site): Problem[] {
  return translatedPairs(site).flatMap(({ english, translated }) => compareShapes(english, translated));
}

/** One part of a page, reduced to what must be equal in every language. */
interface Part {
  readonly line: number;
  readonly value: string;
}

/** The differences between a translated page and its English page. At most one of each kind, as one shifts the rest. */
export function compareShapes(english: Page, translated: Page): Problem[] {
  const kinds: [string, (page: Page) => Part[]][] = [
    ['heading', headingParts],
    ['fence', ({ shape }) => shape.fences.map(fencePart)],
    ['snippet', ({ shape }) => shape.snippets.map(({ line, text }) => ({ line, value: text }))],
    ['container', ({ shape }) => shape.containers.map(({ line, text }) => ({ line, value: text }))],
    ['component', ({ shape }) => shape.components.map(componentPart)],
    ['table', tableParts],
    ['link', linkParts],
  ];
  const differences = kinds.flatMap(([kind, partsOf]) => compareParts(kind, partsOf(english), partsOf(translated)));
  return [...differences, ...compareDiagrams(english.shape, translated.shape)].map(({ line, message }) => ({
    check: 'shape',
    file: translated.path,
    line,
    message,
  }));
}

interface Difference {
  readonly line: number;
  readonly message: string;
}

function compareParts(kind: string, english: readonly Part[], translated: readonly Part[]): Difference[] {
  const count = Math.max(english.length, translated.length);
  for (let index = 0; index < count; index += 1) {
    const wanted = english[index];
    const found = translated[index];
    if (wanted?.value === found?.value) continue;
    const line = found?.line ?? translated.at(-1)?.line ?? 1;
    if (!found) return [{ line, message: `lacks the ${kind} ${wanted?.value} (English line ${wanted?.line})` }];
    if (!wanted) return [{ line, message: `has a ${kind} that the English page lacks: ${found.value}` }];
    return [
      { line, message: `${kind} ${index + 1} is ${found.value}, in English ${wanted.value} (line ${wanted.line})` },
    ];
  }
  return [];
}

function headingParts({ shape }: Page): Part[] {
  return shape.headings.map(({ line, level, id }) => ({ line, value: `h${level} #${id ?? '(none)'}` }));
}

function tableParts({ shape }: Page): Part[] {
  return shape.tables.map(({ line, columns, rows }) => ({ line, value: `of ${columns} columns and ${rows} rows` }));
}

function fencePart({ line, lang, code }: Fence): Part {
  const label = lang === '' ? '(no language)' : lang;
  return { line, value: lang === 'mermaid' ? label : `${label} ${JSON.stringify(code.trimEnd())}` };
}

/** Attributes whose value is a sentence for the reader. */
const TRANSLATED_ATTRIBUTES = new Set(['title', 'label', 'text', 'caption', 'alt', 'description', 'aria-label']);

function componentPart({ line, name, attributes }: Component): Part {
  const written = [...attributes].map(([attribute, value]) =>
    TRANSLATED_ATTRIBUTES.has(attribute) ? attribute : `${attribute}="${value}"`,
  );
  return { line, value: `<${[name, ...written.sort()].join(' ')}>` };
}

/** Links are compared as a set in sorted order, because another language may put the words in another order. */
function linkParts(page: Page): Part[] {
  return page.shape.links
    .map(({ line, target }) => ({ line, value: withoutLanguage(page, target) }))
    .sort((one, other) => (one.value < other.value ? -1 : one.value > other.value ? 1 : 0));
}

function withoutLanguage(page: Page, target: string): string {
  const local = resolveLink(page, target);
  if (!local) return target;
  const path = local.path.replace(/^(tr|es)(\/|$)/, '');
  return `/${path}${local.anchor === undefined ? '' : `#${local.anchor}`}`;
}

function compareDiagrams(english: PageShape, translated: PageShape): Difference[] {
  const wanted = english.fences.filter(({ lang }) => lang === 'mermaid');
  const found = translated.fences.filter(({ lang }) => lang === 'mermaid');
  return found.flatMap((fence, index) => {
    const original = wanted[index];
    const message = original === undefined ? undefined : diagramDifference(original.code, fence.code);
    return message === undefined ? [] : [{ line: fence.line, message }];
  });
}

function diagramDifference(english: string, translated: string): string | undefined {
  const wanted = outlineOf(english);
  const found = outlineOf(translated);
  if (found.lines.length !== wanted.lines.length) {
    return `the diagram has ${found.lines.length} lines, in English ${wanted.lines.length}`;
  }
  const index = found.lines.findIndex((line, at) => line !== wanted.lines[at]);
  if (index !== -1)
    return `the diagram's line ${index + 1} is "${found.lines[index]}", in English "${wanted.lines[index]}"`;
  if (found.nodes !== wanted.nodes) return `the diagram has ${found.nodes} nodes, in English ${wanted.nodes}`;
  return undefined;
}
