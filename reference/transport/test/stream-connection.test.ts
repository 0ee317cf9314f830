import { once } from 'node:events';
import type { Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type AcceptedConnection, closeRecord, prefaceOf, StreamReader, streamWire } from '../src/index.ts';
import { ManualClock } from './support/manual-clock.ts';
import { Recorder } from './support/recorder.ts';
import { gone, STREAM_SCHEMES, type StreamListening, type StreamScheme, streamListening } from './support/streams.ts';

let places: StreamListening[] = [];
afterEach(async () => {
  await Promise.all(places.map((place) => place.close()));
  places = [];
});

interface Met {
  readonly clock: ManualClock;
  readonly place: StreamListening;
  readonly connection: AcceptedConnection;
  readonly heard: Recorder;
  /** The client, whose preface was answered. */
  readonly socket: Socket;
}

async function met(scheme: StreamScheme, encoding: 'json' | 'msgpack' = 'json', allowHalfOpen = false): Promise<Met> {
  const clock = new ManualClock();
  const place = await streamListening(scheme, { clock, frameBytesReadMax: 100_000 });
  places.push(place);
  const socket = place.spoken(encoding, allowHalfOpen);
  const [connection, [answer]] = await Promise.all([place.next(), once(socket, 'data')]);
  expect(String(answer)).toBe(prefaceOf(encoding));
  return { clock, place, connection, heard: Recorder.on(connection), socket };
}

/** Reads a stream from here to the end of the gateway's side: its bodies, and its close record. */
async function readToEnd(socket: Socket): Promise<{ bodies: Buffer[]; close: string | undefined }> {
  const bodies: Buffer[] = [];
  let close: string | undefined;
  const closed = (code: number, reason: string) => {
    close = `${code} ${reason}`;
  };
  const sink = { onBody: (body: Uint8Array) => void bodies.push(Buffer.from(body)), onCloseRecord: closed };
  const reader = new StreamReader({ ...sink, onBroken: closed }, 1_048_576);
  socket.on('data', (chunk) => reader.push(chunk)).resume();
  await once(socket, 'end');
  return { bodies, close };
}

