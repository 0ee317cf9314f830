import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { joinFrames, webSocketWire } from '../src/index.ts';
import { type Listening, listening } from './support/listening.ts';

const lengths = [0, 1, 125, 126, 127, 65_535, 65_536, 70_000];

describe('finished WebSocket frames (RFC 6455 §5.2)', () => {
  it.each([
    [0, [0x81, 0]],
    [125, [0x81, 125]],
    [126, [0x81, 126, 0, 126]],
    [65_535, [0x81, 126, 0xff, 0xff]],
    [65_536, [0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0]],
  ])('a text of %i bytes has the shortest header', (length, header) => {
    const frame = webSocketWire('json').frame('x'.repeat(length));
    expect([...frame.subarray(0, header.length)]).toEqual(header);
    expect(frame.length).toBe(header.length + length);
  });

  it('text counts in bytes, not in characters', () => {
    const frame = webSocketWire('json').frame('€'.repeat(42));
    expect([...frame.subarray(0, 4)]).toEqual([0x81, 126, 0, 126]);
  });

  it('all connections of one encoding share one wire (D4)', () => {
    expect(webSocketWire('json')).toBe(webSocketWire('json'));
    expect(webSocketWire('json')).not.toBe(webSocketWire('msgpack'));
  });
});

describe('finished WebSocket frames at a real client', () => {
  let server: Listening;
  beforeAll(async () => {
    server = await listening();
  });
  afterAll(() => server.close());

  it.each(['json', 'msgpack'] as const)('%s: every length arrives whole, one by one and joined', async (encoding) => {
    const client = new WebSocket(server.address, `microsocket.v1.${encoding}`);
    const received: { body: Buffer; isBinary: boolean }[] = [];
    const all = new Promise<void>((resolve) => {
      client.on('message', (body: Buffer, isBinary) => {
        received.push({ body, isBinary });
        if (received.length === 2 * lengths.length) resolve();
      });
    });
    const connection = await server.next();
    const bodies = lengths.map((length, at) => Buffer.alloc(length, 97 + at));
    const frames = bodies.map((body) => connection.wire.frame(encoding === 'json' ? body.toString() : body));
    for (const frame of frames) connection.write(frame);
    connection.write(
      joinFrames(
        frames,
        frames.reduce((sum, { length }) => sum + length, 0),
      ),
    );
    await all;
    expect(received.map(({ body }) => body.toString())).toEqual([...bodies, ...bodies].map(String));
    expect(new Set(received.map(({ isBinary }) => isBinary))).toEqual(new Set([encoding === 'msgpack']));
    client.terminate();
  });
});

describe('joinFrames', () => {
  it('gives one frame back as it is, without a copy', () => {
    const frame = Uint8Array.of(1, 2);
    expect(joinFrames([frame], 2)).toBe(frame);
  });

  it('puts several behind each other', () => {
    expect(joinFrames([Uint8Array.of(1), Uint8Array.of(), Uint8Array.of(2, 3)], 3)).toEqual(Uint8Array.of(1, 2, 3));
  });
});
