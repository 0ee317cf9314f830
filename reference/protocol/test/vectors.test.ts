/** `vectors/frames.json`, which other implementations are tested with too, is true here as well. */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Direction, ENCODINGS, type Encoding, type FrameBody, type FrameType } from '../src/index.ts';
import { oracleJson, oracleMessagePack, readOracleJson, readOracleMessagePack } from './support/oracle-codec.ts';
import { outcomeOf, refusalOf } from './support/outcome.ts';
import { PUBLISHED } from './support/published.ts';

interface Input {
  readonly what: string;
  readonly direction: Direction;
  readonly encoding: Encoding;
  readonly input: string;
}

interface Vectors {
  readonly frames: readonly {
    readonly name: string;
    readonly direction: Direction;
    readonly json: string;
    readonly msgpackHex: string;
    readonly frame: { readonly type: FrameType; readonly topic?: string; readonly alias?: number };
  }[];
  readonly unusual: readonly (Input & { readonly frame: object })[];
  readonly invalid: readonly (Input & { readonly expect: string; readonly id?: number })[];
}

const vectors: Vectors = JSON.parse(readFileSync(new URL('../vectors/frames.json', import.meta.url), 'utf8'));
const SHARED: readonly FrameType[] = ['message', 'snapshot', 'head', 'health'];

describe('the test vectors (§12)', () => {
  it.each(vectors.frames)('$name: both encodings are what the page says (§3.2)', ({ json, msgpackHex, frame }) => {
    expect(oracleJson(frame)).toBe(json);
    expect(Buffer.from(oracleMessagePack(frame)).toString('hex')).toBe(msgpackHex);
    expect(readOracleJson(json)).toEqual(asCarriedBy('json', frame));
    expect(readOracleMessagePack(Buffer.from(msgpackHex, 'hex'))).toEqual(asCarriedBy('msgpack', frame));
  });

  it.each(vectors.frames)('$name: is read from both', ({ direction, json, msgpackHex, frame }) => {
    expect(outcomeOf('json', json, direction)).toEqual(asCarriedBy('json', frame));
    expect(outcomeOf('msgpack', bytesOf(msgpackHex), direction)).toEqual(asCarriedBy('msgpack', frame));
  });

  it.each(vectors.unusual)('$encoding, $what: is read', ({ direction, encoding, input, frame }) => {
    expect(outcomeOf(encoding, bodyOf(encoding, input), direction)).toEqual(frame);
  });

  it.each(vectors.invalid)('$encoding, $what: is $expect', ({ direction, encoding, input, expect: code, id }) => {
    const refusal = refusalOf(encoding, bodyOf(encoding, input), direction);
    expect({ code: refusal.code, id: refusal.id }).toEqual({ code, id });
  });

  it.each(PUBLISHED)('have one of $name with all of its fields, and others without the optional ones', (published) => {
    const own = vectors.frames.filter(({ frame }) => frame.type === published.name);
    const fields = published.fields.map(({ name }) => name);
    const left = (frame: object) => fields.filter((name) => !(name in frame));
    expect(own.some(({ frame }) => left(frame).length === 0)).toBe(true);
    const optional = published.fields.filter((field) => field.optional).map(({ name }) => name);
    expect(optional.filter((name) => !own.some(({ frame }) => left(frame).includes(name)))).toEqual([]);
  });

  it('refuse with every code that a codec has, in both encodings', () => {
    for (const encoding of ENCODINGS) {
      const codes = new Set(vectors.invalid.filter((vector) => vector.encoding === encoding).map((one) => one.expect));
      expect([...codes].toSorted()).toEqual([
        'INVALID_FIELD',
        'MALFORMED_FRAME',
        'UNKNOWN_TYPE',
        'VERSION_UNSUPPORTED',
      ]);
    }
  });

  it('have names of their own', () => {
    const names = [
      ...vectors.frames.map(({ name }) => name),
      ...[...vectors.unusual, ...vectors.invalid].map(({ encoding, what }) => `${encoding} ${what}`),
    ];
    expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
  });
});

/** A shared frame is vectored with both names of its topic; each encoding carries its own. */
function asCarriedBy(encoding: Encoding, frame: Vectors['frames'][number]['frame']): object {
  if (!SHARED.includes(frame.type)) return frame;
  const { topic, alias, ...rest } = frame;
  return encoding === 'json' ? { ...rest, topic } : { ...rest, alias };
}

function bodyOf(encoding: Encoding, input: string): FrameBody {
  return encoding === 'json' ? input : bytesOf(input);
}

function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex, 'hex'));
}
