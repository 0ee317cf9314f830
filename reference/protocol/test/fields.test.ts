import { describe, expect, it } from 'vitest';
import { ENCODINGS, FRAMES, type FrameSpec, fieldsIn } from '../src/index.ts';
import { sample } from './support/arbitraries.ts';
import { packr } from './support/msgpackr.ts';
import { oracleItems } from './support/oracle-codec.ts';
import { outcomeOf, refusalOf } from './support/outcome.ts';

const every: FrameSpec[] = [...FRAMES];
/** A value that no field but a free payload accepts. */
const wrong = { not: 'this' };
const isFree = (name: string) => name === 'payload' || name === 'data';

const typedFieldsIn = (encoding: 'json' | 'msgpack') =>
  every.flatMap((spec) =>
    fieldsIn(spec, encoding).flatMap(({ name }, at) =>
      isFree(name) ? [] : [{ type: spec.name, field: name, position: at + 1, spec }],
    ),
  );

describe('a wrong field is named in the message (§6 INVALID_FIELD)', () => {
  it.each(typedFieldsIn('json'))('$type.$field of the wrong type, JSON', ({ type, field, spec }) => {
    for (const value of [wrong, null]) {
      const body = JSON.stringify({ ...sample(type as never, 'json'), [field]: value });
      const refusal = refusalOf('json', body, spec.direction);
      expect(refusal.code).toBe('INVALID_FIELD');
      expect(refusal.message).toMatch(new RegExp(`^${type}: .*\\b${field}\\b`));
    }
  });

  it.each(typedFieldsIn('msgpack'))(
    '$type.$field of the wrong type, MessagePack',
    ({ type, field, position, spec }) => {
      const items = [...oracleItems(sample(type as never, 'msgpack'))];
      while (items.length <= position) items.push(null);
      items[position] = wrong;
      const refusal = refusalOf('msgpack', packr.pack(items), spec.direction);
      expect(refusal.code).toBe('INVALID_FIELD');
      expect(refusal.message).toMatch(new RegExp(`^${type}: .*\\b${field}\\b`));
    },
  );

  const missing = every.flatMap((spec) =>
    fieldsIn(spec, 'json').flatMap(({ name, required }) => (required ? [{ type: spec.name, field: name, spec }] : [])),
  );
  it.each(missing)('$type without $field', ({ type, field, spec }) => {
    const { [field]: _left, ...rest } = sample(type as never, 'json') as unknown as Record<string, unknown>;
    const refusal = refusalOf('json', JSON.stringify(rest), spec.direction);
    expect(refusal).toMatchObject({ code: 'INVALID_FIELD', message: `${type}: the field ${field} is missing.` });
  });
});

