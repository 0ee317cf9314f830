import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  CLOSE_CODES,
  codecFor,
  ERROR_CODES,
  FRAMES,
  type Frame,
  type FrameSpec,
  isTopic,
  LIMITS,
} from '@micro-socket/protocol';
import type { SignatureRefusal } from '@micro-socket/protocol/signature';
import { describe, expect, it } from 'vitest';
import { en } from '../../.vitepress/locales/protocol.en.ts';
import { es } from '../../.vitepress/locales/protocol.es.ts';
import { tr } from '../../.vitepress/locales/protocol.tr.ts';
import { describeType } from '../../.vitepress/theme/protocol/describe-type.ts';
import { protocolTables } from '../../.vitepress/theme/protocol/tables.ts';
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
const specs: readonly FrameSpec[] = FRAMES;

/** What a receiver finds of a signature is its own affair and travels in no frame. §10.3. */
const VERDICTS: Readonly<Record<SignatureRefusal, true>> = {
  SIGNATURE_MISSING: true,
  SIGNATURE_UNKNOWN_KEY: true,
  SIGNATURE_INVALID: true,
  SIGNATURE_KEY_EXPIRED: true,
};

function specOf(type: string): FrameSpec {
  const spec = specs.find(({ name }) => name === type);
  if (spec === undefined) throw new Error(`There is no frame ${type}.`);
  return spec;
}

