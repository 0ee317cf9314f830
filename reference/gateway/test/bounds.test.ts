import { describe, expect, it } from 'vitest';
import { World } from './support/world.ts';

/** A publish in JSON of exactly this many UTF-8 bytes, filled up with this character. */
function publishOfBytes(bytes: number, id: number, fill: string): string {
  const frame = { type: 'publish', id, topic: 'a', messageId: `m${id}`, payload: '' };
  const fixed = Buffer.byteLength(JSON.stringify(frame));
  const count = Math.floor((bytes - fixed) / Buffer.byteLength(fill));
  const body = JSON.stringify({ ...frame, payload: fill.repeat(count) });
  return body + ' '.repeat(bytes - Buffer.byteLength(body));
}

describe('frameBytesMax (§8)', () => {
  it.each([
    ['x', 'one byte'],
    ['ö', 'two bytes'],
    ['€', 'three bytes'],
    ['😀', 'four bytes'],
  ])('counts UTF-8 bytes exactly: a text of %s, %s each', async (fill) => {
    const world = new World({ limits: { frameBytesMax: 1_000 } });
    const peer = await world.ready();
    const bodies = [publishOfBytes(1_000, 1, fill), publishOfBytes(1_001, 2, fill)];
    expect(bodies.map((body) => Buffer.byteLength(body))).toEqual([1_000, 1_001]);
    for (const body of bodies) peer.sendBody(body);
    await world.settle();
    expect(peer.types).toEqual(expect.arrayContaining(['ack', 'error']));
    expect(peer.last('ack').id).toBe(1);
    expect(peer.last('error')).toMatchObject({ code: 'FRAME_TOO_LARGE', retry: false });
    expect(peer.last('error').message).toContain('1000 bytes');
    expect(peer.closeCode).toBeUndefined();
  });

  it('counts the bytes of MessagePack', async () => {
    const world = new World({ limits: { frameBytesMax: 100 } });
    const peer = await world.ready({ encoding: 'msgpack' });
    // 7 bytes of array, number, id, topic and messageId, and 2 of the length of the text.
    peer.publish('a', 'm', 'x'.repeat(91));
    peer.publish('a', 'n', 'x'.repeat(92));
    await world.settle();
    expect(peer.types).toEqual(expect.arrayContaining(['ack', 'error']));
    expect(peer.all('ack')).toHaveLength(1);
    expect(peer.last('error').code).toBe('FRAME_TOO_LARGE');
  });
});

describe('frames that cannot be understood (§6)', () => {
  it.each([
    ['{', 'MALFORMED_FRAME'],
    [new Uint8Array([1]), 'MALFORMED_FRAME'],
    ['{"type":"whisper","id":3}', 'UNKNOWN_TYPE'],
    ['{"type":"message","id":3}', 'UNKNOWN_TYPE'],
    ['{"type":"subscribe","id":3,"topic":"a b"}', 'INVALID_FIELD'],
    ['{"type":"publish","id":3,"topic":"a","messageId":"m"}', 'INVALID_FIELD'],
  ])('%s is answered with %s, and the connection stays', async (body, code) => {
    const world = new World();
    const peer = await world.ready();
    if (typeof body === 'string') peer.sendBody(body);
    else peer.sendBody('\u0001');
    peer.subscribe('a');
    await world.settle();
    expect(peer.all('error')).toMatchObject([{ code, retry: false }]);
    if (typeof body === 'string' && body.includes('"id":3')) expect(peer.last('error').id).toBe(3);
    expect(peer.last('subscribed').topic).toBe('a');
    expect(world.gateway.stats().badFrames).toBe(1);
  });

  it('badFramesMax of them close the connection with 4000, each answered', async () => {
    const world = new World({ limits: { badFramesMax: 3 } });
    const peer = await world.ready();
    peer.sendBody('{');
    peer.subscribe('a');
    peer.sendBody('[]');
    await world.settle();
    expect(peer.closeCode).toBeUndefined();
    peer.sendBody('{}');
    peer.publish('a', 'm1');
    await world.settle();
    expect(peer.all('error')).toHaveLength(3);
    expect(peer.closeCode).toBe(4000);
    expect(peer.all('ack')).toEqual([]);
    expect(world.gateway.stats()).toMatchObject({ badFrames: 3, connections: 0, subSockets: 0 });
  });

  it('badFramesMax holds before setup, too', async () => {
    const world = new World({ limits: { badFramesMax: 2 } });
    const peer = world.connect();
    peer.subscribe('a');
    peer.sendBody('x');
    await world.settle();
    expect(peer.closeCode).toBe(4000);
  });

  it('requests that are understood and refused do not count', async () => {
    const world = new World({ limits: { badFramesMax: 2 } });
    const peer = await world.ready();
    for (let at = 0; at < 5; at++) peer.unsubscribe('nowhere');
    await world.settle();
    expect(peer.all('error')).toHaveLength(5);
    expect(peer.closeCode).toBeUndefined();
    expect(world.gateway.stats().badFrames).toBe(0);
  });
});

