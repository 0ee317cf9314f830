import { once } from 'node:events';
import type { Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { Connection } from '../src/index.ts';
import { dial } from '../src/node/index.ts';
import { type Listening, listening } from './support/listening.ts';
import { Recorder } from './support/recorder.ts';

let server: Listening;
beforeAll(async () => {
  server = await listening({ frameBytesReadMax: 100_000 });
});
afterAll(() => server.close());

async function connected(encoding: 'json' | 'msgpack' = 'json') {
  const client = new WebSocket(server.address, `microsocket.v1.${encoding}`);
  const connection = await server.next();
  const recorder = Recorder.on(connection);
  await once(client, 'open');
  return { client, connection, recorder };
}

const tcpSocketOf = (client: WebSocket) => (client as unknown as { _socket: Socket })._socket;

describe('an accepted WebSocket', () => {
  it.each(['json', 'msgpack'] as const)(
    '%s: reports text as text and bytes as bytes, whatever was agreed',
    async (encoding) => {
      const { client, recorder } = await connected(encoding);
      client.send('tëxt');
      client.send(Buffer.of(1, 2, 255));
      await recorder.until(() => recorder.frames.length === 2);
      expect(recorder.frames[0]).toBe('tëxt');
      expect([...(recorder.frames[1] as Uint8Array)]).toEqual([1, 2, 255]);
      client.terminate();
    },
  );

  it('closes with 1009 when a message is larger than frameBytesReadMax, and takes one that is not', async () => {
    const { client, recorder } = await connected();
    client.send('x'.repeat(100_000));
    client.send('x'.repeat(100_001));
    const [[code]] = await Promise.all([once(client, 'close'), recorder.closed()]);
    expect(code).toBe(1009);
    expect(recorder.frames).toHaveLength(1);
    expect(recorder.events.at(-1)).toBe('close');
  });

  it('closes with 1007 when text is not UTF-8', async () => {
    const { client, recorder } = await connected();
    client.send(Buffer.of(0xff), { binary: false });
    const [[code]] = await Promise.all([once(client, 'close'), recorder.closed()]);
    expect(code).toBe(1007);
    expect(recorder.frames).toEqual([]);
  });

  it('tells both sides the code and the reason of a close', async () => {
    const { client, connection, recorder } = await connected();
    connection.send('before');
    const message = once(client, 'message');
    connection.close(4200, 'drain');
    const [code, reason] = await once(client, 'close');
    expect(String((await message)[0])).toBe('before');
    expect([code, String(reason)]).toEqual([4200, 'drain']);
    expect(await recorder.closed()).toEqual({ code: 4200, reason: 'drain' });
    expect(connection.send('after')).toBe(true);
  });

  it('a lost link is one close with 1006', async () => {
    const { client, recorder } = await connected();
    client.terminate();
    expect((await recorder.closed()).code).toBe(1006);
    expect(recorder.closes).toHaveLength(1);
  });

  it('a peer that does not read gets false, and onWritable when it reads again; nothing is lost', async () => {
    const { client, connection, recorder } = await connected('msgpack');
    const received: number[] = [];
    client.on('message', (body: Buffer) => received.push(body.readUInt32BE(0)));
    tcpSocketOf(client).pause();
    const body = Buffer.alloc(65_536);
    let sent = 0;
    const send = () => {
      body.writeUInt32BE(sent++);
      return connection.send(Uint8Array.from(body));
    };
    // The system's own buffers take some megabytes before a peer that does not read can be noticed.
    for (let turns = 0; connection.bufferedBytes < 1_000_000 && turns < 2_000; turns++) {
      send();
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(send()).toBe(false);
    expect(connection.bufferedBytes).toBeGreaterThan(65_536);

    const before = recorder.writableCount;
    tcpSocketOf(client).resume();
    await recorder.until(() => recorder.writableCount > before);
    expect(connection.bufferedBytes).toBe(0);
    connection.close(1000, '');
    await once(client, 'close');
    expect(received).toEqual(Array.from({ length: sent }, (_, at) => at));
  });

  it("answers the peer's WebSocket pings between its own frames", async () => {
    const { client, connection } = await connected();
    const pong = once(client, 'pong');
    client.ping('here');
    for (let at = 0; at < 20; at++) connection.send('x'.repeat(at * 100));
    expect(String((await pong)[0])).toBe('here');
    client.terminate();
  });
});

describe('a dialled WebSocket', () => {
  it.each(['json', 'msgpack'] as const)('%s: frames arrive exactly in both directions', async (encoding) => {
    const [dialled, accepted] = await Promise.all([dial(server.address, encoding), server.next()]);
    const atClient = Recorder.on(dialled as Connection);
    const atServer = Recorder.on(accepted);
    const body = encoding === 'json' ? '{"ş":"😀"}' : Uint8Array.of(0x92, 20, 1);
    dialled.send(body);
    accepted.send(body);
    await Promise.all([
      atServer.until(() => atServer.frames.length > 0),
      atClient.until(() => atClient.frames.length > 0),
    ]);
    expect(plain(atServer.frames[0])).toEqual(plain(body));
    expect(plain(atClient.frames[0])).toEqual(plain(body));
    dialled.close(1000, 'done');
    expect(await atServer.closed()).toEqual({ code: 1000, reason: 'done' });
    expect((await atClient.closed()).code).toBe(1000);
  });

  it('a link that is cut is told as 1006', async () => {
    const [dialled, accepted] = await Promise.all([dial(server.address, 'json'), server.next()]);
    Recorder.on(accepted);
    const atClient = Recorder.on(dialled);
    for (const socket of server.sockets) socket.destroy();
    expect((await atClient.closed()).code).toBe(1006);
    expect(dialled.send('late')).toBe(true);
  });
});

const plain = (body: unknown) => (typeof body === 'string' ? body : [...(body as Uint8Array)]);
