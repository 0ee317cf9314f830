/** A translation with another shape is found out. */

import { describe, expect, test } from 'vitest';
import { compareShapes } from '../../tools/docs/check-shape.ts';
import { outlineOf } from '../../tools/docs/mermaid-outline.ts';
import { pageOf } from '../../tools/docs/site.ts';

const ENGLISH = `# Title {#title}

See [this](./b.md#c) and [that](/guide/d).

::: tip
<Live name="x" title="Run it" />
:::

\`\`\`sh
npm run e2e
\`\`\`

\`\`\`mermaid
flowchart TD
  accTitle: Publisher to gateway
  accDescr: A publisher writes to a gateway.
  P["Publisher"] -->|writes| G[Gateway: access]
\`\`\`

<<< @/../reference/a.ts#r

| a | b |
| - | - |
| 1 | 2 |
`;

const TURKISH = `# Başlık {#title}

Önce [öbürü](/tr/guide/d), sonra [bu](./b#c).

::: tip
<Live title="Çalıştır" name="x" />
:::

\`\`\`sh
npm run e2e
\`\`\`

\`\`\`mermaid
flowchart TD
  accTitle: Yayıncıdan ağ geçidine
  accDescr: Bir yayıncı ağ geçidine yazar.
  P["Yayıncı"] -->|yazar| G[Ağ geçidi: erişim]
\`\`\`

<<< @/../reference/a.ts#r

| a | b |
| --- | --- |
| 1 | 2 |
`;

const differences = (translated: string): string[] =>
  compareShapes(pageOf('guide/a.md', ENGLISH), pageOf('tr/guide/a.md', translated)).map(({ message }) => message);

describe('the shape of a translation', () => {
  test('may have other words, another order of links and other spacing', () => {
    expect(differences(TURKISH)).toEqual([]);
  });

  test.each([
    ['another anchor', '{#title}', '{#baslik}', 'heading 1 is h1 #baslik, in English h1 #title (line 1)'],
    ['another level', '# Başlık', '## Başlık', 'heading 1 is h2 #title, in English h1 #title (line 1)'],
    [
      'another command',
      'npm run e2e',
      'npm run bench',
      'fence 1 is sh "npm run bench", in English sh "npm run e2e" (line 9)',
    ],
    [
      'another region',
      'a.ts#r',
      'a.ts#q',
      'snippet 1 is @/../reference/a.ts#q, in English @/../reference/a.ts#r (line 20)',
    ],
    ['another container', '::: tip', '::: warning', 'container 1 is warning, in English tip (line 5)'],
    [
      'another component',
      'name="x"',
      'name="y"',
      'component 1 is <Live name="y" title>, in English <Live name="x" title> (line 6)',
    ],
    ['another link', './b#c', './b#d', 'link 1 is /guide/b#d, in English /guide/b#c (line 3)'],
    [
      'a lost row',
      '| 1 | 2 |\n',
      '',
      'table 1 is of 2 columns and 0 rows, in English of 2 columns and 1 rows (line 22)',
    ],
    [
      'a lost node',
      ' -->|yazar| G[Ağ geçidi: erişim]',
      '',
      `the diagram's line 4 is "P[]", in English "P[] -->|| G[]"`,
    ],
    ['a lost line', '  accDescr: Bir yayıncı ağ geçidine yazar.\n', '', 'the diagram has 3 lines, in English 4'],
  ])('is not %s', (_, from, to, message) => {
    expect(TURKISH).toContain(from);
    expect(differences(TURKISH.replace(from, to))).toEqual([message]);
  });

  test('has every heading of the English page', () => {
    expect(differences(TURKISH.replace('# Başlık {#title}\n', ''))).toEqual([
      'lacks the heading h1 #title (English line 1)',
    ]);
  });
});

describe('the outline of a diagram', () => {
  test('of a sequence has its messages and blocks without their words', () => {
    const outline = outlineOf(
      'sequenceDiagram\n  participant A as Alice\n  A->>B: hello: you\n  alt it is late\n  Note over A,B: bye\n  end',
    );
    expect(outline.lines).toEqual(['sequenceDiagram', 'participant A', 'A->>B:', 'alt', 'Note over A,B:', 'end']);
    expect(outline.nodes).toBe(2);
  });

  test('of a state diagram has its states and transitions', () => {
    const outline = outlineOf('stateDiagram-v2\n  state "Live" as live\n  [*] --> live: subscribed\n  %% a comment');
    expect(outline.lines).toEqual(['stateDiagram-v2', 'state "" as live', '[*] --> live:']);
  });

  test('of a flowchart drops groups’ titles, labels of arrows and descriptions of any length', () => {
    const outline = outlineOf(
      'flowchart LR\naccDescr {\n  one\n  two\n}\nsubgraph G [The gateway]\nA(a) -- says --> B{{b}}\nend',
    );
    expect(outline.lines).toEqual(['flowchart LR', 'accDescr', 'subgraph G', 'A[] --> B[]', 'end']);
  });
});
