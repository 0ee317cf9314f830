import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, connect as connectTcp, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { ENCODINGS, limitsWith } from '@micro-socket/protocol';
import { ListenError, parseAddress } from '@micro-socket/transport';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { identity } from '../../transport/test/support/identity.ts';
import { serve } from '../src/node/index.ts';
import { Gateways, openPolicy } from './support/serving.ts';
import { WireClient } from './support/wire-client.ts';

const gateways = new Gateways();
const start: Gateways['start'] = (options) => gateways.start(options);
const policy = openPolicy();

const folders: string[] = [];
function socketFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'ms-'));
  folders.push(folder);
  return `ipc://${join(folder, 's')}`;
}

afterEach(async () => {
  await gateways.closeAll();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

describe('serve', () => {
  it('names the port that it is bound to, and clients of both encodings meet there (§4)', async () => {
    const gateway = await start();
    expect(gateway.address).toMatch(/^ws:\/\/127\.0\.0\.1:[1-9]\d*\/ws$/);
    const [json, msgpack] = await Promise.all([
      WireClient.ready(gateway.address, { topics: ['a'] }),
      WireClient.ready(gateway.address, { encoding: 'msgpack' }),
    ]);
    const { seqNo } = await msgpack.publish('a', { text: 'ş😀' });
    expect(await json.next('message')).toMatchObject({ seqNo, data: { text: 'ş😀' } });
  });

  it('rejects when the port is taken, naming the address and the reason of the system', async () => {
    const { address } = await start();
    await expect(serve({ addresses: [parseAddress(address)], policy })).rejects.toMatchObject({
      code: 'LISTEN_FAILED',
      message: expect.stringContaining(address),
      cause: expect.objectContaining({ code: 'EADDRINUSE' }),
    });
  });

  it('serves the path of its address, and no other', async () => {
    const gateway = await start({ addresses: [parseAddress('ws://127.0.0.1:0/feed')] });
    await WireClient.ready(gateway.address);
    const other = WireClient.dial(gateway.address.replace('/feed', '/ws'));
    await expect(other).rejects.toMatchObject({ code: 'DIAL_FAILED' });
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

describe('serve on several addresses', () => {
  const free = (scheme: string) => parseAddress(scheme === 'ipc' ? socketFile() : `${scheme}://127.0.0.1:0`);

  it('listens on every transport at once, and what is published over each reaches all', async () => {
    const schemes = ['ws', 'wss', 'tcp', 'tls', 'ipc'];
    const gateway = await start({ addresses: schemes.map(free), tls: identity });
    expect(gateway.addresses.map((address) => address.split(':')[0])).toEqual(schemes);
    expect(gateway.address).toBe(gateway.addresses[0]);
    for (const address of gateway.addresses) expect(address).not.toMatch(/:0(\/|$)/);
    const clients = await Promise.all(
      gateway.addresses.flatMap((address) =>
        ENCODINGS.map((encoding) => WireClient.ready(address, { encoding, topics: ['a'] })),
      ),
    );
    for (const [index, client] of clients.entries()) await client.publish('a', index, `m${index}`);
    for (const client of clients) {
      for (const index of clients.keys()) expect(await client.next('message')).toMatchObject({ data: index });
    }
  });

  it('says goodbye on all of them (§9.4)', async () => {
    const gateway = await start({ addresses: ['ws', 'tcp', 'ipc'].map(free) });
    const clients = await Promise.all(gateway.addresses.map((address) => WireClient.ready(address)));
    await gateway.close('Maintenance.');
    for (const client of clients) {
      expect(await client.next('goodbye')).toMatchObject({ code: 4200, reason: 'Maintenance.' });
      expect(await client.closed).toMatchObject({ code: 4200 });
    }
  });

  it('listens on none when one cannot be had, and says which', async () => {
    const { address: taken } = await start();
    const file = socketFile();
    const port = await freePort();
    const addresses = [`ws://127.0.0.1:${port}`, file, taken].map(parseAddress);
    const refusal = await serve({ addresses, policy }).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(ListenError);
    expect((refusal as Error).message).toContain(taken);
    await start({ addresses: [`tcp://127.0.0.1:${port}`, file].map(parseAddress) });
  });

  it('refuses to listen nowhere', async () => {
    await expect(serve({ addresses: [], policy })).rejects.toBeInstanceOf(RangeError);
  });

  it.each(['wss', 'tls'])('%s without a certificate, or with one that is none, is a ListenError', async (scheme) => {
    for (const tls of [{}, { tls: { cert: 'x', key: 'y' } }]) {
      await expect(serve({ addresses: [free(scheme)], policy, ...tls })).rejects.toMatchObject({
        code: 'LISTEN_FAILED',
        message: expect.stringContaining('certificate'),
      });
    }
  });

  it('a wss listener outlives those who do not speak TLS', async () => {
    const gateway = await start({ addresses: [free('wss')], tls: identity });
    const rude = connectTcp(Number(new URL(gateway.address).port), '127.0.0.1');
    rude.on('error', () => {});
    rude.write('GET /health HTTP/1.1\r\n\r\n');
    await once(rude, 'close');
    await WireClient.ready(gateway.address);
  });
});

describe('what the options change', () => {
  it('namePublishers: messages say who published them (§5.5)', async () => {
    const gateway = await start({ namePublishers: true });
    const [ann, reader] = await Promise.all([
      WireClient.ready(gateway.address, { token: 'ann-token' }),
      WireClient.ready(gateway.address, { topics: ['a'] }),
    ]);
    await ann.publish('a', 1);
    expect(await reader.next('message')).toMatchObject({ by: 'ann' });
  });

  it("sessionSecret: gateways that share it resume each other's sessions (§4.7), others do not", async () => {
    const sessionSecret = new Uint8Array(32).fill(7);
    const [first, same, other] = await Promise.all([start({ sessionSecret }), start({ sessionSecret }), start()]);
    const client = await WireClient.dial(first.address);
    client.send({ type: 'setup', protocol: 1 });
    const { sessionId, resumeKey } = await client.next('ready');
    const resuming = async (address: string) => {
      const again = await WireClient.dial(address);
      again.send({ type: 'setup', protocol: 1, resume: { sessionId, resumeKey, subscriptions: [] } });
      return again;
    };
    expect(await (await resuming(same.address)).next('ready')).toMatchObject({ sessionId });
    expect(await (await resuming(other.address)).next('error')).toMatchObject({ code: 'SESSION_INVALID' });
  });

  it('a session secret that is too short is refused', async () => {
    await expect(start({ sessionSecret: new Uint8Array(31) })).rejects.toBeInstanceOf(RangeError);
  });
});

describe('a WebSocket at /ws/sub/:topic (§11)', () => {
  it('is subscribed to the topic of its path after setup, also where the gateway is at another path', async () => {
    for (const at of ['/ws', '/feed']) {
      const gateway = await start({ addresses: [parseAddress(`ws://127.0.0.1:0${at}`)] });
      const client = await WireClient.dial(`${gateway.address}/sub/chat%3Aroom.1`);
      client.send({ type: 'setup', protocol: 1 });
      expect(await client.next('subscribed')).toMatchObject({ topic: 'chat:room.1' });
    }
  });

  it.each([
    '/ws/sub/',
    '/ws/sub/a..b',
    '/ws/sub/a%20b',
    '/ws/sub/%zz',
    '/ws/sub/a/b',
    '/ws/sub',
    `/ws/sub/${'a'.repeat(256)}`,
  ])('%s is refused with 404 in words before the upgrade', async (path) => {
    const gateway = await start();
    const answer = await refusedUpgrade(gateway.address.replace('/ws', path));
    expect(answer.status).toBe(404);
    expect(answer.text).toMatch(/^There is no WebSocket at .*\.\n$/);
  });
});

describe('close', () => {
  it('says goodbye to the clients, closes with 4200, and resolves when all are gone (§9.4)', async () => {
    const gateway = await start();
    const clients = await Promise.all(ENCODINGS.map((encoding) => WireClient.ready(gateway.address, { encoding })));
    await gateway.close('Maintenance.');
    for (const client of clients) {
      expect(await client.next('goodbye')).toMatchObject({ code: 4200, reason: 'Maintenance.' });
      expect(await client.closed).toMatchObject({ code: 4200 });
    }
    await expect(WireClient.dial(gateway.address)).rejects.toMatchObject({ code: 'DIAL_FAILED' });
  });

  it('resolves although one client never reads and another never speaks WebSocket', async () => {
    const gateway = await start();
    const silent = connectTcp(Number(new URL(gateway.address).port), '127.0.0.1');
    silent.on('error', () => {});
    await once(silent, 'connect');
    const publisher = await WireClient.ready(gateway.address);
    const socket = new WebSocket(gateway.address, 'microsocket.v1.json');
    socket.on('error', () => {});
    await once(socket, 'open');
    const ready = once(socket, 'message');
    socket.send('{"type":"setup","protocol":1,"topics":["a"]}');
    await ready;
    (socket as unknown as { _socket: Socket })._socket.pause();
    for (let at = 0; at < 20; at++) await publisher.publish('a', 'x'.repeat(50_000));
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

/** A port that nobody listens on at this moment. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** How an attempt to open a WebSocket is refused. */
function refusedUpgrade(address: string): Promise<{ status: number | undefined; text: string }> {
  const socket = new WebSocket(address, 'microsocket.v1.json');
  socket.on('error', () => {});
  return new Promise((resolve) => {
    socket.on('unexpected-response', async (_request, response) => {
      resolve({ status: response.statusCode, text: await text(response) });
    });
  });
}
