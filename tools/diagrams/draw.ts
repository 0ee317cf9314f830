/** Draws diagrams with Mermaid in a headless browser. The only file that needs either. */

import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { browserArgs, findBrowser } from '../browser.ts';
import type { Diagram } from './diagram.ts';
import { FONT_FAMILY, MERMAID_VERSION, mermaidSettings, type Theme } from './settings.ts';
import { tidySvg } from './tidy.ts';

const MERMAID = join(import.meta.dirname, 'node_modules/mermaid');

/** Mermaid is missing, or it is another version than the one that the hashes are made with. */
export class MermaidMissingError extends Error {
  readonly code = 'MERMAID_MISSING';

  constructor(reason: string) {
    super(`${reason}. Run: npm ci --ignore-scripts --prefix tools/diagrams`);
    this.name = 'MermaidMissingError';
  }
}

/** Mermaid does not understand a diagram. */
export class DiagramSyntaxError extends Error {
  readonly code = 'DIAGRAM_SYNTAX';

  constructor(title: string, detail: string) {
    super(`The diagram "${title}" cannot be drawn: ${detail}`);
    this.name = 'DiagramSyntaxError';
  }
}

/** Something that draws. Close it when done. */
export interface Drawing {
  readonly draw: (diagram: Diagram, theme: Theme) => Promise<string>;
  readonly close: () => Promise<void>;
}

export async function startDrawing(): Promise<Drawing> {
  requireMermaid();
  const browser = await chromium.launch({ executablePath: findBrowser(), args: browserArgs() });
  try {
    const page = await preparePage(browser);
    return { draw: (diagram, theme) => drawOn(page, diagram, theme), close: () => browser.close() };
  } catch (error) {
    await browser.close();
    throw error;
  }
}

function requireMermaid(): void {
  const manifest = join(MERMAID, 'package.json');
  if (!existsSync(manifest)) throw new MermaidMissingError('Mermaid is not installed');
  const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };
  if (version !== MERMAID_VERSION) throw new MermaidMissingError(`Mermaid is ${version}, not ${MERMAID_VERSION}`);
}

async function preparePage(browser: Browser): Promise<Page> {
  const page = await browser.newPage();
  // Widths of boxes come from measured text, so the font must be the one that the reader will see.
  await page.setContent(`<!doctype html><html><head><style>${fontFaces()}</style></head><body></body></html>`);
  await page.addScriptTag({ path: join(MERMAID, 'dist/mermaid.min.js') });
  // Given as text: a compiled function would carry helpers of the compiler that the page does not have.
  await page.evaluate("Promise.all([400, 500, 600, 700].map((w) => document.fonts.load(w + ' 16px Inter', 'ağçñ')))");
  return page;
}

async function drawOn(page: Page, diagram: Diagram, theme: Theme): Promise<string> {
  const id = `diagram-${diagram.hash}-${theme}`;
  const settings = { ...mermaidSettings(theme), deterministicIDSeed: id };
  const input = JSON.stringify([settings, id, diagram.source]);
  try {
    const svg = await page.evaluate(
      `(async ([settings, id, source]) => {
        mermaid.initialize(settings);
        return (await mermaid.render(id, source)).svg;
      })(${input})`,
    );
    return tidySvg(String(svg));
  } catch (error) {
    throw new DiagramSyntaxError(diagram.title, error instanceof Error ? error.message : String(error));
  }
}

/** Inter as VitePress serves it, with the letters of the three languages. */
function fontFaces(): string {
  const vitepress = dirname(createRequire(import.meta.url).resolve('vitepress/package.json'));
  const family = FONT_FAMILY.split(',')[0];
  return ['inter-roman-latin.woff2', 'inter-roman-latin-ext.woff2']
    .map((name) => {
      const data = readFileSync(join(vitepress, 'dist/client/theme-default/fonts', name)).toString('base64');
      const range = name.includes('latin-ext')
        ? 'U+0100-02AF,U+1E00-1EFF'
        : 'U+0000-00FF,U+2000-206F,U+20AC,U+2122,U+2190-2193';
      return `@font-face{font-family:${family};font-weight:100 900;unicode-range:${range};src:url(data:font/woff2;base64,${data}) format('woff2')}`;
    })
    .join('\n');
}
