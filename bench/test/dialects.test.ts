/** What the dialects find in what has come, and what the check says of it. No sockets here. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { runs } from '../../tests/support/runs.ts';
import type { Inbox } from '../src/dialects/dialect.ts';
import { DIALECTS, type DialectName } from '../src/dialects/dialects.ts';
import { DeliveryCheck } from '../src/load/delivery-check.ts';
import { payloadText } from '../src/load/payload.ts';
import { makeTurn, messageId, TOPIC } from '../src/load/turn.ts';

const PREFIX = 'test';
const NAMES = Object.keys(DIALECTS) as DialectName[];

/** What a server of each dialect sends for a message, as its own documents say. */
const SENT: Readonly<Record<DialectName, (number: number, payload: string) => Buffer>> = {
  frames: (number, payload) => {
    const place = `"topic":"${TOPIC}","seqNo":${number + 1},"prevSeqNo":${number}`;
    return Buffer.from(
      `{"type":"message",${place},"messageId":"${messageId(PREFIX, number)}","time":0,"data":${payload}}`,
    );
  },
  'socket.io': (_number, payload) => Buffer.from(`42["message",${payload}]`),
  nchan: (_number, payload) => Buffer.from(payload),
  nats: (_number, payload) => Buffer.from(`MSG ${TOPIC} 1 ${payload.length}\r\n${payload}\r\n`),
  mqtt: (_number, payload) => {
    const body = Buffer.from(`\0${String.fromCharCode(TOPIC.length)}${TOPIC}${payload}`);
    const low = Buffer.from([0x30, (body.length % 128) + 128, Math.floor(body.length / 128)]);
    return Buffer.concat([body.length < 128 ? Buffer.from([0x30, body.length]) : low, body]);
  },
};

/** The dialects whose messages end anywhere. */
const STREAMS: readonly DialectName[] = ['nats', 'mqtt'];

function inboxInto(deliveries: string[]): Inbox {
  const surprise = (): never => {
    throw new Error('Nothing of this was sent.');
  };
  const delivery = (bytes: Buffer) => deliveries.push(bytes.toString('latin1'));
  return { ready: surprise, acknowledged: surprise, say: surprise, delivery };
}

describe.for(STREAMS)('%s', (name) => {
  test('finds the same deliveries wherever its messages are cut', () => {
    const bytes = fc.constantFrom(32, 90, 128, 1024);
    fc.assert(
      fc.property(fc.array(bytes, { minLength: 1, maxLength: 8 }), fc.array(fc.nat(5_000)), (sizes, cuts) => {
        const payloads = sizes.map((size, number) => payloadText(number, size));
        const stream = Buffer.concat(payloads.map((payload, number) => SENT[name](number, payload)));
        const deliveries: string[] = [];
        const session = DIALECTS[name].session({ topic: TOPIC });
        const ends = [...cuts.map((cut) => cut % stream.length), stream.length].sort((a, b) => a - b);
        let from = 0;
        for (const end of ends) {
          session.read(stream.subarray(from, end), inboxInto(deliveries));
          from = end;
        }
        expect(deliveries).toEqual(payloads);
      }),
      { numRuns: runs(200) },
    );
  });
});

/** Reads what a server sends with a session, and gives every delivery to a check with one subscriber. */
function takeAll(name: DialectName, sent: readonly Buffer[], payloadBytes = 128): readonly string[] {
  const dialect = DIALECTS[name];
  const check = new DeliveryCheck({ envelope: dialect.envelope, idPrefix: PREFIX, subscribers: 1 });
  check.join(0, 0);
  check.expect(makeTurn({ first: 0, messages: 3, payloadBytes, idPrefix: PREFIX, dialect }));
  const session = dialect.session({ topic: TOPIC });
  const arrivals: string[] = [];
  const inbox = { ...inboxInto([]), delivery: (bytes: Buffer) => arrivals.push(check.take(0, bytes)) };
  for (const message of sent) session.read(message, inbox);
  return arrivals;
}

describe.for(NAMES)('a delivery in %s', (name) => {
  const sent = (number: number) => SENT[name](number, payloadText(number, 128));
  const [first, second, third] = [sent(0), sent(1), sent(2)];

  test('is taken when it is the next and intact', () => {
    expect(takeAll(name, [first, second, third])).toEqual(['message', 'message', 'message']);
  });

  test('is refused when it comes again', () => {
    expect(() => takeAll(name, [first, first])).toThrow('got message 0 again');
  });

  test('is refused behind a later one', () => {
    expect(() => takeAll(name, [first, third, second])).toThrow('got message 2 before 1');
  });

  test('is refused when any one byte of its payload differs', () => {
    const start = second.indexOf('{"number"');
    for (let at = start; at < start + 128; at++) {
      const damaged = Buffer.from(second);
      damaged[at] = (damaged[at] as number) ^ 1;
      expect(() => takeAll(name, [first, damaged])).toThrow(/^(subscriber 1 )?got /);
    }
  });

  test('is refused when it has the size of another run', () => {
    expect(() => takeAll(name, [first, SENT[name](1, payloadText(1, 127))])).toThrow('127 bytes of payload; 128 bytes');
  });
});

test('a message of the frames protocol is refused when it names another one as the one before', () => {
  const renumbered = Buffer.from(
    SENT.frames(0, payloadText(0, 128)).toString().replace('"prevSeqNo":0', '"prevSeqNo":7'),
  );
  expect(() => takeAll('frames', [renumbered])).toThrow('prevSeqNo 7, not 0');
});

test.for(NAMES)('%s refuses what it did not ask for', (name) => {
  const session = DIALECTS[name].session(name === 'nchan' ? {} : { topic: TOPIC });
  const noise = name === 'frames' ? '{"type":"error"}' : '\u007f nobody knows\r\n';
  const read = () => session.read(Buffer.from(noise, 'latin1'), inboxInto([]));
  if (name === 'mqtt') expect(() => session.read(Buffer.from([0x20, 2, 0, 5]), inboxInto([]))).toThrow('got');
  else expect(read).toThrow('got');
});
