/** Every diagram has a title, a description and its two committed pictures; no picture is left over. */

import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Diagram, diagramOf, pictureFile } from '../diagrams/diagram.ts';
import { THEMES } from '../diagrams/settings.ts';
import type { Problem } from './problem.ts';
import type { Page, Site } from './site.ts';

/** Where the pictures are, below the repository. */
export const PICTURE_FOLDER = 'tools/diagrams/svg';

/** A diagram and the place where a page has it. */
export interface PlacedDiagram {
  readonly page: Page;
  readonly line: number;
  readonly diagram: Diagram;
}

export function diagramsOf(site: Site): PlacedDiagram[] {
  return site.pages.flatMap((page) =>
    page.shape.fences
      .filter(({ lang }) => lang === 'mermaid')
      .map(({ line, code }) => ({ page, line, diagram: diagramOf(code) })),
  );
}

export function checkDiagrams(site: Site): Problem[] {
  const placed = diagramsOf(site);
  const folder = join(site.root, PICTURE_FOLDER);
  return [...placed.flatMap((one) => faultsOf(folder, one)), ...leftOver(folder, placed)];
}

/** Pictures in the folder that no page asks for. */
export function orphansOf(folder: string, wanted: ReadonlySet<string>): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).filter((name) => name.endsWith('.svg') && !wanted.has(name.split('.')[0] ?? ''));
}

function faultsOf(folder: string, { page, line, diagram }: PlacedDiagram): Problem[] {
  const problem = (message: string): Problem => ({ check: 'diagrams', file: page.path, line, message });
  const problems: Problem[] = [];
  if (diagram.title === '') problems.push(problem('the diagram has no accTitle'));
  if (diagram.description === '') problems.push(problem('the diagram has no accDescr'));
  if (!THEMES.every((theme) => existsSync(pictureFile(folder, diagram.hash, theme)))) {
    problems.push(problem(`the diagram has not been drawn as it is now (${diagram.hash}); run npm run diagrams`));
  }
  return problems;
}

function leftOver(folder: string, placed: readonly PlacedDiagram[]): Problem[] {
  const wanted = new Set(placed.map(({ diagram }) => diagram.hash));
  return orphansOf(folder, wanted).map((name) => ({
    check: 'diagrams',
    file: `${PICTURE_FOLDER}/${name}`,
    message: 'no page has this diagram any more; run npm run diagrams',
  }));
}
