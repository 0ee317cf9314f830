/** A diagram on its way into a page. */

import { createMarkdownRenderer } from 'vitepress';
import { beforeAll, describe, expect, test } from 'vitest';
import { type DiagramOptions, diagrams } from '../../.vitepress/markdown/diagrams.ts';
import { COPY_BUTTON_TITLE, localisedLabels } from '../../.vitepress/markdown/labels.ts';
import { diagramOf, sizeOf } from '../../tools/diagrams/diagram.ts';
import { tidySvg } from '../../tools/diagrams/tidy.ts';
import { repositoryWith } from './fixture.ts';

const SOURCE =
  'flowchart TD\n  accTitle: From <A> to "B"\n  accDescr {\n    An arrow\n    from A to B.\n  }\n  A --> B{{x}}\n';
const PAGE = `# T {#t}\n\n\`\`\`mermaid\n${SOURCE}\`\`\`\n\n\`\`\`sh\nls\n\`\`\`\n\n::: tip\nx\n:::\n`;

type Renderer = Awaited<ReturnType<typeof createMarkdownRenderer>>;
let markdown: Renderer;
let options: DiagramOptions = { folder: '/nowhere', missing: 'show-source' };

beforeAll(async () => {
  // VitePress makes one renderer for a process, so the tests share it and change its options.
  markdown = await createMarkdownRenderer('/docs', { codeCopyButtonTitle: COPY_BUTTON_TITLE });
  localisedLabels(markdown);
  diagrams(markdown, {
    get folder() {
      return options.folder;
    },
    get missing() {
      return options.missing;
    },
  });
});

const render = (relativePath: string, extra: object = {}): string =>
  markdown.render(PAGE, { relativePath, path: `/docs/${relativePath}`, ...extra });

function drawnFolder(): string {
  const { hash } = diagramOf(SOURCE);
  const svg = (theme: string): string => `<svg id="${theme}" viewBox="0 0 120.4 80"><style>.a{}</style></svg>`;
  return repositoryWith({ [`${hash}.light.svg`]: svg('l'), [`${hash}.dark.svg`]: svg('d') });
}

describe('a diagram in a page', () => {
  test('is a figure with both pictures, their size, a caption and its source', () => {
    options = { folder: drawnFolder(), missing: 'error' };
    const html = render('tr/a.md');
    expect(html).toContain('--diagram-width:121px;--diagram-ratio:121/80');
    expect(html).toContain('<figcaption>From &lt;A&gt; to &quot;B&quot;</figcaption>');
    expect(html).toContain('<summary>Diyagramın kaynağı</summary>');
    expect(html).toContain('B&#123;&#123;x}}');
    const pictures = /v-html="([^"]*)"/
      .exec(html)?.[1]
      ?.replaceAll('&quot;', '"')
      .replaceAll('&lt;', '<')
      .replaceAll('&gt;', '>');
    expect(JSON.parse(pictures ?? '""')).toMatch(
      /^<div class="diagram-light"><svg id="l".*<div class="diagram-dark"><svg id="d"/,
    );
  });

  test('shows its source and says what to do while it is not drawn', () => {
    options = { folder: '/nowhere', missing: 'show-source' };
    expect(render('es/a.md')).toContain('ejecuta npm run diagrams');
  });

  test('is an error in the built site when it is not drawn', () => {
    options = { folder: '/nowhere', missing: 'error' };
    expect(() => render('a.md')).toThrow(/a\.md: the diagram .* has not been drawn/);
  });

  test('is found by its title and its description, not by its source', () => {
    options = { folder: '/nowhere', missing: 'error' };
    const html = render('a.md', { forSearch: true });
    expect(html).toContain('An arrow from A to B.');
    expect(html).not.toContain('flowchart');
  });
});

describe('labels in a page', () => {
  test('are in the language of the page', () => {
    options = { folder: '/nowhere', missing: 'show-source' };
    const html = render('tr/a.md');
    expect(html).toContain('<button title="Kodu kopyala" aria-label="Kodu kopyala"');
    expect(html).toContain('<p class="custom-block-title">İpucu</p>');
    expect(html).toContain('“T” başlığının kalıcı bağlantısı');
    expect(render('a.md')).toContain('<p class="custom-block-title">Tip</p>');
  });
});

describe('a picture', () => {
  test('gets its size and one role, and keeps its title', () => {
    const svg =
      '<svg id="x" width="100%" style="max-width: 10px" viewBox="-8 -8 100.2 50" role="graphics-document document" aria-roledescription="flowchart-v2" aria-labelledby="t"><title id="t">T</title></svg>';
    const tidy = tidySvg(svg);
    expect(tidy).toBe(
      '<svg id="x" viewBox="-8 -8 100.2 50" aria-labelledby="t" width="101" height="50" role="img"><title id="t">T</title></svg>\n',
    );
    expect(sizeOf(tidy)).toEqual({ width: 101, height: 50 });
  });

  test('without a size is refused', () => {
    expect(() => tidySvg('<svg></svg>')).toThrow(/no size/);
    expect(() => tidySvg('oops')).toThrow(/<svg>/);
  });
});
