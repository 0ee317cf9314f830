import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { DialError } from '../src/index.ts';
import { dial } from '../src/node/index.ts';
import { type Listening, listening } from './support/listening.ts';

let server: Listening;
beforeAll(async () => {
  server = await listening({ allowsOrigin: (origin) => origin === 'https://good.example' });
});
afterAll(() => server.close());

const json = 'microsocket.v1.json';
const msgpack = 'microsocket.v1.msgpack';

function upgradeRequest(headers: Record<string, string> = {}, path = '/ws'): string {
  const all = {
    Host: 'x',
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Protocol': json,
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  return [`GET ${path} HTTP/1.1`, ...lines, '', ''].join('\r\n');
}

/** The whole answer of the server to a raw request, until the server ends it. */
async function answerTo(request: string, { port } = server): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write(request);
  return text(socket);
}

describe('the WebSocket handshake (§3.1)', () => {
  it.each([
    [[json], json],
    [[msgpack], msgpack],
    [[json, msgpack], json],
    [[msgpack, json], msgpack],
    [['chat', msgpack, json], msgpack],
    [['microsocket.v2.json', json], json],
  ])("the first of the client's %j that is spoken here is chosen", async (offered, chosen) => {
    const client = new WebSocket(server.address, offered);
    const connection = await server.next();
    await once(client, 'open');
    expect(client.protocol).toBe(chosen);
    expect(connection.encoding).toBe(chosen === json ? 'json' : 'msgpack');
    expect(connection.remoteAddress).toMatch(/^127\.0\.0\.1:\d+$/);
    client.terminate();
  });

  it('a query is no part of the path', async () => {
    const client = new WebSocket(`${server.address}?v=1`, json);
    await Promise.all([once(client, 'open'), server.next()]);
    client.terminate();
  });

  it.each([
    ['no subprotocol of ours', { 'Sec-WebSocket-Protocol': 'chat, superchat' }, '/ws', 400, 'microsocket.v1.json'],
    ['an empty subprotocol', { 'Sec-WebSocket-Protocol': '' }, '/ws', 400, 'microsocket.v1.json'],
    ['another case', { 'Sec-WebSocket-Protocol': 'MicroSocket.v1.json' }, '/ws', 400, 'microsocket.v1.json'],
    ['another path', {}, '/other', 404, '/ws'],
    ['a longer path', {}, '/ws/', 404, '/ws'],
    ['an origin that is not allowed', { Origin: 'https://evil.example' }, '/ws', 403, 'https://evil.example'],
    ['the origin null', { Origin: 'null' }, '/ws', 403, 'null'],
    ['no key', { 'Sec-WebSocket-Key': '' }, '/ws', 400, ''],
    ['another WebSocket version', { 'Sec-WebSocket-Version': '99' }, '/ws', 400, ''],
  ])('%s is refused before the upgrade, with what to do', async (_title, headers, path, status, help) => {
    const answer = await answerTo(upgradeRequest(headers, path));
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(answer).toContain(help);
  });

  it('an allowed origin may connect, and so may a program without an origin', async () => {
    for (const options of [{ origin: 'https://good.example' }, {}]) {
      const client = new WebSocket(server.address, json, options);
      await Promise.all([once(client, 'open'), server.next()]);
      client.terminate();
    }
  });

  it('a refused socket is given up, even when its peer keeps its side open', async () => {
    const before = new Set(server.sockets);
    const socket = connect({ port: server.port, host: '127.0.0.1', allowHalfOpen: true });
    socket.write(upgradeRequest({}, '/other'));
    socket.resume();
    await once(socket, 'end');
    const left = [...server.sockets].filter((open) => !before.has(open));
    await Promise.all(left.map((open) => once(open, 'close')));
    socket.destroy();
  });

  it('a peer that is gone during the handshake does no harm', async () => {
    const socket = connect(server.port, '127.0.0.1');
    await once(socket, 'connect');
    socket.write(upgradeRequest({}, '/other'), () => socket.resetAndDestroy());
    await once(socket, 'close');
    expect(await answerTo(upgradeRequest({}, '/other'))).toMatch(/ 404 /);
  });
});

describe('a listener with more paths than one', () => {
  it('takes those that it has nothing against, hands them over as they were sent, and refuses others in its words', async () => {
    const paths: string[] = [];
    const many = await listening({
      pathProblem: (path) => (path.startsWith('/ws/') ? undefined : `Not at ${path}.`),
      onConnection: (_connection, path) => paths.push(path),
    });
    const client = new WebSocket(`ws://127.0.0.1:${many.port}/ws/a%2Fb?v=1`, json);
    await once(client, 'open');
    expect(paths).toEqual(['/ws/a%2Fb']);
    const refusal = await answerTo(upgradeRequest({}, '/ws'), many);
    expect(refusal).toMatch(/^HTTP\/1\.1 404 /);
    expect(refusal).toContain('Not at /ws.\n');
    await many.close();
  });
});

describe('dial', () => {
  it('resolves with a connection in the encoding that was asked for', async () => {
    const connection = await dial(server.address, 'msgpack');
    expect(connection.encoding).toBe('msgpack');
    connection.start({ onFrame() {}, onWritable() {}, onClose() {} });
    connection.close(1000, '');
  });

  it('rejects with DialError when nobody listens there', async () => {
    const gone = await listening();
    await gone.close();
    await expect(dial(gone.address, 'json')).rejects.toMatchObject({ name: 'DialError', code: 'DIAL_FAILED' });
  });

  it('rejects with DialError that tells the status of a refusal', async () => {
    const refusal = await dial(`ws://127.0.0.1:${server.port}/other`, 'json').catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(DialError);
    expect((refusal as Error).message).toContain('404');
  });

  it('rejects with AddressError before it dials', async () => {
    await expect(dial('ws://127.0.0.1:1/ws?token=x', 'json')).rejects.toMatchObject({ code: 'ADDRESS_INVALID' });
  });
});
