import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { codecFor, FRAMES, type Frame, type FrameSpec, isTopic } from '@micro-socket/protocol';
import { describe, expect, it } from 'vitest';
import { projectFiles, ROOT } from './source-files.ts';

interface Fence {
  readonly language: string;
  readonly text: string;
}

function fencesOf(markdown: string): Fence[] {
  return [...markdown.matchAll(/^```(json|hex)\n([\s\S]*?)^```$/gm)].map(([, language = '', text = '']) => ({
    language,
    text,
  }));
}

const pages = projectFiles(/^docs\/.*\.md$/).map((path) => ({
  path,
  markdown: readFileSync(join(ROOT, path), 'utf8'),
}));
const protocolPages = pages.filter(({ path }) => path.endsWith('reference/protocol.md'));

function directionOf(type: string) {
  const spec = FRAMES.find(({ name }) => name === type) as FrameSpec | undefined;
  if (spec === undefined) throw new Error(`There is no frame ${type}.`);
  return spec.direction;
}

describe('JSON frames in the pages', () => {
  it.each(pages.filter(({ markdown }) => markdown.includes('```json')))(
    '$path shows frames that the codec accepts',
    ({ markdown }) => {
      for (const { language, text } of fencesOf(markdown)) {
        if (language !== 'json') continue;
        const value = JSON.parse(text);
        if (typeof value.type !== 'string') continue;
        expect(codecFor('json').decode(text, directionOf(value.type) as 'client')).toEqual(value);
      }
    },
  );
});

describe('the protocol page', () => {
  it.each(protocolPages)('$path shows the MessagePack bytes of the frame before them', ({ markdown }) => {
    const fences = fencesOf(markdown);
    let shown = 0;
    for (const [index, { language, text }] of fences.entries()) {
      if (language !== 'hex') continue;
      const frame = { ...JSON.parse(fences[index - 1]?.text ?? ''), alias: 7 };
      const known = frame.type === 'message' || frame.type === 'subscribed' ? frame : withoutAlias(frame);
      const bytes = codecFor('msgpack').encode(known as Frame) as Uint8Array;
      expect(Buffer.from(bytes).toString('hex')).toBe(text.replaceAll(/\s/g, ''));
      shown += 1;
    }
    expect(shown).toBeGreaterThanOrEqual(6);
  });

  it.each(protocolPages)(
    '$path has a section and a field table for every frame, in the order of the schemas',
    ({ markdown }) => {
      const tables = [...markdown.matchAll(/<FrameFields frame="(\w+)" \/>/g)].map(([, name]) => name);
      expect(tables).toEqual(FRAMES.map(({ name }) => name));
      for (const { name, section } of FRAMES as readonly FrameSpec[]) {
        expect(markdown).toContain(`### ${section.slice(1)} \`${name}\` {#${name}}`);
      }
    },
  );

  it('names topics that the grammar accepts', () => {
    for (const topic of ['prices.eurusd', 'chat:room-7.typing']) expect(isTopic(topic)).toBe(true);
  });
});

function withoutAlias({ alias: _alias, ...frame }: Record<string, unknown>): Record<string, unknown> {
  return frame;
}
