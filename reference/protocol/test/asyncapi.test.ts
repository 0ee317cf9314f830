import { readFileSync } from 'node:fs';
import { Compile } from 'typebox/schema';
import { describe, expect, it } from 'vitest';
import { asyncApiDocument } from '../src/asyncapi.ts';
import { CLOSE_CODES, ERROR_CODES, FRAMES, type FrameSpec, LIMITS, SUBPROTOCOLS } from '../src/index.ts';
import { asyncApiProblems } from './support/asyncapi-structure.ts';
import { publishedFields, publishedFrame } from './support/published.ts';

interface MessageObject {
  readonly payload: { readonly required: readonly string[]; readonly properties: Readonly<Record<string, object>> };
  readonly 'x-msgpack': {
    readonly number: number;
    readonly fields: readonly string[];
    readonly required: readonly string[];
    readonly properties?: Readonly<Record<string, object>>;
  };
}

interface Document {
  readonly servers: Readonly<Record<string, { readonly 'x-subprotocols': readonly string[] }>>;
  readonly operations: Readonly<Record<string, { readonly action: string; readonly reply?: object }>>;
  readonly components: { readonly messages: Readonly<Record<string, MessageObject>> };
  readonly 'x-error-codes': object;
  readonly 'x-close-codes': object;
  readonly 'x-limits': object;
}

const document = asyncApiDocument() as Document;
const every: readonly FrameSpec[] = FRAMES;
const messageOf = (name: string) => document.components.messages[name] as MessageObject;

const vectors: { frames: { name: string; json: string; frame: { type: string } }[] } = JSON.parse(
  readFileSync(new URL('../vectors/frames.json', import.meta.url), 'utf8'),
);

describe('the AsyncAPI document (§12)', () => {
  it('is one of AsyncAPI 3.0', () => {
    expect(asyncApiProblems(document as never)).toEqual([]);
  });

  it.each([
    ['another version', (broken: Broken) => ({ ...broken, asyncapi: '2.6.0' })],
    ['a member that there is not', (broken: Broken) => ({ ...broken, topics: {} })],
    ['an info without a title', (broken: Broken) => ({ ...broken, info: { version: '1' } })],
    [
      'an operation with another action',
      (broken: Broken) => ({
        ...broken,
        operations: { x: { ...broken['operations']?.['sendSetup'], action: 'publish' } },
      }),
    ],
    ['a reference that leads nowhere', (broken: Broken) => ({ ...broken, components: {} })],
  ])('would be found out with %s', (_title, breakIt) => {
    expect(asyncApiProblems(breakIt(structuredClone(document) as never) as never)).not.toEqual([]);
  });

  it('is plain JSON', () => {
    expect(JSON.parse(JSON.stringify(document))).toEqual(document);
  });

  it.each(every)('lets a client do with $name what it does: send or receive', ({ name, direction }) => {
    const verb = direction === 'client' ? 'send' : 'receive';
    const operation = document.operations[verb + name.charAt(0).toUpperCase() + name.slice(1)];
    expect(operation?.action).toBe(verb);
  });

  it.each(every)('says of $name which fields it has in both encodings', ({ name }) => {
    const { payload, 'x-msgpack': msgpack } = messageOf(name);
    const inJson = publishedFields(name, 'json');
    const inMsgpack = publishedFields(name, 'msgpack');
    const required = (fields: typeof inJson) => fields.filter(({ optional }) => !optional).map((field) => field.name);
    expect(Object.keys(payload.properties)).toEqual(['type', ...inJson.map((field) => field.name)]);
    expect(payload.required).toEqual(['type', ...required(inJson)]);
    expect(msgpack.number).toBe(publishedFrame(name).number);
    expect(msgpack.fields).toEqual(inMsgpack.map((field) => field.name));
    expect(msgpack.required).toEqual(required(inMsgpack));
    const schemas = { ...payload.properties, ...msgpack.properties };
    for (const { name: field } of [...inJson, ...inMsgpack]) expect(schemas[field]).toHaveProperty('description');
  });

  it.each(vectors.frames)('has a schema that accepts: $name', ({ json, frame }) => {
    expect(Compile(messageOf(frame.type).payload).Check(JSON.parse(json))).toBe(true);
  });

  it.each(every)('has a schema of $name that refuses what is no such frame', ({ name }) => {
    const validator = Compile(messageOf(name).payload);
    const own = vectors.frames.filter(({ frame }) => frame.type === name).map(({ json }) => JSON.parse(json));
    for (const value of own) {
      expect(validator.Check({ ...value, type: 'whisper' })).toBe(false);
      for (const { name: field } of publishedFields(name, 'json')) {
        if (field === 'payload' || field === 'data') continue;
        expect(validator.Check({ ...value, [field]: { not: 'this' } }), field).toBe(false);
      }
    }
  });

  it('names every error code, close code and limit, and the subprotocols', () => {
    expect(Object.keys(document['x-error-codes'])).toEqual(ERROR_CODES);
    expect(Object.keys(document['x-close-codes'])).toEqual(Object.keys(CLOSE_CODES));
    expect(Object.keys(document['x-limits'])).toEqual(Object.keys(LIMITS));
    expect(document.servers['local']?.['x-subprotocols']).toEqual(SUBPROTOCOLS);
  });
});

type Broken = Record<string, Record<string, object>>;