describe('JSON frames in the pages', () => {
  it.each(pages.filter(({ markdown }) => markdown.includes('```json')))(
    '$path shows frames that the codec accepts',
    ({ markdown }) => {
      for (const { language, text } of fencesOf(markdown)) {
        if (language !== 'json') continue;
        const value = JSON.parse(text);
        if (typeof value.type !== 'string') continue;
        expect(codecFor('json').decode(text, specOf(value.type).direction as 'client')).toEqual(value);
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
      const frame = JSON.parse(fences[index - 1]?.text ?? '') as Frame;
      const known = specOf(frame.type).fields.includes('alias') ? { ...frame, alias: 7 } : frame;
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
      expect(tables).toEqual(specs.map(({ name }) => name));
      for (const { name, section } of specs) {
        expect(markdown).toContain(`### ${section.slice(1)} \`${name}\` {#${name}}`);
      }
    },
  );

  it.each(protocolPages)('$path has only frames in JSON, and one of every frame in its section', ({ markdown }) => {
    for (const { name } of specs) {
      const [, section = ''] = markdown.split(`<FrameFields frame="${name}" />`);
      const [own = ''] = section.split(/^##/m);
      const types = fencesOf(own).flatMap(({ language, text }) => (language === 'json' ? [JSON.parse(text).type] : []));
      expect(types, name).toContain(name);
    }
    for (const { language, text } of fencesOf(markdown)) {
      if (language === 'json') expect(JSON.parse(text), text).toHaveProperty('type');
    }
  });

  it.each(protocolPages)('$path names no error, close code, bound or field that there is not', ({ markdown }) => {
    const prose = markdown.replaceAll(/^```[\s\S]*?^```$/gm, '');
    const codes = Object.values(CLOSE_CODES).map(({ code }) => String(code));
    const fields = specs.flatMap(({ schema }) => namesIn(schema));
    const named = (pattern: RegExp) => [...prose.matchAll(pattern)].map(([, name]) => name as string);
    const missing = (names: readonly string[], known: readonly string[]) =>
      names.filter((name) => !known.includes(name));
    expect(missing(named(/`([A-Z]+(?:_[A-Z]+)+)`/g), [...ERROR_CODES, ...Object.keys(VERDICTS)])).toEqual([]);
    expect(missing(named(/(?<!–)\b(4[012]\d\d)\b(?!–)/g), codes)).toEqual([]);
    expect(missing(named(/`(?:\w+\.)?([a-z]\w*(?:Max|Ms|SeqNo))`/g), [...Object.keys(LIMITS), ...fields])).toEqual([]);
  });

  it.each(protocolPages)('$path has the tables of all errors, close codes and limits', ({ markdown }) => {
    for (const table of ['ErrorCodes', 'CloseCodes', 'LimitTable']) expect(markdown).toContain(`<${table} />`);
  });

  it('names topics that the grammar accepts', () => {
    for (const topic of ['prices.eurusd', 'chat:room-7.typing']) expect(isTopic(topic)).toBe(true);
  });
});

describe('the tables of the protocol page', () => {
  const languages = { en, tr, es };
  const tables = protocolTables();

  it.each(Object.entries(languages))('have words for everything in %s, and for nothing else', (_language, text) => {
    const fields = Object.entries(tables.frames).map(([frame, table]) => [frame, table.fields.map(({ name }) => name)]);
    const words = Object.entries(text.fields).map(([frame, names]) => [frame, Object.keys(names)]);
    expect(sorted(words)).toEqual(sorted(fields));
    expect(Object.keys(text.errors).toSorted()).toEqual([...ERROR_CODES].toSorted());
    expect(Object.keys(text.closeCodes).toSorted()).toEqual(Object.keys(CLOSE_CODES).toSorted());
    expect(Object.keys(text.limits).toSorted()).toEqual(Object.keys(LIMITS).toSorted());
    for (const [place, words] of Object.entries(textsIn({ ...text, labels: {} })))
      expect(words, place).toMatch(/\S\.$/);
  });

  it.each([
    ['tr', tr],
    ['es', es],
  ] as const)('say the same numbers and names in %s as in English', (_language, text) => {
    const english = textsIn({ ...en, labels: {} });
    for (const [place, words] of Object.entries(textsIn({ ...text, labels: {} }))) {
      expect(numbersIn(words, 'comma'), place).toEqual(numbersIn(english[place] ?? '', 'point'));
      expect(namesOf(words), place).toEqual(namesOf(english[place] ?? ''));
    }
  });

  it.each([
    [{ type: 'string' }, 'string'],
    [{}, 'JSON'],
    [{ anyOf: [{ const: 'a' }, { type: 'object', properties: { b: { type: 'integer' } } }] }, '"a" | { b?: integer }'],
    [
      {
        type: 'array',
        items: {
          type: 'object',
          required: ['a'],
          properties: { a: {}, b: { type: 'array', items: { type: 'object' } } },
        },
      },
      '{ a: JSON, b?: object[] }[]',
    ],
  ])('show the type %j as %s', (schema, words) => {
    expect(describeType(schema)).toBe(words);
  });
});

/** Every property name in a schema, at any depth. */
function namesIn(schema: unknown): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const own = Object.keys((schema as { properties?: object }).properties ?? {});
  return [...own, ...Object.values(schema).flatMap(namesIn)];
}

function sorted(entries: readonly (readonly unknown[])[]): string[] {
  return entries.map((entry) => JSON.stringify(entry)).toSorted();
}

/** Every text by its place, such as `fields.setup.token`. */
function textsIn(node: object, path = ''): Record<string, string> {
  const found = Object.entries(node).map(([name, value]) =>
    typeof value === 'string' ? { [path + name]: value } : textsIn(value, `${path}${name}.`),
  );
  return Object.assign({}, ...found);
}

/** The numbers of a text, whichever mark its language has before a fraction. */
function numbersIn(text: string, mark: 'point' | 'comma'): number[] {
  const numbers = [...text.matchAll(/\d+(?:[.,]\d+)*/g)].map(([digits]) =>
    mark === 'point' ? digits.replaceAll(',', '') : digits.replaceAll('.', '').replace(',', '.'),
  );
  return numbers.map(Number).toSorted((a, b) => a - b);
}

/** The identifiers of a text that have a shape of their own: `expectSeqNo`, `OVERLOADED`. */
function namesOf(text: string): string[] {
  return [...text.matchAll(/\b(?:[a-z]+[A-Z]\w*|[A-Z]{4,}(?:_[A-Z]+)*)/g)].map(([name]) => name).toSorted();
}