describe('the message says in plain words what is allowed (§6 INVALID_FIELD)', () => {
  const subscribe = { type: 'subscribe', id: 1, topic: 'a' };
  const publish = { type: 'publish', id: 1, topic: 'a', messageId: 'm', payload: 1 };
  const resume = { type: 'resume', id: 1, sessionId: 's', resumeKey: 'k' };
  const ack = { type: 'ack', id: 1, messageId: 'm', status: 'ok', epoch: 'e', seqNo: 1 };
  const fromForms = 'from must be "live", "snapshot", an object with last or an object with epoch and seqNo';

  it.each([
    [{ ...subscribe, mode: 'fast' }, 'mode must be "stream", "latest", "keyed" or "volatile"'],
    [{ ...subscribe, mode: null }, 'mode must be "stream", "latest", "keyed" or "volatile"'],
    [{ ...subscribe, onGap: 'wait' }, 'onGap must be "reject", "snapshot" or "live"'],
    [{ ...subscribe, from: 'start' }, fromForms],
    [{ ...subscribe, from: 42 }, fromForms],
    [{ ...subscribe, from: [] }, fromForms],
    [{ ...subscribe, from: {} }, fromForms],
    [{ ...subscribe, from: { last: 0 } }, 'from.last must be a whole number from 1 to 1000'],
    [{ ...subscribe, from: { last: 1_001 } }, 'from.last must be a whole number from 1 to 1000'],
    [{ ...subscribe, from: { seqNo: 4 } }, 'the field from.epoch is missing'],
    [{ ...subscribe, from: { epoch: 'e' } }, 'the field from.seqNo is missing'],
    [{ ...subscribe, from: { epoch: '', seqNo: 4 } }, 'from.epoch must be a text of 1 to 64 characters'],
    [{ ...subscribe, from: { epoch: 'e', seqNo: -1 } }, 'from.seqNo must be a whole number from 0 to 2^53 - 1'],
    [
      { ...subscribe, from: { epoch: 'e', seqNo: 1, messageId: 'a b' } },
      'from.messageId must be 1 to 64 printable ASCII characters without spaces',
    ],
    [{ ...subscribe, maxRateHz: 0.05 }, 'maxRateHz must be a number from 0.1 to 1000'],
    [{ ...subscribe, maxRateHz: '5' }, 'maxRateHz must be a number from 0.1 to 1000'],
    [{ ...subscribe, confirmWindow: 1.5 }, 'confirmWindow must be a whole number from 1 to 10000'],
    [{ ...subscribe, checksum: 1 }, 'checksum must be true or false'],
    [
      { ...subscribe, topic: 'a..b' },
      'topic must be tokens of A-Z a-z 0-9 _ : @ ~ - joined by single dots, at most 255 bytes',
    ],
    [{ ...publish, signature: 'x' }, 'signature must be an object with alg, keyId and value'],
    [{ ...publish, signature: { alg: 'HS256', keyId: 'k' } }, 'the field signature.value is missing'],
    [{ ...publish, signature: { value: 'x' } }, 'the fields signature.alg and signature.keyId are missing'],
    [{ ...publish, key: '' }, 'key must be a text of 1 to 128 characters'],
    [{ ...publish, ttlMs: 0 }, 'ttlMs must be a whole number from 1 to 2^53 - 1'],
    [{ type: 'refresh', id: 1, token: 5 }, 'token must be a text of at most 8192 characters'],
    [{ type: 'presence', id: 1, topic: 'a', action: 'hide' }, 'action must be "enter", "update" or "leave"'],
    [{ type: 'setup', protocol: 1, topics: 'a' }, 'topics must be an array of at most 128 items'],
    [
      { ...resume, subscriptions: [{ topic: 'a' }, { topic: 'b', from: { last: 'x' } }] },
      'subscriptions.1.from.last must be a whole number from 1 to 1000',
    ],
    [{ ...resume, subscriptions: [{}] }, 'the field subscriptions.0.topic is missing'],
    [
      { type: 'setup', protocol: 1, resume: { sessionId: 's' } },
      'the fields resume.resumeKey and resume.subscriptions are missing',
    ],
    [{ ...ack, status: 'maybe' }, 'status must be "ok" or "duplicate"'],
    [{ type: 'goodbye', code: 4200, reason: 5 }, 'reason must be a text'],
    [{ type: 'pong', time: 'now' }, 'time must be a number'],
    [{ type: 'setup', protocol: 1.5 }, 'protocol must be a whole number'],
    [
      { type: 'goodbye', code: 1, reason: '', reconnectMinMs: -1 },
      'reconnectMinMs must be a whole number of at least 0',
    ],
  ])('%j', (frame, problem) => {
    const direction = every.find(({ name }) => name === frame.type)?.direction;
    const refusal = refusalOf('json', JSON.stringify(frame), direction);
    expect(refusal).toMatchObject({ code: 'INVALID_FIELD', message: `${frame.type}: ${problem}.` });
  });
});

