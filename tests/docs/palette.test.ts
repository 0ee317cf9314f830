/** Colours: readable, and the same in the diagrams as in the pages. */

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { dark, light, type Palette } from '../../tools/diagrams/palette.ts';
import { MERMAID_VERSION } from '../../tools/diagrams/settings.ts';

const root = resolve(import.meta.dirname, '../..');
const css = readFileSync(resolve(root, '.vitepress/theme/styles/palette.css'), 'utf8').replace(/\/\*[\s\S]*?\*\//g, '');

/** The variables of all blocks with this selector. */
function variablesOf(selector: string): Map<string, string> {
  const blocks = [...css.matchAll(/^([^\s{}][^{}]*)\{([^}]*)\}/gm)].filter(([, name]) => name?.trim() === selector);
  const pairs = blocks.flatMap(([, , body]) => [...(body ?? '').matchAll(/(--[\w-]+):\s*(#[0-9a-f]{6})/g)]);
  return new Map(pairs.map(([, name, value]) => [name ?? '', value ?? '']));
}

function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5]
    .map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [high = 0, low = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (high + 0.05) / (low + 0.05);
}

const themes = [
  { name: 'light', variables: variablesOf(':root'), palette: light },
  { name: 'dark', variables: variablesOf('.dark'), palette: dark },
] as const;

describe.each(themes)('the $name colours', ({ variables, palette }) => {
  const colour = (name: string): string => variables.get(name) ?? `no ${name}`;

  test.each(['--vp-c-brand-1', '--vp-c-text-1', '--vp-c-text-2', '--vp-c-text-3', '--ms-c-accent'])(
    '%s is readable text (WCAG AA) on every background',
    (name) => {
      for (const background of ['--vp-c-bg', '--vp-c-bg-alt', '--vp-c-bg-soft']) {
        expect(contrast(colour(name), colour(background)), background).toBeGreaterThanOrEqual(4.5);
      }
    },
  );

  test('the text of a button is readable', () => {
    expect(contrast('#ffffff', colour('--vp-c-brand-3'))).toBeGreaterThanOrEqual(4.5);
  });

  test('the text of a diagram is readable wherever it stands', () => {
    for (const ground of ['background', 'box', 'group', 'note'] satisfies (keyof Palette)[]) {
      expect(contrast(palette.text, palette[ground]), ground).toBeGreaterThanOrEqual(4.5);
      expect(contrast(palette.muted, palette[ground]), ground).toBeGreaterThanOrEqual(4.5);
    }
  });

  test('the diagrams have the colours of the pages', () => {
    const shared: [keyof Palette, string][] = [
      ['background', '--vp-c-bg'],
      ['text', '--vp-c-text-1'],
      ['muted', '--vp-c-text-2'],
      ['line', '--ms-c-line'],
      ['box', '--ms-c-box'],
      ['boxBorder', '--vp-c-brand-1'],
      ['groupBorder', '--vp-c-border'],
      ['note', '--ms-c-accent-soft'],
      ['group', '--vp-c-bg-soft'],
    ];
    for (const [key, name] of shared) expect(palette[key], name).toBe(colour(name));
  });
});

test('the diagrams are hashed with the version of Mermaid that draws them', () => {
  const manifest = JSON.parse(readFileSync(resolve(root, 'tools/diagrams/package.json'), 'utf8'));
  expect(manifest.devDependencies.mermaid).toBe(MERMAID_VERSION);
});