describe('connectionsMax (§8)', () => {
  it('closes the next connection with 4101 at once; when one has left there is room', async () => {
    const world = new World({ limits: { connectionsMax: 2 } });
    const [one] = [await world.ready(), world.connect()];
    const third = world.connect();
    await world.settle();
    expect(third.closes).toEqual([{ code: 4101, reason: expect.stringContaining('connectionsMax') }]);
    expect(third.frames).toEqual([]);
    one.leave();
    await world.settle();
    const fourth = await world.ready();
    expect(fourth.types).toEqual(['ready']);
    expect(world.gateway.stats().connections).toBe(2);
  });
});

describe('topicsMax (§8)', () => {
  it('is OVERLOADED for a publish and a subscribe to one topic more', async () => {
    const world = new World({ limits: { topicsMax: 1 } });
    const peer = await world.subscriber('a');
    const ids = [peer.publish('b', 'm1'), peer.subscribe('b'), peer.publish('a', 'm2')];
    await world.settle();
    expect(ids.map((id) => peer.answer(id))).toMatchObject([
      { code: 'OVERLOADED', retry: true, afterMs: 1_000 },
      { code: 'OVERLOADED', retry: true, afterMs: 1_000 },
      { type: 'ack' },
    ]);
  });
});

/** The other two must fit into it. */
const SMALL_BUFFER = { sendBufferBytesMax: 2_000, frameBytesMax: 250, batchBytesMax: 250 };

describe('sendBufferBytesMax (§8)', () => {
  it('a client that asks and does not read is closed with 4102', async () => {
    const world = new World({ limits: SMALL_BUFFER });
    const peer = await world.ready();
    peer.pause();
    let asked = 0;
    for (; world.gateway.stats().connections > 0 && asked < 1_000; asked++) {
      peer.unsubscribe('nowhere');
      await world.settle();
    }
    expect(peer.closeCode).toBe(4102);
    expect(asked).toBeGreaterThan(5);
    expect(asked).toBeLessThan(40);
  });

  it.each(['subscribe and unsubscribe', 'publish'])('whatever it asks for: %s', async (what) => {
    const world = new World({ limits: SMALL_BUFFER });
    const peer = await world.ready();
    peer.pause();
    for (let asked = 0; world.gateway.stats().connections > 0 && asked < 200; asked++) {
      if (what === 'publish') peer.publish('a', `m${asked}`);
      else peer.subscribe('a');
      await world.settle();
      if (what !== 'publish') peer.unsubscribe('a');
      await world.settle();
    }
    expect(peer.closeCode).toBe(4102);
  });

  it('a subscriber that reads nothing and asks nothing is not closed for it: messages wait in the ring', async () => {
    const world = new World({ limits: SMALL_BUFFER });
    const peer = await world.subscriber('a', { highWaterBytes: 500 });
    peer.pause();
    for (let at = 0; at < 500; at++) {
      world.publish(`m${at}`);
      await world.settle();
    }
    expect(peer.closeCode).toBeUndefined();
    expect(peer.recording.bufferedBytes).toBeLessThan(2_000);
  });
});
