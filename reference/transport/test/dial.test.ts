/** What is said to somebody who cannot connect. */

import { rmSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { DialError, dialWebSocket, type WebSocketLike } from '../src/index.ts';
import { type DialOptions, dial } from '../src/node/index.ts';
import { trust } from './support/identity.ts';
import { listening } from './support/listening.ts';
import { ManualClock } from './support/manual-clock.ts';
import { socketFolder, streamListening } from './support/streams.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanups.splice(0)) await cleanUp();
});

async function refusalOf(address: string, options: DialOptions = {}): Promise<string> {
  const refusal = await dial(address, 'json', options).then(
    () => new Error('It was accepted.'),
    (error: unknown) => error,
  );
  expect(refusal).toBeInstanceOf(DialError);
  expect(refusal).toMatchObject({ code: 'DIAL_FAILED', name: 'DialError' });
  const { message } = refusal as Error;
  expect(message).toMatch(/^Could not connect to .*[^.]\.$/);
  return message;
}

/** A TCP server that does to every connection what it is told to, and the port of it. */
async function tcpServer(meet: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket.on('error', () => {}));
    meet(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as AddressInfo).port;
}

async function freePort(): Promise<number> {
  const port = await tcpServer(() => {});
  await cleanups.pop()?.();
  return port;
}

