/**
 * Turns a `mermaid` fence into a figure with the committed pictures of the diagram.
 *
 * Nothing is drawn here: `npm run diagrams` does that, so neither the build nor the reader loads Mermaid.
 */

import type { MarkdownRenderer } from 'vitepress';
import { type Diagram, diagramOf, readPictures, sizeOf } from '../../tools/diagrams/diagram.ts';
import { type LocaleText, texts } from '../locales/index.ts';
import { localeOf, type PageEnvironment } from './environment.ts';

export interface DiagramOptions {
  /** The folder of the pictures. */
  readonly folder: string;
  /** In the built site a diagram without pictures is an error; while writing, the page shows its source instead. */
  readonly missing: 'error' | 'show-source';
}

/** A page of the built site has a diagram that nobody has drawn. */
export class DiagramNotDrawnError extends Error {
  readonly code = 'DIAGRAM_NOT_DRAWN';

  constructor(page: string, diagram: Diagram) {
    super(`${page}: the diagram "${diagram.title}" (${diagram.hash}) has not been drawn. Run: npm run diagrams`);
    this.name = 'DiagramNotDrawnError';
  }
}

export function diagrams(markdown: MarkdownRenderer, options: DiagramOptions): void {
  const otherFence = markdown.renderer.rules.fence;
  markdown.renderer.rules.fence = (tokens, index, settings, env: PageEnvironment, renderer) => {
    const token = tokens[index];
    if (token?.info.trim() !== 'mermaid') return otherFence?.(tokens, index, settings, env, renderer) ?? '';
    return renderDiagram(diagramOf(token.content), env, options);
  };
}

function renderDiagram(diagram: Diagram, env: PageEnvironment, options: DiagramOptions): string {
  if (env.forSearch) return `<p>${escapeHtml(diagram.title)} ${escapeHtml(diagram.description)}</p>`;
  const text = texts[localeOf(env)].markdown;
  const pictures = readPictures(options.folder, diagram.hash);
  if (pictures) return drawnFigure(diagram, pictures.light, pictures.dark, text);
  if (options.missing === 'error') throw new DiagramNotDrawnError(env.relativePath ?? '', diagram);
  return missingFigure(diagram, text);
}

function drawnFigure(diagram: Diagram, light: string, dark: string, text: LocaleText['markdown']): string {
  const { width, height } = sizeOf(light);
  const html = `<div class="diagram-light">${light}</div><div class="diagram-dark">${dark}</div>`;
  const title = escapeHtml(diagram.title);
  // `v-html` because Vue's template compiler drops the <style> that each picture carries.
  return `<figure class="diagram">
<div class="diagram-canvas" tabindex="0" role="group" aria-label="${title}" style="--diagram-width:${width}px;--diagram-ratio:${width}/${height}" v-html="${escapeHtml(JSON.stringify(html))}"></div>
<figcaption>${title}</figcaption>
<details class="diagram-source"><summary>${escapeHtml(text.diagramSource)}</summary>${sourceBlock(diagram)}</details>
</figure>
`;
}

function missingFigure(diagram: Diagram, text: LocaleText['markdown']): string {
  return `<figure class="diagram diagram-missing"><figcaption>${escapeHtml(text.diagramMissing)}</figcaption>${sourceBlock(diagram)}</figure>
`;
}

function sourceBlock(diagram: Diagram): string {
  return `<pre v-pre><code>${escapeHtml(diagram.source)}</code></pre>`;
}

/** Braces are escaped as well, so that text of a page is never taken for a Vue expression. */
function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll('{{', '&#123;&#123;');
}