describe('bounds of fields', () => {
  const publish = { type: 'publish', id: 1, topic: 'a', messageId: 'm', payload: 1 };
  const setup = { type: 'setup', protocol: 1 };
  const resumeOf = (length: number) => ({
    ...{ type: 'resume', id: 1, sessionId: 's', resumeKey: 'k' },
    subscriptions: Array.from({ length }, (_, at) => ({ topic: `t.${at}` })),
  });
  const inJson = (frame: object) => refusalOf('json', JSON.stringify(frame));

  it.each([
    ['an empty messageId', { ...publish, messageId: '' }, 'messageId'],
    ['a messageId of 65 characters', { ...publish, messageId: 'x'.repeat(65) }, 'messageId'],
    ['a messageId with a space', { ...publish, messageId: 'a b' }, 'messageId'],
    ['a messageId with a line feed', { ...publish, messageId: 'a\n' }, 'messageId'],
    ['a messageId beyond ASCII', { ...publish, messageId: 'ö' }, 'messageId'],
    ['a key of 129 characters', { ...publish, key: 'x'.repeat(129) }, 'key'],
    ['a key of 129 characters of two units', { ...publish, key: '😀'.repeat(129) }, 'key'],
    ['a token of 8193 characters', { ...setup, token: 'x'.repeat(8_193) }, 'token'],
    ['129 topics in setup', { ...setup, topics: Array.from({ length: 129 }, (_, at) => `t.${at}`) }, 'topics'],
    ['a wrong topic among those of setup', { ...setup, topics: ['a', 'b c'] }, 'topics.1'],
    ['an empty client name', { ...setup, client: { name: '', version: '1' } }, 'client.name'],
    ['a maxRateHz beyond 1000', { type: 'subscribe', id: 1, topic: 'a', maxRateHz: 1_000.5 }, 'maxRateHz'],
    ['1001 subscriptions in resume', resumeOf(1_001), 'subscriptions'],
    ['a protocol that is no integer', { ...setup, protocol: 1.5 }, 'protocol'],
  ])('%s is refused and named', (_title, frame, field) => {
    const refusal = inJson(frame);
    expect(refusal.code).toBe('INVALID_FIELD');
    expect(refusal.message).toContain(field);
  });
});

describe('what the bounds leave room for', () => {
  it.each([
    ['a fractional rate', { type: 'modify', id: 1, topic: 'a', maxRateHz: 0.5 }],
    ['a rate between two tiers', { type: 'modify', id: 1, topic: 'a', maxRateHz: 3.25 }],
    ['the lowest rate', { type: 'subscribe', id: 1, topic: 'a', mode: 'latest', maxRateHz: 0.1 }],
    [
      'a key of 128 characters of two units',
      { type: 'publish', id: 1, topic: 'a', messageId: 'm', payload: 1, key: '😀'.repeat(128) },
    ],
    ['resume without subscriptions', { type: 'resume', id: 1, sessionId: 's', resumeKey: 'k', subscriptions: [] }],
  ])('%s is taken in both encodings', (_title, frame) => {
    expect(outcomeOf('json', JSON.stringify(frame), 'client')).toEqual(frame);
    expect(outcomeOf('msgpack', packr.pack(oracleItems(frame)), 'client')).toEqual(frame);
  });
});

describe('the id of a request that failed is kept, so that the error can answer it (§5.11)', () => {
  const { id: _id, ...rest } = sample('publish', 'json') as unknown as { id: number; type: 'publish' };

  it.each([
    ['INVALID_FIELD', { ...rest, id: 41, topic: 'a b' }],
    ['UNKNOWN_TYPE', { id: 41, type: 'whisper' }],
  ])('%s', (code, frame) => {
    expect(refusalOf('json', JSON.stringify(frame))).toMatchObject({ code, id: 41 });
  });

  const requests = every.filter(({ direction, fields }) => direction === 'client' && fields[0] === 'id');
  it.each(requests)('in $name, in both encodings', ({ name, code }) => {
    for (const encoding of ENCODINGS) {
      const json = JSON.stringify({ type: name, id: 41, topic: 5 });
      const body = encoding === 'json' ? json : packr.pack([code, 41, 5]);
      expect(refusalOf(encoding, body)).toMatchObject({ code: 'INVALID_FIELD', id: 41 });
    }
  });
});