describe('dial says why nobody could be connected to', () => {
  it.each(['ws', 'wss', 'tcp', 'tls'])('%s: nobody listens there', async (scheme) => {
    expect(await refusalOf(`${scheme}://127.0.0.1:${await freePort()}`)).toContain('nobody listens there (');
  });

  it.each(['ws', 'tcp', 'tls'])('%s: a host that has several addresses and answers on none', async (scheme) => {
    expect(await refusalOf(`${scheme}://localhost:${await freePort()}`)).toContain('nobody listens there (');
  });

  it.each(['ws', 'tcp', 'tls'])('%s: no such host', async (scheme) => {
    expect(await refusalOf(`${scheme}://no-such-host.invalid:7000`)).toContain('the name of the host');
  });

  it('ipc: no such file, and a file behind which nobody is', async () => {
    const folder = socketFolder();
    cleanups.push(() => rmSync(folder, { recursive: true }));
    expect(await refusalOf(`ipc://${join(folder, 's')}`)).toContain('there is no such socket file');
    expect(await refusalOf(`ipc://${process.execPath}`)).toContain('nobody listens there');
  });

  it('inproc: nobody has the name', async () => {
    expect(await refusalOf('inproc://nobody')).toContain('nobody listens under that name in this process');
  });

  it.each(['wss', 'tls'] as const)('%s: a certificate that is not trusted, or is for another name', async (scheme) => {
    const place = scheme === 'wss' ? await listening({}, 'wss') : await streamListening('tls');
    cleanups.push(() => place.close());
    expect(await refusalOf(place.address)).toContain('its TLS certificate is not trusted (');
    const otherName = { tls: { ...trust, servername: 'example.org' } };
    expect(await refusalOf(place.address, otherName)).toMatch(/is not trusted \(.*example\.org/);
    const connection = await dial(place.address, 'json', { tls: { rejectUnauthorized: false } });
    connection.close(1000, '');
    const byName = await dial(place.address.replace('127.0.0.1', 'localhost'), 'json', { tls: trust });
    byName.close(1000, '');
  });

  it('tls: an authority that is none', async () => {
    const place = await streamListening('tls');
    cleanups.push(() => place.close());
    const refusal = await refusalOf(place.address, {
      tls: { ca: '-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----' },
    });
    expect(refusal).toContain('TLS');
  });

  it('tls to somebody who does not speak it, and tcp to somebody who speaks nothing else', async () => {
    const [plain, secure] = [await streamListening('tcp'), await streamListening('tls')];
    cleanups.push(
      () => plain.close(),
      () => secure.close(),
    );
    expect(await refusalOf(plain.address.replace('tcp:', 'tls:'))).toContain('TLS could not be agreed on');
    expect(await refusalOf(secure.address.replace('tls:', 'tcp:'))).toMatch(/ended the connection|does not speak/);
  });

  it('tcp: what answers there is a web server', async () => {
    const server = createHttpServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    cleanups.push(() => new Promise((resolve) => server.close(resolve)));
    const { port } = server.address() as AddressInfo;
    expect(await refusalOf(`tcp://127.0.0.1:${port}`)).toContain('does not speak the Micro Socket protocol');
  });

  it("tcp: it passes the gateway's own sentence on, without what could disturb a terminal (§3.4)", async () => {
    const port = await tcpServer((socket) => socket.end('refused: Try the \x1b[31mother\x07 port.\n'));
    expect(await refusalOf(`tcp://127.0.0.1:${port}`)).toBe(
      `Could not connect to tcp://127.0.0.1:${port}: it refused: Try the  [31mother  port.`,
    );
  });

  it.each([
    ['another encoding', 'microsocket.v1.msgpack\n'],
    ['a line without an end', 'x'.repeat(5_000)],
  ])('tcp: an answer that is %s is not taken for one', async (_what, answer) => {
    const port = await tcpServer((socket) => socket.write(answer));
    expect(await refusalOf(`tcp://127.0.0.1:${port}`)).toContain('does not speak the Micro Socket protocol');
  });

  it.each(['', 'microsocket.v1.js'])('tcp: it ended the connection before it answered, after %j', async (answer) => {
    const port = await tcpServer((socket) => socket.end(answer));
    expect(await refusalOf(`tcp://127.0.0.1:${port}`)).toContain('ended the connection before it answered');
  });

  it('tcp: it reset the connection', async () => {
    const port = await tcpServer((socket) => socket.resetAndDestroy());
    expect(await refusalOf(`tcp://127.0.0.1:${port}`)).toContain('it cut the connection before it answered (');
  });

  it.each(['ws', 'wss', 'tcp', 'tls'])('%s: it does not answer within timeoutMs, and is left then', async (scheme) => {
    const left: Promise<void>[] = [];
    const port = await tcpServer((socket) => {
      left.push(new Promise((resolve) => socket.resume().once('close', () => resolve())));
    });
    expect(await refusalOf(`${scheme}://127.0.0.1:${port}`, { timeoutMs: 200 })).toContain('within 200 ms');
    await Promise.all(left);
  });
});

describe('dialWebSocket', () => {
  it('gives up after timeoutMs by its clock, and leaves no timer after any end', async () => {
    const port = await tcpServer((socket) => socket.resume());
    const place = await listening();
    cleanups.push(() => place.close());
    const clock = new ManualClock();
    const open = (address: string, subprotocols: string[]) =>
      new WebSocket(address, subprotocols) as unknown as WebSocketLike;

    const refused = dialWebSocket(open, `ws://127.0.0.1:${port}`, 'json', { clock, timeoutMs: 7_000 });
    const caught = refused.catch((error: Error) => error.message);
    await clock.advance(6_999);
    expect(clock.timerCount).toBe(1);
    await clock.advance(1);
    expect(await caught).toContain('within 7000 ms');

    const accepted = await dialWebSocket(open, place.address, 'json', { clock, timeoutMs: 7_000 });
    expect(clock.timerCount).toBe(0);
    accepted.start({ onFrame() {}, onWritable() {}, onClose() {} });
    accepted.close(1000, '');

    await dialWebSocket(open, `${place.address}/no`, 'json', { clock, timeoutMs: 7_000 }).catch(() => {});
    expect(clock.timerCount).toBe(0);
  });
});

describe('a dialled stream', () => {
  it('ends with 1009 when the gateway sends more than frameBytesReadMax, which the gateway is told', async () => {
    const place = await streamListening('tcp');
    cleanups.push(() => place.close());
    const [client, gateway] = await Promise.all([dial(place.address, 'json', { frameBytesReadMax: 10 }), place.next()]);
    const codes: Promise<number>[] = [client, gateway].map(
      (end) => new Promise((resolve) => end.start({ onFrame() {}, onWritable() {}, onClose: resolve })),
    );
    gateway.send('x'.repeat(11));
    expect(await Promise.all(codes)).toEqual([1009, 1009]);
  });
});
