import { describe, expect, test } from 'vitest';
import { readShape } from '../../tools/docs/markdown.ts';

const PAGE = `---
title: A page
hero:
  actions:
    - text: Go
      link: /guide/go
---

# One {#one}

Text with \`<NotAComponent />\` and \`[not](a-link)\` and [a \`code\` link](./other.md#there).

## Two

<Badge type="tip" :level="2" closed />

::: warning Mind
- a list
  \`\`\`ts
  # not a heading
  \`\`\`
:::

<<< @/../reference/a.ts#part{ts} [a.ts]

| a | b |
| --- | --- |
| 1 | 2 |
| 3 | 4 |

<a id="old" href="https://example.org">x</a>
`;

describe('the shape of a page', () => {
  const shape = readShape(PAGE);

  test('has headings with level, anchor and line', () => {
    expect(shape.headings).toEqual([
      { line: 9, level: 1, text: 'One', id: 'one' },
      { line: 13, level: 2, text: 'Two', id: undefined },
    ]);
  });

  test('has the code of fences without their indentation, and no headings inside them', () => {
    expect(shape.fences).toEqual([{ line: 19, lang: 'ts', code: '# not a heading' }]);
  });

  test('has links of the text, of tags and of the front matter, and none between back-ticks', () => {
    expect(shape.links.map(({ target }) => target)).toEqual(['./other.md#there', 'https://example.org', '/guide/go']);
    expect(shape.links.at(-1)?.line).toBe(6);
  });

  test('has components with their attributes', () => {
    expect(shape.components.map(({ name, attributes }) => [name, Object.fromEntries(attributes)])).toEqual([
      ['Badge', { type: 'tip', ':level': '2', closed: '' }],
    ]);
  });

  test('has snippets, containers, tables and anchors of tags', () => {
    expect(shape.snippets.map(({ text }) => text)).toEqual(['@/../reference/a.ts#part{ts} [a.ts]']);
    expect(shape.containers.map(({ text }) => text)).toEqual(['warning']);
    expect(shape.tables).toEqual([{ line: 26, columns: 2, rows: 2 }]);
    expect(shape.htmlIds).toEqual(['old']);
  });

  test('keeps a fence with longer marks open over shorter ones', () => {
    const nested = readShape('````md\n```ts\nx\n```\n````\n# After {#after}\n');
    expect(nested.fences).toEqual([{ line: 1, lang: 'md', code: '```ts\nx\n```' }]);
    expect(nested.headings.map(({ id }) => id)).toEqual(['after']);
  });

  test('is the same with Windows line ends', () => {
    expect(readShape(PAGE.replaceAll('\n', '\r\n'))).toEqual(shape);
  });
});