describe.each(STREAM_SCHEMES)('an accepted connection over %s (§3.4)', (scheme: StreamScheme) => {
  it('names its peer for people', async () => {
    const { connection } = await met(scheme);
    expect(connection.remoteAddress).toMatch(scheme === 'ipc' ? /^ipc$/ : /^127\.0\.0\.1:\d+$/);
  });

  it('a peer that does not read gets false, bounded bytes wait, and onWritable comes when it reads again', async () => {
    const { connection, heard, socket } = await met(scheme, 'msgpack');
    socket.pause();
    const frames = 600;
    const body = new Uint8Array(32_768);
    const view = new DataView(body.buffer);
    let sent = 0;
    let mostWaiting = 0;
    /** Sends as one does who respects the answer. */
    const sendWhileTaken = () => {
      for (let taken = true; taken && sent < frames; mostWaiting = Math.max(mostWaiting, connection.bufferedBytes)) {
        view.setUint32(0, sent++);
        taken = connection.send(body.slice());
      }
    };
    sendWhileTaken();
    expect(sent).toBeLessThan(frames);
    // What the system's own buffers take is written in the following turns; then it stays full.
    while (connection.bufferedBytes === 0 || heard.writableCount > 0) {
      heard.events.length = 0;
      sendWhileTaken();
      for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
    }
    expect(sent).toBeLessThan(frames);
    const sentWhenFull = sent;

    const reading = readToEnd(socket);
    while (sent < frames) {
      const before = heard.writableCount;
      await heard.until(() => heard.writableCount > before);
      expect(connection.bufferedBytes).toBe(0);
      sendWhileTaken();
    }
    connection.close(1000, 'all');
    const { bodies, close } = await reading;
    expect(sentWhenFull).toBeLessThan(frames);
    expect(mostWaiting).toBeLessThan(1_000_000);
    expect(bodies.map((body) => body.readUInt32BE(0))).toEqual(Array.from({ length: frames }, (_, at) => at));
    expect(close).toBe('1000 all');
    expect(await heard.closed()).toEqual({ code: 1000, reason: 'all' });
  });

  it('closed by its owner, it sends what was sent before, a close record and the end of its side', async () => {
    const { clock, connection, heard, place, socket } = await met(scheme);
    const reading = readToEnd(socket);
    connection.send('before');
    connection.close(4200, 'drain');
    connection.send('after');
    expect(await reading).toEqual({ bodies: [Buffer.from('before')], close: '4200 drain' });
    expect(await heard.closed()).toEqual({ code: 4200, reason: 'drain' });
    await place.listener.close();
    expect([heard.closes.length, clock.timerCount]).toEqual([1, 0]);
  });

  it('closed by its peer, it says nothing more and ends its side', async () => {
    const { connection, heard, socket } = await met(scheme);
    const reading = readToEnd(socket);
    socket.write(Buffer.concat([streamWire.frame('last'), closeRecord(4000, 'no more'), streamWire.frame('ignored')]));
    expect(await heard.closed()).toEqual({ code: 4000, reason: 'no more' });
    expect(connection.send('late')).toBe(true);
    expect(await reading).toEqual({ bodies: [], close: undefined });
    expect([heard.frames, heard.events]).toEqual([['last'], ['frame', 'close']]);
  });

  it('closed by its peer, it still sends what it was given before', async () => {
    const { connection, heard, socket } = await met(scheme, 'msgpack', true);
    socket.pause();
    let sent = 0;
    while (connection.bufferedBytes < 500_000) {
      connection.send(new Uint8Array(50_000).fill(sent++));
      await new Promise((resolve) => setImmediate(resolve));
    }
    socket.end(closeRecord(1000, ''));
    await heard.closed();
    const { bodies } = await readToEnd(socket);
    expect(bodies.map((body) => body[0])).toEqual(Array.from({ length: sent }, (_, at) => at & 255));
  });

  it('closed without having been started, it is gone as soon as its peer is', async () => {
    const { clock, place } = await met(scheme);
    const socket = place.raw().resume();
    socket.write(Buffer.concat([Buffer.from(prefaceOf('json')), streamWire.frame('never read')]));
    const turnedAway = await place.next();
    turnedAway.close(4101, 'full');
    await gone(socket);
    while (clock.timerCount > 0) await new Promise((resolve) => setImmediate(resolve));
  });

  it('what the peer sends until it ends its side is still read after a close', async () => {
    const { connection, heard, socket } = await met(scheme, 'json', true);
    const reading = readToEnd(socket);
    connection.close(4200, 'drain');
    await reading;
    expect(heard.closes).toEqual([]);
    socket.end(streamWire.frame('under way'));
    expect(await heard.closed()).toEqual({ code: 4200, reason: 'drain' });
    expect(heard.frames).toEqual(['under way']);
  });

  it('a peer that does not end its side after a close is cut after 5 s, as a lost link', async () => {
    const { clock, connection, heard, socket } = await met(scheme, 'json', true);
    const reading = readToEnd(socket);
    connection.close(4200, 'drain');
    await reading;
    await clock.advance(4_999);
    expect(heard.closes).toEqual([]);
    await clock.advance(1);
    expect((await heard.closed()).code).toBe(1006);
    socket.destroy();
  });

  it('a peer that never reads cannot hold the connection after a close', async () => {
    const { clock, connection, heard, socket } = await met(scheme);
    socket.pause();
    while (connection.bufferedBytes < 1_000_000) {
      connection.send('x'.repeat(100_000));
      await new Promise((resolve) => setImmediate(resolve));
    }
    connection.close(4102, 'slow');
    await clock.advance(5_000);
    expect((await heard.closed()).code).toBe(1006);
    expect(clock.timerCount).toBe(0);
    socket.destroy();
  });

  it('a frame beyond frameBytesReadMax is answered with 1009, whatever is still coming', async () => {
    const { heard, socket } = await met(scheme);
    const reading = readToEnd(socket);
    socket.write(streamWire.frame('x'.repeat(5_000_000)));
    expect((await heard.closed()).code).toBe(1009);
    expect((await reading).close).toMatch(/^1009 .*100000 bytes/);
    expect(heard.frames).toEqual([]);
  });

  it('text that is not UTF-8 is answered with 1007, and bytes in MessagePack are not asked', async () => {
    const bad = streamWire.frame(Uint8Array.of(0x7b, 0xff, 0x7d));
    const json = await met(scheme, 'json');
    const reading = readToEnd(json.socket);
    json.socket.write(Buffer.concat([streamWire.frame('{}'), bad, streamWire.frame('{}')]));
    expect((await json.heard.closed()).code).toBe(1007);
    expect((await reading).close).toMatch(/^1007 /);
    expect(json.heard.events).toEqual(['frame', 'close']);

    const msgpack = await met(scheme, 'msgpack');
    msgpack.socket.write(bad);
    await msgpack.heard.until(() => msgpack.heard.frames.length === 1);
    msgpack.socket.destroy();
  });

  it.each([
    ['between two frames', streamWire.frame('whole'), 'without a close record'],
    ['inside a length', Buffer.from([0, 0]), 'in the middle of a frame'],
    ['inside a body', streamWire.frame('cut here').subarray(0, 7), 'in the middle of a frame'],
    ['inside a close record', closeRecord(4000, 'cut here').subarray(0, 12), 'in the middle of a frame'],
  ])('a stream that ends %s is a lost link (1006)', async (_where, bytes, words) => {
    const { heard, socket } = await met(scheme);
    socket.end(bytes);
    expect(await heard.closed()).toEqual({ code: 1006, reason: expect.stringContaining(words) });
    expect(heard.closes).toHaveLength(1);
  });

  it('a link that is reset in the middle of a frame is a lost link (1006)', async () => {
    const { heard, socket } = await met(scheme);
    socket.write(streamWire.frame('cut here').subarray(0, 7), () => socket.destroy());
    expect((await heard.closed()).code).toBe(1006);
  });

  it('a malformed close record is a lost link (1006)', async () => {
    const { heard, socket } = await met(scheme);
    socket.write(Buffer.from([0, 0, 0, 0, 0, 7, 0, 0]));
    expect(await heard.closed()).toEqual({ code: 1006, reason: 'The close record is malformed.' });
    await gone(socket);
  });

  it('one frame may come byte by byte, between others', async () => {
    const { heard, socket } = await met(scheme);
    for (const byte of streamWire.frame('{"slow":true}')) {
      socket.write(Uint8Array.of(byte));
      await new Promise((resolve) => setImmediate(resolve));
    }
    socket.write(Buffer.concat([streamWire.frame('1'), streamWire.frame('2')]));
    await heard.until(() => heard.frames.length === 3);
    expect(heard.frames).toEqual(['{"slow":true}', '1', '2']);
    socket.destroy();
  });

  it('started after its link was lost, it is told of that', async () => {
    const { place, clock } = await met(scheme);
    const socket = place.spoken();
    const connection = await place.next();
    place.listener.cutAll();
    socket.resume();
    await gone(socket);
    const heard = Recorder.on(connection);
    await clock.settle();
    expect(heard.closes).toEqual([{ code: 1006, reason: 'The link was lost.' }]);
  });
});
