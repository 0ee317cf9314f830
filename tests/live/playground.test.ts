import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import * as protocol from '@micro-socket/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket as Client, type WebSocket as Peer, WebSocketServer } from 'ws';
import { type Connection, createConnection } from '../../.vitepress/theme/live/playground/connection.ts';
import { FRAMES_MAX, jsonOf, SHOWN_CHARS_MAX } from '../../.vitepress/theme/live/playground/frame-log.ts';
import { TEMPLATE_NAMES, templateText } from '../../.vitepress/theme/live/playground/templates.ts';
import { until } from './processes.ts';

let server: WebSocketServer;
let address: string;
let connection: Connection;

beforeEach(async () => {
  server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  address = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/ws`;
  connection = createConnection({
    loadProtocol: async () => protocol,
    open: (to, subprotocol) => new Client(to, subprotocol) as unknown as WebSocket,
    now: () => 1000,
  });
});

afterEach(async () => {
  for (const peer of server.clients) peer.terminate();
  await new Promise((resolve) => server.close(resolve));
});

/** Connects and returns the gateway's end. */
async function connected(encoding: protocol.Encoding, firstFrame?: string): Promise<Peer> {
  const arrival = once(server, 'connection') as Promise<[Peer]>;
  await connection.connect(address, encoding, firstFrame);
  const [peer] = await arrival;
  await until('the connection is open', () => connection.state.value.phase === 'open');
  return peer;
}

const entries = () => connection.state.value.frames.entries;
const ping: protocol.GatewayFrame = { type: 'ping', time: 5 };

describe.each(['json', 'msgpack'] as const)('the playground in %s', (encoding) => {
  const codec = protocol.codecFor(encoding);
  const bodyOf = (data: Buffer): protocol.FrameBody => (encoding === 'json' ? data.toString() : new Uint8Array(data));

  it('offers the subprotocol, sends the first frame at once, and logs frames both ways', async () => {
    const setup = '{"type":"setup","protocol":1}';
    const peer = await connected(encoding, setup);
    expect(peer.protocol).toBe(protocol.subprotocolOf(encoding));
    const subscribed: protocol.GatewayFrame = {
      type: 'subscribed',
      id: 1,
      topic: 'demo.chat',
      alias: 7,
      epoch: 'e',
      seqNo: 0,
      recovered: 'none',
      headSeqNo: 0,
    };
    peer.send(codec.encode(subscribed));
    await until('the frame is there', () => entries().length === 2);
    expect(entries().map(({ direction, type }) => [direction, type])).toEqual([
      ['sent', 'setup'],
      ['received', 'subscribed'],
    ]);
    expect(entries()[1]).toMatchObject({ atMs: 1000, gist: 'demo.chat #0', problem: undefined });
  });

  it('answers pings, unless the reader wants to do it', async () => {
    const peer = await connected(encoding);
    const [data] = await Promise.all([
      once(peer, 'message').then(([body]) => body as Buffer),
      peer.send(codec.encode(ping)),
    ]);
    expect(codec.decode(bodyOf(data), 'client')).toEqual({ type: 'pong', time: 5 });
    connection.autoPong.value = false;
    peer.send(codec.encode(ping));
    await until('the second ping is there', () => entries().filter(({ type }) => type === 'ping').length === 2);
    expect(entries().filter(({ type }) => type === 'pong')).toHaveLength(1);
    expect(connection.state.value.lastPingTime).toBe(5);
  });

  it('shows a body that is no frame, and says why', async () => {
    const peer = await connected(encoding);
    peer.send(encoding === 'json' ? '{"type":"nonsense"}' : Buffer.from([0xc1]));
    await until('the body is there', () => entries().length === 1);
    expect(entries()[0]).toMatchObject({ direction: 'received', problem: expect.any(String) });
  });

  it('says with which code and reason the gateway closed', async () => {
    const peer = await connected(encoding);
    peer.close(4004, 'AUTH_FAILED');
    await until('it is closed', () => connection.state.value.phase === 'idle');
    expect(connection.state.value.closed).toEqual({ code: 4004, reason: 'AUTH_FAILED' });
  });
});

describe('the playground', () => {
  it('names the topic of a MessagePack message, which carries only the alias', async () => {
    const codec = protocol.codecFor('msgpack');
    const peer = await connected('msgpack');
    peer.send(
      codec.encode({
        type: 'subscribed',
        id: 1,
        topic: 'demo.chat',
        alias: 7,
        epoch: 'e',
        seqNo: 0,
        recovered: 'none',
        headSeqNo: 0,
      }),
    );
    peer.send(
      codec.encode({ type: 'message', alias: 7, seqNo: 1, prevSeqNo: 0, messageId: 'm', time: 1, data: { a: 1 } }),
    );
    await until('both are there', () => entries().length === 2);
    expect(entries()[1]?.gist).toBe('demo.chat #1');
  });

  it('sends in JSON also what the protocol forbids, so that a reader sees the answer', async () => {
    const peer = await connected('json');
    const arrived = once(peer, 'message') as Promise<[Buffer]>;
    expect(connection.send('{"type":"teleport","id":1}')).toBeUndefined();
    expect((await arrived)[0].toString()).toBe('{"type":"teleport","id":1}');
  });

  it.each([
    ['{', 'notJson'],
    ['[]', 'notObject'],
    ['{"id":1}', 'notObject'],
  ])('does not send %s', async (text, why) => {
    await connected('json');
    expect(connection.send(text)).toMatchObject({ why });
    expect(entries()).toEqual([]);
  });

  it('says why a frame has no place in MessagePack', async () => {
    await connected('msgpack');
    expect(connection.send('{"type":"teleport"}')).toMatchObject({ why: 'notFrame' });
  });

  it('tells a gateway that is not there from one that closed', async () => {
    await connection.connect('ws://127.0.0.1:1/ws', 'json');
    await until('it failed', () => connection.state.value.failed);
    expect(connection.state.value).toMatchObject({ phase: 'idle', closed: undefined });
  });

  it('closes with 1000 when the reader disconnects', async () => {
    const peer = await connected('json');
    const closed = once(peer, 'close') as Promise<[number]>;
    connection.disconnect();
    expect((await closed)[0]).toBe(1000);
    await until('it is closed', () => connection.state.value.phase === 'idle');
  });

  it('opens nothing when the reader gives up before the codecs are loaded', async () => {
    const connecting = connection.connect(address, 'json');
    connection.disconnect();
    await connecting;
    expect(connection.state.value.phase).toBe('idle');
    expect(server.clients.size).toBe(0);
  });

  it('keeps a bounded list and counts what it dropped', async () => {
    const peer = await connected('json');
    connection.autoPong.value = false;
    for (let index = 0; index < FRAMES_MAX + 4; index += 1) peer.send(JSON.stringify(ping));
    await until('all have come', () => connection.state.value.frames.dropped === 4);
    expect(entries()).toHaveLength(FRAMES_MAX);
  });

  it('shows long frames cut, and bytes as hexadecimal', () => {
    expect(jsonOf({ data: 'x'.repeat(SHOWN_CHARS_MAX) })).toMatchObject({ cut: true });
    expect(jsonOf({ data: Uint8Array.of(1, 255) }).json).toContain('"0x01ff"');
  });

  it('offers templates that are frames of the protocol, except for the one that is meant not to be', () => {
    const context = { token: 't', id: 1, messageId: 'm-1', lastPublish: undefined, lastPingTime: undefined };
    for (const name of TEMPLATE_NAMES.filter((one) => one !== 'unknown')) {
      const decode = () => protocol.codecFor('json').decode(templateText(name, context), 'client');
      expect(decode, name).not.toThrow();
    }
    const unknown = () => protocol.codecFor('json').decode(templateText('unknown', context), 'client');
    expect(unknown).toThrow(expect.objectContaining({ code: 'UNKNOWN_TYPE' }));
  });

  it('repeats the last publish with its messageId when asked for a duplicate', () => {
    const lastPublish = { type: 'publish', id: 1, topic: 'demo.chat', messageId: 'first', payload: 1 };
    const text = templateText('duplicate', {
      token: '',
      id: 9,
      messageId: 'other',
      lastPublish,
      lastPingTime: undefined,
    });
    expect(JSON.parse(text)).toEqual({ ...lastPublish, id: 9 });
  });
});
