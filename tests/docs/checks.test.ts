/** Each check finds the fault that it is there for. */

import { describe, expect, test } from 'vitest';
import { diagramOf } from '../../tools/diagrams/diagram.ts';
import { checkInlineCode } from '../../tools/docs/check-code.ts';
import { checkDiagrams } from '../../tools/docs/check-diagrams.ts';
import { checkHeadings } from '../../tools/docs/check-headings.ts';
import { checkLinks } from '../../tools/docs/check-links.ts';
import { checkPairs } from '../../tools/docs/check-pairs.ts';
import { checkSnippets } from '../../tools/docs/check-snippets.ts';
import { messagesOf, siteWith } from './fixture.ts';

describe('pairs', () => {
  test('finds a missing translation and a translation of nothing', () => {
    const site = siteWith({ 'docs/a.md': '', 'docs/tr/a.md': '', 'docs/es/b.md': '' });
    expect(messagesOf(checkPairs(site))).toEqual([
      'a.md: has no twin docs/es/a.md',
      'es/b.md: has no English page docs/b.md',
    ]);
  });

  test('wants no translation of internals, and allows none', () => {
    const site = siteWith({ 'docs/internals/x.md': '', 'docs/tr/internals/x.md': '' });
    expect(messagesOf(checkPairs(site))).toEqual(['tr/internals/x.md: pages below internals/ exist in English only']);
  });
});

describe('headings', () => {
  test('finds a heading without an anchor and an anchor used twice', () => {
    const site = siteWith({ 'docs/a.md': '# One {#one}\n\n## Two\n\n## Three {#one}\n' });
    expect(messagesOf(checkHeadings(site))).toEqual([
      'a.md: the heading “Two” has no explicit anchor {#id}',
      'a.md: the anchor #one is used twice',
    ]);
  });
});

describe('inline code', () => {
  test('refuses program code, and allows shell and JSON', () => {
    const site = siteWith({ 'docs/a.md': '```ts\nlet x;\n```\n```sh\nls\n```\n```json\n{}\n```\n```JS {1}\nx\n```\n' });
    expect(checkInlineCode(site).map(({ line }) => line)).toEqual([1, 10]);
  });
});

describe('snippets', () => {
  const code = ['// #region good', 'const a = 1;', '// #endregion good', '// #region empty', '', '// #endregion empty'];
  const twice = ['// #region twice', 'a', '// #endregion twice', '// #region twice', 'b', '// #endregion twice'];
  const files = {
    'reference/a.ts': [...code, ...twice, '// #region open', 'a'].join('\n'),
    'tools/b.ts': 'x',
  };

  const faultsOf = (snippet: string): string[] =>
    checkSnippets(siteWith({ ...files, 'docs/guide/a.md': `<<< ${snippet}\n` })).map(({ message }) => message);

  test('accepts a region and a whole file, from the root of the pages or relative to the page', () => {
    expect(faultsOf('@/../reference/a.ts#good{ts} [a.ts]')).toEqual([]);
    expect(faultsOf('@/../reference/a.ts')).toEqual([]);
    expect(faultsOf('../../reference/a.ts#good{2,3 ts:line-numbers}')).toEqual([]);
  });

  test.each([
    ['@/../reference/a.ts#godo', 'reference/a.ts has no region godo'],
    ['@/../reference/a.ts#empty', 'the region empty of reference/a.ts is empty'],
    ['@/../reference/a.ts#twice', 'reference/a.ts has 2 regions named twice'],
    ['@/../reference/a.ts#open', 'the region open of reference/a.ts has no #endregion open'],
    ['@/../reference/none.ts', 'reference/none.ts does not exist'],
    ['@/../tools/b.ts', 'tools/b.ts is not below a folder that tests run (reference, examples, e2e, bench)'],
  ])('refuses %s', (snippet, message) => {
    expect(faultsOf(snippet)).toEqual([message]);
  });
});

describe('links', () => {
  const pages = {
    'docs/index.md': '# Home {#home}\n',
    'docs/guide/a.md': '# A {#a}\n',
    'docs/tr/index.md': '# Ana {#home}\n',
    'docs/tr/guide/a.md': '# A {#a}\n',
    'docs/internals/x.md': '# X {#x}\n',
    'docs/public/file.pdf': 'x',
  };

  const faultsIn = (path: string, link: string): string[] =>
    checkLinks(siteWith({ ...pages, [path]: `# P {#p}\n\n[x](${link})\n` })).map(({ message }) => message);

  test.each([
    './a',
    'a.md#a',
    '/guide/a.html',
    '../',
    '#p',
    '/file.pdf',
    'https://example.org',
    '/internals/x#x',
    '/tr/guide/a',
  ])('accepts %s in an English page', (link) => {
    expect(faultsIn('docs/guide/p.md', link)).toEqual([]);
  });

  test.each([
    ['./b', './b leads to no page'],
    ['./a#b', './a#b: docs/guide/a.md has no anchor #b'],
    ['#q', '#q: docs/guide/p.md has no anchor #q'],
    ['/file.doc', '/file.doc leads to no page'],
  ])('refuses %s', (link, message) => {
    expect(faultsIn('docs/guide/p.md', link)).toEqual([message]);
  });

  test('refuses a link that drops a reader of another language into English', () => {
    expect(faultsIn('docs/tr/guide/p.md', '/guide/a')).toEqual([
      '/guide/a leaves the language of the page; a relative link stays in it',
    ]);
    expect(faultsIn('docs/tr/guide/p.md', './a#a')).toEqual([]);
    expect(faultsIn('docs/tr/guide/p.md', '/internals/x')).toEqual([]);
  });

  test('looks at the buttons of a home page', () => {
    const site = siteWith({ 'docs/index.md': '---\nhero:\n  actions:\n    - link: /nowhere\n---\n' });
    expect(messagesOf(checkLinks(site))).toEqual(['index.md: /nowhere leads to no page']);
  });
});

describe('diagrams', () => {
  const source = 'flowchart TD\n  accTitle: T\n  accDescr: D\n  A --> B';
  const page = `\`\`\`mermaid\n${source}\n\`\`\`\n`;
  const { hash } = diagramOf(source);
  const drawn = {
    [`tools/diagrams/svg/${hash}.light.svg`]: '<svg/>',
    [`tools/diagrams/svg/${hash}.dark.svg`]: '<svg/>',
  };

  test('accepts a described diagram with both pictures', () => {
    expect(checkDiagrams(siteWith({ 'docs/a.md': page, ...drawn }))).toEqual([]);
  });

  test('finds a diagram that has changed since it was drawn', () => {
    const site = siteWith({ 'docs/a.md': page.replace('A --> B', 'A --> C'), ...drawn });
    const messages = messagesOf(checkDiagrams(site));
    expect(messages[0]).toMatch(/^a\.md: the diagram has not been drawn as it is now/);
    expect(messages.slice(1).sort()).toEqual([
      `tools/diagrams/svg/${hash}.dark.svg: no page has this diagram any more; run npm run diagrams`,
      `tools/diagrams/svg/${hash}.light.svg: no page has this diagram any more; run npm run diagrams`,
    ]);
  });

  test('finds a diagram without title and description', () => {
    const site = siteWith({ 'docs/a.md': '```mermaid\nflowchart TD\n  A --> B\n```\n' });
    expect(messagesOf(checkDiagrams(site)).slice(0, 2)).toEqual([
      'a.md: the diagram has no accTitle',
      'a.md: the diagram has no accDescr',
    ]);
  });
});
