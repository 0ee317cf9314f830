/** `npm run diagrams`: draws the diagrams of the pages that have not been drawn yet, and removes what no page has. */

import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { checkDiagrams, diagramsOf, orphansOf, PICTURE_FOLDER, type PlacedDiagram } from '../docs/check-diagrams.ts';
import { describeProblem } from '../docs/problem.ts';
import { readSite, type Site } from '../docs/site.ts';
import { pictureFile, readPictures } from './diagram.ts';
import { THEMES } from './settings.ts';

const HELP = `Draws the Mermaid diagrams of the pages. The pictures are committed, so only whoever changes a diagram needs this.

  npm run diagrams                 draw what is missing and delete what no page has any more
  npm run diagrams -- --all        draw everything again
  npm run diagrams -- --check      only say whether the pictures are complete (needs neither Mermaid nor a browser)

Before the first time: npm ci --ignore-scripts --prefix tools/diagrams`;

export async function main(args: readonly string[], root: string, print: (line: string) => void): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: { check: { type: 'boolean' }, all: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
  });
  if (values.help) {
    print(HELP);
    return 0;
  }
  const site = readSite(root);
  return values.check ? check(site, print) : render(site, values.all ?? false, print);
}

function check(site: Site, print: (line: string) => void): number {
  const problems = checkDiagrams(site);
  for (const problem of problems) print(describeProblem(problem));
  print(`${diagramsOf(site).length} diagrams, ${problems.length} problems`);
  return problems.length === 0 ? 0 : 1;
}

async function render(site: Site, all: boolean, print: (line: string) => void): Promise<number> {
  const folder = join(site.root, PICTURE_FOLDER);
  mkdirSync(folder, { recursive: true });
  const placed = [...new Map(diagramsOf(site).map((one) => [one.diagram.hash, one])).values()];
  const wanted = placed.filter(({ diagram }) => all || !readPictures(folder, diagram.hash));
  const failures = wanted.length === 0 ? 0 : await drawAll(folder, wanted, print);
  const orphans = orphansOf(folder, new Set(placed.map(({ diagram }) => diagram.hash)));
  for (const name of orphans) rmSync(join(folder, name));
  print(
    `${placed.length} diagrams: ${wanted.length - failures} drawn, ${failures} failed, ${orphans.length} old files deleted`,
  );
  return failures === 0 ? 0 : 1;
}

/** Draws one after the other and goes on after a failure, so that one run shows every mistake. Returns the failures. */
async function drawAll(
  folder: string,
  wanted: readonly PlacedDiagram[],
  print: (line: string) => void,
): Promise<number> {
  // Loaded here because --check runs where there is no browser.
  const { startDrawing } = await import('./draw.ts');
  const drawing = await startDrawing();
  let failures = 0;
  try {
    for (const { page, line, diagram } of wanted) {
      try {
        for (const theme of THEMES) {
          writeFileSync(pictureFile(folder, diagram.hash, theme), await drawing.draw(diagram, theme));
        }
        print(`drawn   ${diagram.hash}  ${diagram.title}`);
      } catch (error) {
        failures += 1;
        print(`FAILED  docs/${page.path}:${line}  ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  } finally {
    await drawing.close();
  }
  return failures;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(resolve(process.argv[1])).href) {
  try {
    process.exitCode = await main(process.argv.slice(2), resolve(import.meta.dirname, '../..'), console.log);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
