import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  formatAddress,
  type IpcAddress,
  ListenError,
  type Listener,
  parseAddress,
  type TcpAddress,
} from '../src/index.ts';
import { dial, listenStream, type StreamListenerOptions } from '../src/node/index.ts';
import { identity, trust } from './support/identity.ts';
import { Inbox } from './support/inbox.ts';
import { ManualClock } from './support/manual-clock.ts';
import { Recorder } from './support/recorder.ts';
import { gone, STREAM_SCHEMES, socketFolder, streamListening } from './support/streams.ts';

let folder = '';
let open: Listener[] = [];

beforeEach(() => {
  folder = socketFolder();
});

afterEach(async () => {
  for (const listener of open) listener.cutAll();
  await Promise.all(open.map((listener) => listener.close()));
  open = [];
  rmSync(folder, { recursive: true });
});

async function listen(address: string, options: Partial<StreamListenerOptions> = {}): Promise<Listener> {
  const listener = await listenStream({
    address: parseAddress(address) as TcpAddress | IpcAddress,
    frameBytesReadMax: 1_000,
    onConnection: (connection) => void Recorder.on(connection),
    ...options,
  });
  open.push(listener);
  return listener;
}

/** A socket file that a process left behind when it was killed. */
async function abandoned(path: string): Promise<void> {
  const program = `require('net').createServer().listen(${JSON.stringify(path)}, () => console.log('bound'))`;
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  child.kill('SIGKILL');
  await once(child, 'exit');
}

describe('where a stream listener is bound', () => {
  it('names the real port', async () => {
    const listener = await listen('tcp://127.0.0.1:0');
    expect(formatAddress(listener.address)).toMatch(/^tcp:\/\/127\.0\.0\.1:[1-9]\d*$/);
    const tls = await listen('tls://localhost:0', { tls: identity });
    expect(formatAddress(tls.address)).toMatch(/^tls:\/\/localhost:[1-9]\d*$/);
  });

  it('a port that is taken is a ListenError that says so', async () => {
    const { address } = await listen('tcp://127.0.0.1:0');
    const refusal = await listen(formatAddress(address)).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(ListenError);
    expect(refusal).toMatchObject({
      code: 'LISTEN_FAILED',
      message: `Cannot listen on ${formatAddress(address)}: the port is in use; choose another one.`,
      cause: expect.objectContaining({ code: 'EADDRINUSE' }),
    });
  });

  it.each([
    ['tls without a certificate', 'tls://127.0.0.1:0', {}, 'tls needs a certificate and its key'],
    ['tcp with one', 'tcp://127.0.0.1:0', { tls: identity }, 'tls://'],
    ['a certificate that is none', 'tls://127.0.0.1:0', { tls: { ...identity, cert: 'x' } }, 'cannot be used'],
    ['an address of nobody here', 'tcp://192.0.2.1:0', {}, 'EADDRNOTAVAIL'],
    ['a folder that is not there', 'ipc:///nowhere/at/all.sock', {}, 'its folder does not exist'],
  ])('%s is a ListenError that says so', async (_what, address, options, help) => {
    const refusal = await listen(address, options).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(ListenError);
    expect((refusal as Error).message).toContain(help);
  });
});

describe('the file of an ipc listener', () => {
  const path = () => join(folder, 's.sock');
  const address = () => `ipc://${path()}`;

  it('is there for its user only, and gone after close', async () => {
    const listener = await listen(address());
    const file = statSync(path());
    expect([file.isSocket(), file.mode & 0o777]).toEqual([true, 0o600]);
    expect(formatAddress(listener.address)).toBe(address());
    await listener.close();
    expect(existsSync(path())).toBe(false);
    await listen(address());
  });

  it('may have a relative path', async () => {
    const before = process.cwd();
    process.chdir(folder);
    try {
      const listener = await listen('ipc:relative.sock');
      expect(existsSync(join(folder, 'relative.sock'))).toBe(true);
      const connection = await dial('ipc:relative.sock', 'json');
      expect(connection.remoteAddress).toBe('ipc:relative.sock');
      connection.close(1000, '');
      await listener.close();
    } finally {
      process.chdir(before);
    }
  });

  it('left behind by a dead process is replaced', async () => {
    await abandoned(path());
    expect(statSync(path()).isSocket()).toBe(true);
    await listen(address());
    const heard = Recorder.on(await dial(address(), 'json'));
    expect(statSync(path()).mode & 0o777).toBe(0o600);
    open[0]?.cutAll();
    await heard.closed();
  });

  it('where somebody listens is a ListenError, and that one is not disturbed', async () => {
    const taken = new Inbox();
    const first = await listen(address(), { onConnection: taken.put });
    await expect(listen(address())).rejects.toMatchObject({
      code: 'LISTEN_FAILED',
      message: `Cannot listen on ${address()}: the file is in use; choose another path.`,
    });
    const connection = await dial(address(), 'json');
    await taken.next();
    expect(taken.length).toBe(0);
    connection.close(1000, '');
    first.cutAll();
  });

  it('that is no socket is a ListenError, and stays as it is', async () => {
    writeFileSync(path(), 'precious');
    await expect(listen(address())).rejects.toMatchObject({ code: 'LISTEN_FAILED' });
    expect(readFileSync(path(), 'utf8')).toBe('precious');
  });
});

describe.each(STREAM_SCHEMES)('the end of a %s listener', (scheme) => {
  it('close accepts no more and resolves when the connections that are open have ended', async () => {
    const place = await streamListening(scheme, { clock: new ManualClock() });
    const [client, gateway] = await Promise.all([dial(place.address, 'json', { tls: trust }), place.next()]);
    const [atClient, atGateway] = [Recorder.on(client), Recorder.on(gateway)];
    const stranger = place.raw();
    await once(stranger, scheme === 'tls' ? 'secureConnect' : 'connect');
    let ended = false;
    const closed = place.listener.close().then(() => {
      ended = true;
    });
    await expect(dial(place.address, 'json', { tls: trust })).rejects.toMatchObject({ code: 'DIAL_FAILED' });
    gateway.send('still here');
    await atClient.until(() => atClient.frames.length === 1);
    expect(ended).toBe(false);
    gateway.close(4200, 'drain');
    await closed;
    expect(atGateway.closes).toEqual([{ code: 4200, reason: 'drain' }]);
    expect(await atClient.closed()).toEqual({ code: 4200, reason: 'drain' });
    await place.close();
  });

  it('close and cutAll may be called again, in any order', async () => {
    const place = await streamListening(scheme);
    place.listener.cutAll();
    await Promise.all([place.listener.close(), place.listener.close()]);
    place.listener.cutAll();
    await place.close();
  });
});

describe('a client that cuts the link while TLS is agreed on', () => {
  it('does no harm', async () => {
    const place = await streamListening('tls');
    const port = (place.listener.address as TcpAddress).port;
    for (const bytes of ['', '\x16\x03\x01', 'x'.repeat(100)]) {
      const socket = connect(port, '127.0.0.1');
      await once(socket, 'connect');
      socket.write(bytes, 'latin1', () => socket.resetAndDestroy());
      await gone(socket);
    }
    const heard = Recorder.on(await dial(place.address, 'json', { tls: trust }));
    await place.close();
    expect((await heard.closed()).code).toBe(1006);
  });
});
