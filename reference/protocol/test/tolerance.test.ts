import { describe, expect, it } from 'vitest';
import { codecFor, ENCODINGS, FRAMES, type FrameSpec } from '../src/index.ts';
import { sample } from './support/arbitraries.ts';
import { packr, unpack, wireItemsOf } from './support/oracle.ts';
import { outcomeOf, refusalOf } from './support/outcome.ts';

const every: FrameSpec[] = [...FRAMES];
const required = ({ schema }: FrameSpec) => (schema as { required?: string[] }).required ?? [];
const optional = (spec: FrameSpec) => spec.fields.filter((name) => !required(spec).includes(name));

describe('frames of a later version are understood (§3.2)', () => {
  it.each(every)('$name in JSON: unknown fields do no harm', ({ name, direction }) => {
    const frame = sample(name as never, 'json');
    const later = JSON.stringify({ ...frame, later: { a: [1] }, 'x-y': null });
    expect(outcomeOf('json', later, direction)).toMatchObject(frame as object);
  });

  it.each(every)('$name in MessagePack: items beyond the known fields do no harm', (spec) => {
    const frame = { ...sample(spec.name as never, 'msgpack') };
    const items = wireItemsOf(frame);
    // Every known position is filled before anything is appended.
    const known = spec.fields.length + 1 - (spec.name === 'message' ? 1 : 0);
    while (items.length < known) items.push(null);
    items.push({ later: true }, 5);
    expect(outcomeOf('msgpack', packr.pack(items), spec.direction)).toEqual(frame);
  });
});

describe('optional fields (§3.2)', () => {
  it.each(every)('$name needs none of its optional fields', (spec) => {
    for (const encoding of ENCODINGS) {
      const frame = Object.fromEntries(
        Object.entries(sample(spec.name as never, encoding)).filter(
          ([name]) => !optional(spec).includes(name) || spec.name === 'message',
        ),
      );
      const body = codecFor(encoding).encode(frame as never);
      expect(outcomeOf(encoding, body, spec.direction)).toEqual(frame);
    }
  });

  it('are left out at the end of a MessagePack array', () => {
    const bytes = codecFor('msgpack').encode({ type: 'setup', protocol: 1 }) as Uint8Array;
    expect(unpack(bytes)).toEqual([1, 1]);
  });

  it('are nil in the middle of a MessagePack array', () => {
    const bytes = codecFor('msgpack').encode({ type: 'setup', protocol: 1, topics: ['a'] }) as Uint8Array;
    expect(unpack(bytes)).toEqual([1, 1, null, null, ['a']]);
    expect(outcomeOf('msgpack', bytes, 'client')).toEqual({ type: 'setup', protocol: 1, topics: ['a'] });
  });

  it('may be nil at the end, too', () => {
    expect(outcomeOf('msgpack', packr.pack([1, 1, null, null, null]), 'client')).toEqual({
      type: 'setup',
      protocol: 1,
    });
  });
});

describe('a payload of null is a payload (§4.4)', () => {
  it.each(ENCODINGS)('%s: null comes through, at the end of the frame', (encoding) => {
    const frame = { type: 'publish', id: 1, topic: 'a', messageId: 'm', payload: null } as const;
    expect(outcomeOf(encoding, codecFor(encoding).encode(frame), 'client')).toEqual(frame);
  });

  it('a publish without a payload is refused and names the field', () => {
    const json = refusalOf('json', '{"type":"publish","id":1,"topic":"a","messageId":"m"}');
    const msgpack = refusalOf('msgpack', packr.pack([4, 1, 'a', 'm']));
    for (const refusal of [json, msgpack]) {
      expect(refusal).toMatchObject({ code: 'INVALID_FIELD', id: 1, message: expect.stringContaining('payload') });
    }
  });
});

describe('a message carries what its encoding asks for (§5.5)', () => {
  it('JSON without a topic is refused', () => {
    const { topic: _topic, ...rest } = sample('message', 'json') as { topic?: string };
    expect(refusalOf('json', JSON.stringify(rest), 'gateway').message).toContain('topic');
  });

  it('MessagePack without an alias is refused', () => {
    const items = wireItemsOf(sample('message', 'msgpack'));
    items[1] = null;
    expect(refusalOf('msgpack', packr.pack(items), 'gateway').message).toContain('alias');
  });
});
