/** The proxy that breaks links, between a server that echoes and clients that talk to it. */

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FaultProxy } from '../src/fault-proxy.ts';

let server: Server;
let proxy: FaultProxy;
let atServer: Socket[];
const clients: Socket[] = [];

beforeEach(async () => {
  atServer = [];
  server = createServer({ allowHalfOpen: true }, (socket) => {
    atServer.push(socket);
    socket.on('error', () => {});
    socket.pipe(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  proxy = await FaultProxy.start({ to: (server.address() as AddressInfo).port });
});

afterEach(async () => {
  for (const socket of [...clients.splice(0), ...atServer]) socket.destroy();
  await proxy.close();
  server.close();
});

async function client(): Promise<Socket> {
  const socket = connect({ port: proxy.port, host: '127.0.0.1', allowHalfOpen: true });
  clients.push(socket);
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

/** Resolves when a socket is gone, however that came about. */
function gone(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once('close', () => resolve()));
}

/** Resolves when whatever was on its way through a proxy that works has come back. */
async function othersAreAnswered(): Promise<void> {
  const other = await FaultProxy.start({ to: (server.address() as AddressInfo).port });
  const witness = connect({ port: other.port, host: '127.0.0.1' });
  expect(await echo(witness, 'witness')).toBe('witness');
  witness.destroy();
  await other.close();
}

/** Says something and resolves with what comes back. */
async function echo(socket: Socket, text: string): Promise<string> {
  socket.write(text);
  let heard = '';
  while (heard.length < text.length) heard += String(await once(socket, 'data'));
  return heard;
}

/** What a socket hears from now on. */
function heardBy(socket: Socket) {
  const heard = { text: '', hasEnded: false };
  socket.on('data', (bytes) => {
    heard.text += bytes;
  });
  socket.once('close', () => {
    heard.hasEnded = true;
  });
  return heard;
}

describe('the fault proxy', () => {
  it('carries both directions, and much at once', async () => {
    const socket = await client();
    const text = 'abcdefghij'.repeat(400_000);
    expect((await echo(socket, text)) === text).toBe(true);
    expect(proxy.links).toBe(1);
  });

  it('passes the end of one direction on, and forgets a link that is over', async () => {
    const socket = await client();
    await echo(socket, 'hello');
    socket.end('bye');
    expect(String(await once(socket, 'data'))).toBe('bye');
    await once(socket, 'close');
    const another = await client();
    await echo(another, 'hello');
    expect(proxy.links).toBe(1);
  });

  it('cuts every link, tells both sides, and makes new ones', async () => {
    const [one, other] = [await client(), await client()];
    await Promise.all([echo(one, 'a'), echo(other, 'b')]);
    const all = [one, other, ...atServer].map(gone);
    proxy.cut();
    await Promise.all(all);
    expect(await echo(await client(), 'again')).toBe('again');
  });

  it('refuses until it is healed, at the same port', async () => {
    const socket = await client();
    await echo(socket, 'a');
    const isGone = gone(socket);
    await proxy.refuse();
    await isGone;
    await expect(client()).rejects.toThrow('ECONNREFUSED');
    await proxy.heal();
    expect(await echo(await client(), 'again')).toBe('again');
  });

  it('holds what passes while it is stalled, tells nobody, and lets it go on, in order', async () => {
    const socket = await client();
    await echo(socket, 'a');
    const heard = heardBy(socket);
    proxy.stall();
    socket.write('held ');
    const late = await client();
    const lateHeard = heardBy(late);
    late.write('late');
    await othersAreAnswered();
    expect([heard, lateHeard]).toEqual([
      { text: '', hasEnded: false },
      { text: '', hasEnded: false },
    ]);
    socket.write('back');
    await proxy.heal();
    while (heard.text.length < 9) await once(socket, 'data');
    while (lateHeard.text.length < 4) await once(late, 'data');
    expect([heard.text, lateHeard.text]).toEqual(['held back', 'late']);
  });

  it('strands the links that are there, tells nobody, and makes new ones', async () => {
    const socket = await client();
    await echo(socket, 'a');
    const heard = heardBy(socket);
    proxy.strand();
    await proxy.heal();
    socket.write('into nothing');
    expect(await echo(await client(), 'new')).toBe('new');
    expect(heard).toEqual({ text: '', hasEnded: false });
    const isGone = gone(socket);
    proxy.sweep();
    await isGone;
    expect(await echo(await client(), 'still new')).toBe('still new');
  });

  it('delays what passes, and keeps its order when the delay ends', async () => {
    const socket = await client();
    await echo(socket, 'a');
    const heard = heardBy(socket);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    try {
      proxy.delay(1_000);
      socket.write('first ');
      await othersAreAnswered();
      expect(heard.text).toBe('');
      proxy.delay(0);
      socket.write('second');
      await othersAreAnswered();
      expect(heard.text).toBe('');
      vi.advanceTimersByTime(1_000);
      while (heard.text.length < 12) await once(socket, 'data');
      expect(heard.text).toBe('first second');
    } finally {
      vi.useRealTimers();
    }
  });

  it('ends a link whose other side cannot be reached', async () => {
    for (const socket of atServer) socket.destroy();
    server.close();
    await gone(await client());
    expect(proxy.links).toBe(0);
  });
});
