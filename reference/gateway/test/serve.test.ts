import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect } from '@micro-socket/client/node';
import { limitsWith } from '@micro-socket/protocol';
import { parseAddress } from '@micro-socket/transport';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { StaticPolicy } from '../src/index.ts';
import { type RunningGateway, type ServeOptions, serve } from '../src/node/index.ts';

const policy = new StaticPolicy({ anonymous: { allow: [{ pattern: '>', actions: ['subscribe', 'publish'] }] } });
let running: RunningGateway[] = [];

async function start(options: Partial<ServeOptions> = {}): Promise<RunningGateway> {
  const gateway = await serve({ address: parseAddress('ws://127.0.0.1:0'), policy, ...options });
  running.push(gateway);
  return gateway;
}

afterEach(async () => {
  await Promise.all(running.map((gateway) => gateway.close()));
  running = [];
});

const httpOf = ({ address }: RunningGateway) => address.replace(/^ws/, 'http').replace(/\/ws$/, '');

describe('serve', () => {
  it('names the port that it is bound to, and clients of both encodings meet there (§4)', async () => {
    const gateway = await start();
    expect(gateway.address).toMatch(/^ws:\/\/127\.0\.0\.1:[1-9]\d*\/ws$/);
    const [json, msgpack] = await Promise.all([
      connect(gateway.address, { encoding: 'json' }),
      connect(gateway.address, { encoding: 'msgpack' }),
    ]);
    const subscription = await json.subscribe('a');
    const receipt = await msgpack.publish('a', { text: 'ş😀' });
    const { value } = await subscription[Symbol.asyncIterator]().next();
    expect(value).toMatchObject({ seqNo: receipt.position.seqNo, data: { text: 'ş😀' } });
    await Promise.all([json.close(), msgpack.close()]);
  });

  it('rejects when the port is taken, naming the address and the reason of the system', async () => {
    const { address } = await start();
    await expect(serve({ address: parseAddress(address), policy })).rejects.toMatchObject({
      code: 'LISTEN_FAILED',
      message: expect.stringContaining(address),
      cause: expect.objectContaining({ code: 'EADDRINUSE' }),
    });
  });

  it('serves the path of its address, and no other', async () => {
    const gateway = await start({ address: parseAddress('ws://127.0.0.1:0/feed') });
    const client = await connect(gateway.address);
    await client.close();
    await expect(connect(gateway.address.replace('/feed', '/ws'))).rejects.toMatchObject({ code: 'DIAL_FAILED' });
    expect(await (await fetch(gateway.address.replace(/^ws/, 'http'))).text()).toContain('/feed');
  });

  it('refuses pages of other origins, and takes those of this machine and those that were named', async () => {
    const gateway = await start({ origins: ['https://good.example'] });
    const outcome = (origin: string) =>
      new Promise((resolve) => {
        const socket = new WebSocket(gateway.address, 'microsocket.v1.json', { origin });
        socket.on('open', () => resolve('open'));
        socket.on('error', (error) => resolve(error.message));
      });
    expect(await outcome('https://good.example')).toBe('open');
    expect(await outcome('http://localhost:5173')).toBe('open');
    expect(await outcome('https://evil.example')).toContain('403');
    expect(await outcome('https://good.example.evil')).toContain('403');
  });

  it('reads nothing beyond frameBytesReadMax: 1009 (§8)', async () => {
    const gateway = await start({ limits: limitsWith({ frameBytesReadMax: 70_000 }) });
    const client = new WebSocket(gateway.address, 'microsocket.v1.json');
    await once(client, 'open');
    client.send('x'.repeat(70_001));
    expect((await once(client, 'close'))[0]).toBe(1009);
  });
});

describe('HTTP beside the protocol', () => {
  it('GET /health says how it is', async () => {
    const gateway = await start({ name: 'north' });
    const client = await connect(gateway.address);
    await client.subscribe('a');
    const response = await fetch(`${httpOf(gateway)}/health?verbose`);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toContain('application/json');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await response.json()).toEqual({
      status: 'ok',
      gateway: 'north',
      uptimeMs: expect.any(Number),
      connections: 1,
      subSockets: 1,
      subscriptions: 1,
      published: 0,
      duplicates: 0,
      denied: 0,
      badFrames: 0,
      lagged: 0,
    });
    await client.close();
  });

  it('HEAD /health is answered without a body', async () => {
    const response = await fetch(`${httpOf(await start())}/health`, { method: 'HEAD' });
    expect([response.status, await response.text()]).toEqual([200, '']);
  });

  it.each(['/', '/ws', '/healthz', '/health/'])('GET %s is 404 and says what there is', async (path) => {
    const response = await fetch(`${httpOf(await start())}${path}`);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({
      error: { code: 'NOT_FOUND', message: expect.stringContaining('/health') },
    });
  });

  it.each(['POST', 'DELETE', 'PUT'])('%s /health is 405 and says what is allowed', async (method) => {
    const response = await fetch(`${httpOf(await start())}/health`, { method });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('GET, HEAD');
    expect(await response.json()).toMatchObject({ error: { code: 'METHOD_NOT_ALLOWED' } });
  });
});

describe('close', () => {
  it('says goodbye to the clients, closes with 4200, and resolves when all are gone (§5.9)', async () => {
    const gateway = await start();
    const clients = await Promise.all([connect(gateway.address), connect(gateway.address, { encoding: 'json' })]);
    await gateway.close('Maintenance.');
    for (const client of clients) {
      expect(await client.closed).toMatchObject({ code: 4200, goodbye: { code: 4200, reason: 'Maintenance.' } });
    }
    await expect(connect(gateway.address)).rejects.toMatchObject({ code: 'DIAL_FAILED' });
  });

  it('resolves although one client never reads and another never speaks WebSocket', async () => {
    const gateway = await start();
    const silent = connectTcp(Number(new URL(gateway.address).port), '127.0.0.1');
    silent.on('error', () => {});
    await once(silent, 'connect');
    const deaf = await connect(gateway.address);
    const socket = new WebSocket(gateway.address, 'microsocket.v1.json');
    socket.on('error', () => {});
    await once(socket, 'open');
    const ready = once(socket, 'message');
    socket.send('{"type":"setup","protocol":1,"topics":["a"]}');
    await ready;
    (socket as unknown as { _socket: Socket })._socket.pause();
    for (let at = 0; at < 20; at++) await deaf.publish('a', 'x'.repeat(50_000));
    await gateway.close();
    expect(gateway.gateway.stats().connections).toBe(0);
    silent.destroy();
    socket.terminate();
  });

  it('may be called again', async () => {
    const gateway = await start();
    await Promise.all([gateway.close(), gateway.close()]);
    await gateway.close();
  });
});
