import { describe, expect, it } from 'vitest';
import { ENCODINGS, FRAMES, type FrameSpec } from '../src/index.ts';
import { sample } from './support/arbitraries.ts';
import { packr, wireItemsOf } from './support/oracle.ts';
import { refusalOf } from './support/outcome.ts';

const every: FrameSpec[] = [...FRAMES];
const required = (spec: FrameSpec) => ((spec.schema as { required?: string[] }).required ?? []).filter(isField);
const isField = (name: string) => name !== 'type';
/** A value that no field but a free payload accepts. */
const wrong = { not: 'this' };
const isFree = (name: string) => name === 'payload' || name === 'data';

const fields = every.flatMap((spec) =>
  spec.fields.filter((name) => !isFree(name)).map((field) => ({ type: spec.name, field, spec })),
);

describe('a wrong field is named in the message (§6 INVALID_FIELD)', () => {
  it.each(fields)('$type.$field of the wrong type, JSON', ({ type, field, spec }) => {
    if (type === 'message' && field === 'alias') return; // JSON does not carry it, so there it is an unknown field.
    const body = JSON.stringify({ ...sample(type as never, 'json'), [field]: wrong });
    const refusal = refusalOf('json', body, spec.direction);
    expect(refusal.code).toBe('INVALID_FIELD');
    expect(refusal.message).toMatch(new RegExp(`^${type}: .*\\b${named(field)}\\b`));
  });

  it.each(fields)('$type.$field of the wrong type, MessagePack', ({ type, field, spec }) => {
    if (type === 'message' && field === 'topic') return; // MessagePack does not carry it.
    const items = wireItemsOf(sample(type as never, 'msgpack'));
    const carried = spec.fields.filter((name) => type !== 'message' || name !== 'topic');
    const place = carried.indexOf(field) + 1;
    while (items.length <= place) items.push(null);
    items[place] = wrong;
    const refusal = refusalOf('msgpack', packr.pack(items), spec.direction);
    expect(refusal.code).toBe('INVALID_FIELD');
    expect(refusal.message).toMatch(new RegExp(`^${type}: .*\\b${named(field)}\\b`));
  });

  const missing = every.flatMap((spec) => required(spec).map((field) => ({ type: spec.name, field, spec })));
  it.each(missing)('$type without $field', ({ type, field, spec }) => {
    const { [field]: _left, ...rest } = sample(type as never, 'json') as unknown as Record<string, unknown>;
    const refusal = refusalOf('json', JSON.stringify(rest), spec.direction);
    expect(refusal.code).toBe('INVALID_FIELD');
    expect(refusal.message).toMatch(new RegExp(`^${type}: .*\\b${field}\\b.*missing`));
  });
});

/** An object where a plain value belongs is named by its field; where an object belongs, by what it lacks. */
function named(field: string): string {
  if (field === 'client') return '(client|name)';
  if (field === 'limits') return '(limits|frameBytesMax)';
  if (field === 'retention') return '(retention|messagesMax)';
  return field;
}

describe('bounds of fields', () => {
  const publish = { type: 'publish', id: 1, topic: 'a', messageId: 'm', payload: 1 };
  const setup = { type: 'setup', protocol: 1 };
  const inJson = (frame: object) => refusalOf('json', JSON.stringify(frame));

  it.each([
    ['an empty messageId', { ...publish, messageId: '' }, 'messageId'],
    ['a messageId of 65 characters', { ...publish, messageId: 'x'.repeat(65) }, 'messageId'],
    ['a messageId with a space', { ...publish, messageId: 'a b' }, 'messageId'],
    ['a messageId with a line feed', { ...publish, messageId: 'a\n' }, 'messageId'],
    ['a messageId beyond ASCII', { ...publish, messageId: 'ö' }, 'messageId'],
    ['a token of 8193 characters', { ...setup, token: 'x'.repeat(8_193) }, 'token'],
    ['129 topics in setup', { ...setup, topics: Array.from({ length: 129 }, (_, at) => `t.${at}`) }, 'topics'],
    ['a wrong topic among those of setup', { ...setup, topics: ['a', 'b c'] }, 'topics.1'],
    ['an empty client name', { ...setup, client: { name: '', version: '1' } }, 'client.name'],
    ['a protocol that is no integer', { ...setup, protocol: 1.5 }, 'protocol'],
  ])('%s is refused and named', (_title, frame, field) => {
    const refusal = inJson(frame);
    expect(refusal.code).toBe('INVALID_FIELD');
    expect(refusal.message).toContain(field);
  });
});

describe('the id of a request that failed is kept, so that the error can answer it (§5.7)', () => {
  const { id: _id, ...rest } = sample('publish', 'json') as unknown as { id: number; type: 'publish' };

  it.each([
    ['INVALID_FIELD', { ...rest, id: 41, topic: 'a b' }],
    ['UNKNOWN_TYPE', { id: 41, type: 'whisper' }],
  ])('%s', (code, frame) => {
    expect(refusalOf('json', JSON.stringify(frame))).toMatchObject({ code, id: 41 });
  });

  it.each(ENCODINGS)('%s: in every request', (encoding) => {
    for (const code of [2, 3, 4]) {
      const name = every.find((spec) => spec.code === code)?.name as string;
      const json = JSON.stringify({ type: name, id: 41, topic: 5 });
      const body = encoding === 'json' ? json : packr.pack([code, 41, 5]);
      expect(refusalOf(encoding, body)).toMatchObject({ code: 'INVALID_FIELD', id: 41 });
    }
  });
});
