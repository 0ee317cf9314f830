import { randomBytes } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { type RawData, WebSocket } from 'ws';
import type { AcceptedConnection, ConnectionHandler } from '../src/index.ts';
import { DEFLATE_BYTES_MIN, type WsListenerOptions } from '../src/node/index.ts';
import { Inbox } from './support/inbox.ts';
import { type Listening, listening } from './support/listening.ts';

const opened: { listener?: Listening; sockets: WebSocket[] } = { sockets: [] };

afterEach(async () => {
  for (const socket of opened.sockets.splice(0)) socket.terminate();
  await opened.listener?.close();
  delete opened.listener;
});

interface Pair {
  readonly client: WebSocket;
  readonly server: AcceptedConnection;
  readonly received: () => Promise<{ text: string; bytes: Buffer; isBinary: boolean }>;
  /** Bytes that have come over TCP since the handshake. */
  readonly wireBytes: () => number;
}

async function pair(
  { offers = true, encoding = 'json' }: { offers?: boolean; encoding?: 'json' | 'msgpack' } = {},
  options: Partial<WsListenerOptions> = { compress: true },
): Promise<Pair> {
  opened.listener ??= await listening(options);
  const inbox = new Inbox<{ text: string; bytes: Buffer; isBinary: boolean }>();
  const client = new WebSocket(opened.listener.address, [`microsocket.v1.${encoding}`], { perMessageDeflate: offers });
  opened.sockets.push(client);
  client.on('message', (data: RawData, isBinary) => {
    inbox.put({ text: data.toString(), bytes: data as Buffer, isBinary });
  });
  let wireBytes = () => 0;
  client.on('upgrade', ({ socket }) => {
    const before = socket.bytesRead;
    wireBytes = () => socket.bytesRead - before;
  });
  const [server] = await Promise.all([
    opened.listener.next(),
    new Promise<void>((resolve, reject) => client.once('open', resolve).once('error', reject)),
  ]);
  return { client, server, received: inbox.next, wireBytes };
}

const handler = (changes: Partial<ConnectionHandler> = {}): ConnectionHandler => {
  return { onFrame: () => {}, onWritable: () => {}, onClose: () => {}, ...changes };
};

const long = JSON.stringify({ data: 'EURUSD '.repeat(400) });

describe('permessage-deflate (§3.1)', () => {
  it('is agreed on without context on either side, and only where it is switched on and offered', async () => {
    const agreed = await pair();
    expect(agreed.client.extensions).toBe('permessage-deflate');
    const silent = await pair({ offers: false });
    expect(silent.client.extensions).toBe('');
    expect(silent.server.wire).not.toBe(agreed.server.wire);
    await opened.listener?.close();
    delete opened.listener;
    const off = await pair({}, {});
    expect(off.client.extensions).toBe('');
  });

  it('makes one buffer that every compressed connection can be given, in either encoding', async () => {
    const [one, other] = [await pair(), await pair()];
    for (const { server } of [one, other]) server.start(handler());
    expect(one.server.wire).toBe(other.server.wire);
    const frame = one.server.wire.frame(long);
    expect(frame.length).toBeLessThan(long.length / 10);
    for (let count = 0; count < 3; count++) {
      one.server.write(frame);
      other.server.write(frame);
    }
    for (const { received } of [one, other]) {
      for (let count = 0; count < 3; count++) expect(await received()).toMatchObject({ text: long, isBinary: false });
    }
    expect(one.wireBytes()).toBeLessThan(long.length);
    const packed = await pair({ encoding: 'msgpack' });
    packed.server.start(handler());
    const body = Buffer.from(long);
    packed.server.write(packed.server.wire.frame(body));
    expect(await packed.received()).toMatchObject({ bytes: body, isBinary: true });
  });

  it('leaves short messages, and those that would not become shorter, as they are', async () => {
    const { server, received } = await pair({ encoding: 'msgpack' });
    server.start(handler());
    const bodies = [Buffer.alloc(DEFLATE_BYTES_MIN - 1, 'x'), randomBytes(4_096), Buffer.alloc(0)];
    for (const body of bodies) {
      const frame = server.wire.frame(body);
      expect(frame.length - body.length).toBeLessThanOrEqual(4);
      server.write(frame);
      expect((await received()).bytes.equals(body)).toBe(true);
    }
  });

  it('reads what clients compress, and ends a message that would grow beyond the bound with 1009', async () => {
    const { client, server } = await pair({}, { compress: true, frameBytesReadMax: 10_000 });
    const frames = new Inbox<unknown>();
    server.start(handler({ onFrame: frames.put }));
    client.send(long);
    expect(await frames.next()).toBe(long);
    const closed = new Promise((resolve) => client.once('close', resolve));
    client.send('x'.repeat(1_000_000));
    expect(await closed).toBe(1009);
  });
});
