/** The parts that need no server. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../../../../tests/support/runs.ts';
import { parseAddresses } from '../../src/node/nats/addresses.ts';
import { opened, sealed } from '../../src/node/nats/envelope.ts';
import { Lanes } from '../../src/node/nats/lanes.ts';
import { RecentContents } from '../../src/node/nats/recent-contents.ts';
import { isAtLeast, VERSION_MIN } from '../../src/node/nats/server-version.ts';
import { differences, logWish } from '../../src/node/nats/stream-config.ts';
import { Subjects } from '../../src/node/nats/subjects.ts';

describe('the version of a server', () => {
  it.each(['2.9.10', '2.9.11', '2.9.25-RC.1', '2.10.0', '2.11.0-preview.2', '3.0.0', '10.0'])(
    '%s will do',
    (version) => {
      expect(isAtLeast(version, VERSION_MIN)).toBe(true);
    },
  );

  it.each(['', 'unknown', '1.4.1', '2.2.0', '2.8.4', '2.9', '2.9.9', '2.9.9-RC.3'])('%j will not', (version) => {
    expect(isAtLeast(version, VERSION_MIN)).toBe(false);
  });
});

describe('addresses', () => {
  it('are those of one server or of several, with the port that NATS has', () => {
    expect(parseAddresses('nats://desk:4300')).toEqual({
      hosts: ['desk:4300'],
      label: 'nats://desk:4300',
      credentials: undefined,
      isTls: false,
    });
    expect(parseAddresses('nats://a, tls://b:1,c:2').hosts).toEqual(['a:4222', 'b:1', 'c:2']);
    expect(parseAddresses(['nats://a', 'tls://b'])).toMatchObject({
      label: 'nats://a:4222, tls://b:4222',
      isTls: true,
    });
    expect(parseAddresses('nats://[::1]:4222/').hosts).toEqual(['[::1]:4222']);
  });

  it('may say who the client is, which is told to nobody', () => {
    const named = parseAddresses('nats://desk:p%40ss@host:1,nats://host:2');
    expect(named.credentials).toEqual({ user: 'desk', password: 'p@ss' });
    expect(parseAddresses('nats://t0ken@host').credentials).toEqual({ token: 't0ken' });
    expect(JSON.stringify([named.hosts, named.label])).not.toMatch(/desk|ss/);
  });

  it.each([
    '',
    'http://host',
    'nats://',
    'nats://host/path',
    'nats://host?x=1',
    'ws://host',
    'nats://secret@host:nine',
    [],
  ])('are not %j, and the error repeats nothing of it', (servers) => {
    expect(() => parseAddresses(servers)).toThrow(RangeError);
    expect(() => parseAddresses(servers)).not.toThrow(/secret|nine/);
  });
});

describe('subjects', () => {
  const topic = fc
    .array(fc.stringMatching(/^[A-Za-z0-9_:@~-]{1,5}$/), { minLength: 1, maxLength: 4 })
    .map((tokens) => tokens.join('.'));
  const key = fc.option(fc.string({ unit: 'binary', maxLength: 8 }), { nil: undefined });

  it('of different topics and keys are different, and never one of ours', () => {
    const subjects = new Subjects('MS');
    const place = fc.record({ topic, key });
    fc.assert(
      fc.property(place, place, (one, other) => {
        const isSame = one.topic === other.topic && one.key === other.key;
        const state = [subjects.stateOf(one.topic, one.key), subjects.stateOf(other.topic, other.key)];
        expect(state[0] === state[1]).toBe(isSame);
        expect(subjects.of(one.topic) === subjects.of(other.topic)).toBe(one.topic === other.topic);
        for (const subject of [...state, subjects.of(one.topic), subjects.copyOf(one.topic)]) {
          expect(subject).toMatch(/^ms\.[tds]\.MS(\.[A-Za-z0-9_:@~=-]+)+$/);
          expect([subjects.life, subjects.lifeCopy, subjects.lineage]).not.toContain(subject);
        }
      }),
      { numRuns: runs(200) },
    );
  });

  it('all keys of a topic are one token below it, so those of a longer topic are not among them', () => {
    const subjects = new Subjects('MS');
    const all = new RegExp(`^${subjects.allStateOf('a').replaceAll('.', '\\.').replace('*', '[^.]+')}$`);
    expect(subjects.stateOf('a', 'b')).toMatch(all);
    expect(subjects.stateOf('a', undefined)).toMatch(all);
    expect(subjects.stateOf('a.b', 'c')).not.toMatch(all);
  });
});

describe('a message in a stream', () => {
  const text = fc.string({ unit: 'binary', maxLength: 12 });
  const optional = fc.option(text, { nil: undefined });
  const content = fc.record({
    messageId: text,
    time: fc.double({ noNaN: true, noDefaultInfinity: true, min: 0 }),
    sizeBytes: fc.nat(),
    payload: fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value))),
    key: optional,
    ref: optional,
    by: optional,
    ttlMs: fc.option(fc.nat(), { nil: undefined }),
    signature: fc.option(fc.record({ alg: text, keyId: text, value: text }), { nil: undefined }),
  });

  it('is opened as it was sealed, and its header is one line of printable ASCII', () => {
    fc.assert(
      fc.property(content, text, (content, callId) => {
        const { headers, body, bytes } = sealed(content, callId);
        const data = new TextEncoder().encode(body);
        expect(opened({ seqNo: 7, headers, data })).toMatchObject({ content, callId });
        expect(headers.keys()).toEqual(['Ms']);
        expect(headers.get('Ms')).toMatch(/^[\x20-\x7e]+$/);
        expect(bytes).toBeGreaterThan(data.length + headers.get('Ms').length);
      }),
      { numRuns: runs(200) },
    );
  });

  it.each([undefined, '', 'null', '[]', '"x"', '{', '{"id":1}'])('with the header %j becomes a foreign one', (text) => {
    const { headers, body } = sealed(
      { messageId: 'm', time: 1, payload: 1, sizeBytes: 1, key: undefined, ref: undefined } as never,
      '',
    );
    if (text === undefined) headers.delete('Ms');
    else headers.set('Ms', text);
    const { content, fingerprint } = opened({ seqNo: 9, headers, data: new TextEncoder().encode(body) });
    expect(content).toMatchObject({ messageId: 'foreign-9', payload: null, time: 0 });
    expect(fingerprint).toBeUndefined();
  });

  it('whose body is no JSON becomes a foreign one', () => {
    const { headers } = sealed({ messageId: 'm', time: 1, payload: 1, sizeBytes: 1 } as never, '');
    expect(opened({ seqNo: 9, headers, data: new Uint8Array([0xff]) }).content.messageId).toBe('foreign-9');
  });
});

describe('how a stream differs', () => {
  const wish = logWish({ subjects: new Subjects('MS'), replicas: 1, historyLengthMax: 5, dedupWindowMs: 100 });

  it('not at all from what was wished, whatever else it has', () => {
    expect(differences(wish, { ...wish, sealed: false, description: 'ours' } as never)).toEqual([]);
  });

  it('in every field that was wished, if it is missing or another', () => {
    for (const field of Object.keys(wish)) {
      const { [field as 'name']: _, ...missing } = wish;
      expect(differences(wish, missing as never).map((one) => one.field)).toEqual([field]);
      expect(differences(wish, { ...wish, [field]: 'other' } as never).map((one) => one.field)).toEqual([field]);
    }
  });
});

describe('lanes', () => {
  it('let so many through at the same time, the others in their order, and go on after a failure', async () => {
    const lanes = new Lanes(2);
    const begun: number[] = [];
    const ends: (() => void)[] = [];
    const work = (number: number) =>
      lanes.through(
        () =>
          new Promise<number>((resolve, reject) => {
            begun.push(number);
            ends[number] = () => (number === 1 ? reject(new Error('failed')) : resolve(number));
          }),
      );
    const outcomes = Promise.allSettled([0, 1, 2, 3].map(work));
    await Promise.resolve();
    expect(begun).toEqual([0, 1]);
    ends[1]?.();
    await new Promise((resolve) => setImmediate(resolve));
    expect(begun).toEqual([0, 1, 2]);
    for (const number of [0, 2]) ends[number]?.();
    await new Promise((resolve) => setImmediate(resolve));
    ends[3]?.();
    expect((await outcomes).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
  });
});

describe('recent contents', () => {
  const at = (seqNo: number, epoch = 'e') => ({ epoch, seqNo });

  it('are known for the window, at the position that they have', () => {
    const recent = new RecentContents(100);
    recent.add('a', 1, at(5), 1_000);
    expect(recent.find('a', at(5), 1_099)).toBe(1);
    expect(recent.find('a', at(5), 1_100)).toBeUndefined();
    expect(recent.find('a', at(6), 1_000)).toBeUndefined();
    expect(recent.find('a', at(5, 'other'), 1_000)).toBeUndefined();
    recent.add('a', 2, at(9), 1_200);
    expect(recent.find('a', at(9), 1_200)).toBe(2);
  });

  it('are forgotten from the oldest on when they are too many', () => {
    const recent = new RecentContents(1_000_000);
    for (let at = 0; at < 70_000; at++) recent.add(`id${at}`, at, { epoch: 'e', seqNo: at }, 0);
    expect(recent.find('id0', at(0), 0)).toBeUndefined();
    expect(recent.find('id69999', at(69_999), 0)).toBe(69_999);
    expect(recent.find('id5000', at(5_000), 0)).toBe(5_000);
  });
});
