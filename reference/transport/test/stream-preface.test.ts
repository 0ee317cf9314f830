import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import { prefaceOf, streamWire, type TcpAddress } from '../src/index.ts';
import { ManualClock } from './support/manual-clock.ts';
import { Recorder } from './support/recorder.ts';
import { gone, STREAM_SCHEMES, type StreamListening, type StreamScheme, streamListening } from './support/streams.ts';

let places: StreamListening[] = [];

async function listening(...given: Parameters<typeof streamListening>): Promise<StreamListening> {
  const place = await streamListening(...given);
  places.push(place);
  return place;
}

afterEach(async () => {
  await Promise.all(places.map((place) => place.close()));
  places = [];
});

describe.each(STREAM_SCHEMES)('the preface over %s (§3.4)', (scheme: StreamScheme) => {
  it.each(['json', 'msgpack'] as const)('%s is answered with the same line', async (encoding) => {
    const place = await listening(scheme);
    const socket = place.spoken(encoding);
    const [answer] = await once(socket, 'data');
    expect(String(answer)).toBe(`microsocket.v1.${encoding}\n`);
    expect((await place.next()).encoding).toBe(encoding);
    socket.destroy();
  });

  it('may come byte by byte, and with the first frames behind it', async () => {
    const place = await listening(scheme);
    const slow = place.raw();
    const fast = place.raw();
    for (const byte of prefaceOf('json')) {
      slow.write(byte);
      await new Promise((resolve) => setImmediate(resolve));
    }
    Recorder.on(await place.next());
    fast.write(Buffer.concat([Buffer.from(prefaceOf('json')), streamWire.frame('early'), streamWire.frame('bird')]));
    const heard = Recorder.on(await place.next());
    await heard.until(() => heard.frames.length === 2);
    expect(heard.frames).toEqual(['early', 'bird']);
    slow.destroy();
    fast.destroy();
  });

  it.each([
    ['an HTTP request', 'GET /health HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['a large HTTP request', `POST / HTTP/1.1\r\nContent-Length: 3000000\r\n\r\n${'x'.repeat(3_000_000)}`],
    ['another version', 'microsocket.v2.json\n'],
    ['another case', 'Microsocket.v1.json\n'],
    ['a carriage return', 'microsocket.v1.json\r\n'],
    ['a space behind it', 'microsocket.v1.json \n'],
    ['a byte order mark', '\ufeffmicrosocket.v1.json\n'],
    ['a list', 'microsocket.v1.json,microsocket.v1.msgpack\n'],
    ['an empty line', '\n'],
    ['the start of TLS', Buffer.from('16030102000100', 'hex').toString('latin1') + '\0'.repeat(200)],
    ['a frame', '\0\0\0\x02{}\n'],
    ['64 bytes without a line feed', 'x'.repeat(64)],
  ])('%s is refused in words', async (_what, bytes) => {
    const place = await listening(scheme);
    const socket = place.raw();
    socket.write(bytes);
    expect(await text(socket)).toBe(
      'refused: Begin with the line microsocket.v1.json or the line microsocket.v1.msgpack; nothing else is spoken here.\n',
    );
    expect(place.accepted.length).toBe(0);
  });

  it('63 bytes and nothing else are waited for', async () => {
    const clock = new ManualClock();
    const place = await listening(scheme, { clock });
    const socket = place.raw();
    socket.write('x'.repeat(63));
    while (clock.timerCount === 0) await new Promise((resolve) => setImmediate(resolve));
    await clock.advance(9_999);
    socket.write('x');
    expect(await text(socket)).toMatch(/^refused: /);
  });

  it('a client that does not complete it within prefaceDeadlineMs is cut', async () => {
    const clock = new ManualClock();
    const place = await listening(scheme, { clock, prefaceDeadlineMs: 3_000 });
    const socket = place.raw();
    socket.resume();
    socket.write('microsocket.v1.');
    while (clock.timerCount === 0) await new Promise((resolve) => setImmediate(resolve));
    await clock.advance(2_999);
    expect(clock.timerCount).toBe(1);
    await clock.advance(1);
    await gone(socket);
    expect([place.accepted.length, clock.timerCount]).toEqual([0, 0]);
  });

  it('completed, its deadline is forgotten', async () => {
    const clock = new ManualClock();
    const place = await listening(scheme, { clock });
    const socket = place.spoken();
    const heard = Recorder.on(await place.next());
    expect(clock.timerCount).toBe(0);
    await clock.advance(60_000);
    socket.write(streamWire.frame('still here'));
    await heard.until(() => heard.frames.length === 1);
    socket.destroy();
  });

  it('a client that leaves before or within it leaves nothing behind', async () => {
    const clock = new ManualClock();
    const place = await listening(scheme, { clock });
    for (const bytes of ['', 'micro', 'microsocket.v1.json']) {
      for (const leave of ['end', 'destroy'] as const) {
        const socket = place.raw();
        socket.resume();
        await connected(scheme, socket);
        const closed = gone(socket);
        socket.write(bytes, () => socket[leave]());
        await closed;
      }
    }
    await place.listener.close();
    expect([place.accepted.length, clock.timerCount]).toEqual([0, 0]);
  });

  it('a refused client that goes is forgotten at once', async () => {
    const clock = new ManualClock();
    const place = await listening(scheme, { clock });
    const socket = place.raw().resume();
    socket.write('nonsense\nand more of it');
    await gone(socket);
    while (clock.timerCount > 0) await new Promise((resolve) => setImmediate(resolve));
  });

  it('a refused client that keeps its side open is cut after a grace', async () => {
    const clock = new ManualClock();
    const place = await listening(scheme, { clock });
    const socket = place.raw(true);
    socket.write('nonsense\n');
    socket.resume();
    await once(socket, 'end');
    await clock.advance(4_999);
    expect(clock.timerCount).toBe(1);
    await clock.advance(1);
    // The cut shows to who still sends.
    const closed = gone(socket);
    const sending = setInterval(() => socket.write('more'), 1);
    await closed;
    clearInterval(sending);
    await place.listener.close();
    expect(clock.timerCount).toBe(0);
  });
});

describe.each(STREAM_SCHEMES)('strangersMax over %s', (scheme: StreamScheme) => {
  it('bounds who is there without a right preface, and nobody else', async () => {
    const place = await listening(scheme, { strangersMax: 2 });
    const known = [place.spoken(), place.spoken()];
    for (const _ of known) await place.next();
    const strangers = [place.raw(), place.raw()];
    await Promise.all(strangers.map((socket) => connected(scheme, socket)));

    const oneTooMany = place.raw().resume();
    await gone(oneTooMany);
    const accepted = place.next();
    strangers[0]?.write(prefaceOf('json'));
    await accepted;
    strangers[1]?.destroy();
    await connected(scheme, place.raw());
    // The place of the one that left is free as soon as the listener has noticed.
    while (!(await isAnswered(place.spoken())));
  });
});

function connected(scheme: StreamScheme, socket: Socket): Promise<unknown> {
  return once(socket, scheme === 'tls' ? 'secureConnect' : 'connect');
}

/** Whether a preface was answered; otherwise the socket was cut. */
function isAnswered(socket: Socket): Promise<boolean> {
  return Promise.race([
    new Promise<boolean>((resolve) => void socket.once('data', () => resolve(true))),
    gone(socket).then(() => false),
  ]);
}

describe('a listener for tls', () => {
  it('cuts a client that does not agree on TLS in time, and one that speaks no TLS', async () => {
    const place = await listening('tls', { prefaceDeadlineMs: 50 });
    const { port } = place.listener.address as TcpAddress;
    for (const bytes of ['', 'microsocket.v1.json\n', '\x16\x03\x01\x40\x00']) {
      const socket = connect(port, '127.0.0.1').on('error', () => {});
      socket.resume();
      if (bytes !== '') socket.write(bytes, 'latin1');
      await gone(socket);
    }
    expect(place.accepted.length).toBe(0);
  });

  it('cuts with all others who has not agreed on TLS yet', async () => {
    const place = await listening('tls', { prefaceDeadlineMs: 3_600_000 });
    const socket = connect((place.listener.address as TcpAddress).port, '127.0.0.1').on('error', () => {});
    const closed = gone(socket.resume());
    // It is the listener's only when it has been taken from the system's queue.
    const cutting = setInterval(() => place.listener.cutAll(), 1);
    await closed;
    clearInterval(cutting);
  });
});
