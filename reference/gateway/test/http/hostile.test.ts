import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { limitsWith } from '@micro-socket/protocol';
import { afterEach, describe, expect, it } from 'vitest';
import type { RunningGateway } from '../../src/node/index.ts';
import { BodyBudget, RequestBody } from '../../src/node/request-body.ts';
import { Gateways, httpOf, post, rawAnswer, rawSocket } from '../support/serving.ts';
import { WireClient } from '../support/wire-client.ts';

const gateways = new Gateways();
const start: Gateways['start'] = (options) => gateways.start(options);
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await gateways.closeAll();
});

function raw(gateway: RunningGateway): Socket {
  const socket = rawSocket(gateway);
  sockets.push(socket);
  return socket;
}

const postHead = (...headers: readonly string[]) =>
  ['POST /topics/a/messages HTTP/1.1', 'Host: x', 'Content-Type: application/json', ...headers, '', ''].join('\r\n');

/** Resolves when the connection has ended, however it did. */
function ended(socket: Socket): Promise<void> {
  return new Promise((resolve) => void socket.once('close', () => resolve()));
}

/** The next bytes that come, as text. */
async function nextText(socket: Socket): Promise<string> {
  return String((await once(socket, 'data'))[0]);
}

describe('malformed HTTP', () => {
  it.each([
    ['no HTTP at all', '\x16\x03\x01\x00\xf5\x01\x00\r\n\r\n', 400],
    ['another protocol', 'GET / HTTQ/1.1\r\n\r\n', 400],
    ['a header without a name', 'GET /health HTTP/1.1\r\nHost: x\r\n: y\r\n\r\n', 400],
    ['a bare line break in a header', 'GET /health HTTP/1.1\r\nHost: x\r\nA: b\rc\r\n\r\n', 400],
    ['no host', 'GET /health HTTP/1.1\r\n\r\n', 400],
    ['two lengths', postHead('Content-Length: 1', 'Content-Length: 2'), 400],
    ['a length and chunks', postHead('Content-Length: 5', 'Transfer-Encoding: chunked'), 400],
    ['a length that is no number', postHead('Content-Length: -1'), 400],
    ['a chunk whose size is no number', `${postHead('Transfer-Encoding: chunked')}zz\r\n`, 400],
    ['headers without end', `GET /health HTTP/1.1\r\nHost: x\r\nA: ${'a'.repeat(20_000)}`, 431],
  ])('%s is refused, its connection ends, and nobody else notices', async (_title, bytes, status) => {
    const gateway = await start();
    const client = await WireClient.ready(gateway.address, { topics: ['a'] });
    const answer = await rawAnswer(gateway, bytes);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(answer.toLowerCase()).toContain('connection: close');
    await client.publish('a', 1);
    expect((await client.next('message')).data).toBe(1);
  });

  it('a request target that is a whole address is its path', async () => {
    const gateway = await start();
    const request = ['GET http://x.example/health?a=b HTTP/1.1', 'Host: x', 'Connection: close', '', ''];
    expect(await rawAnswer(gateway, ...request)).toMatch(/^HTTP\/1\.1 200 /);
  });

  it('a path with every strange character is not found, in a document that is JSON', async () => {
    const gateway = await start();
    const answer = await rawAnswer(gateway, 'GET /"<script>\\%00 HTTP/1.1', 'Host: x', 'Connection: close', '', '');
    expect(answer).toMatch(/^HTTP\/1\.1 404 /);
    expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')))).toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('bodies that are too large (§11)', () => {
  const frameBytesMax = 65_536;
  /** A publish whose body has exactly so many bytes. */
  const bodyOf = (bytes: number) => JSON.stringify({ payload: 'x'.repeat(bytes - '{"payload":""}'.length) });

  it('frameBytesMax bytes are taken, one more is 413', async () => {
    const gateway = await start();
    expect((await post(gateway, 'a', bodyOf(frameBytesMax))).status).toBe(201);
    const response = await post(gateway, 'a', bodyOf(frameBytesMax + 1));
    expect(await response.json()).toMatchObject({
      status: 413,
      code: 'FRAME_TOO_LARGE',
      detail: expect.stringContaining('frameBytesMax'),
    });
  });

  it('bytes are counted, not characters', async () => {
    const gateway = await start();
    const half = '{"payload":"'.length + 2 + 2 * 32_768;
    expect(half).toBeGreaterThan(frameBytesMax);
    expect((await post(gateway, 'a', { payload: 'ü'.repeat(32_768) })).status).toBe(413);
  });

  it('one that declares its length is refused before it is sent', async () => {
    const gateway = await start();
    const answer = nextText(raw(gateway));
    sockets[0]?.write(postHead(`Content-Length: ${frameBytesMax + 1}`));
    expect(await answer).toMatch(/^HTTP\/1\.1 413 [\s\S]*connection: close/i);
  });

  it('one in chunks is refused as soon as it is too large, and is not read to its end', async () => {
    const gateway = await start();
    const socket = raw(gateway);
    socket.write(postHead('Transfer-Encoding: chunked'));
    const chunk = `${(32_768).toString(16)}\r\n${'x'.repeat(32_768)}\r\n`;
    const write = () => {
      while (socket.writable && socket.write(chunk));
    };
    socket.on('drain', write);
    write();
    // It has no end, so that there is an answer proves that the end was not waited for.
    expect(await nextText(socket)).toMatch(/^HTTP\/1\.1 413 /);
    await ended(socket);
    expect(gateway.gateway.stats().published).toBe(0);
  });

  it('a client that sends 30 MB gets its answer all the same', async () => {
    const gateway = await start();
    const response = await post(gateway, 'a', bodyOf(30_000_000));
    expect(response.status).toBe(413);
  });

  it('what is refused for another reason is not read either', async () => {
    const gateway = await start();
    const answer = await rawAnswer(gateway, 'POST /nowhere HTTP/1.1', 'Host: x', 'Content-Length: 10', '', '12345');
    expect(answer).toMatch(/^HTTP\/1\.1 404 [\s\S]*connection: close/i);
  });
});

describe('bodies that do not come', () => {
  const patience = limitsWith({ setupDeadlineMs: 500 });

  it('a half body is cut after setupDeadlineMs, and a whole one beside it is served meanwhile', async () => {
    const gateway = await start({ limits: patience });
    const half = raw(gateway);
    half.write(`${postHead('Content-Length: 100')}{"payload":`);
    expect((await post(gateway, 'a', { payload: 1 })).status).toBe(201);
    expect(await text(half)).toMatch(/^HTTP\/1\.1 408 /);
    expect((await post(gateway, 'a', { payload: 1 })).status).toBe(201);
    expect(gateway.gateway.stats().published).toBe(2);
  });

  it('half a head, and nothing at all, are cut as well', async () => {
    const gateway = await start({ limits: patience });
    const half = raw(gateway);
    half.write('GET /health HTTP/1.1\r\nHost:');
    const silent = raw(gateway);
    expect(await text(half)).toMatch(/^HTTP\/1\.1 408 /);
    await text(silent);
  });

  it('a WebSocket that was opened in time is not cut', async () => {
    const gateway = await start({ limits: patience });
    const client = await WireClient.ready(gateway.address, { topics: ['a'] });
    const half = raw(gateway);
    half.write('GET /health HTTP/1.1\r\nHost:');
    await text(half);
    await client.publish('a', 1);
    expect((await client.next('message')).data).toBe(1);
  });

  it('a body whose client is gone stores nothing', async () => {
    const gateway = await start();
    for (const end of ['end', 'resetAndDestroy', 'destroy'] as const) {
      const socket = raw(gateway);
      socket.resume();
      socket.write(`${postHead('Content-Length: 100')}{"payload":1}`, () => socket[end]());
      await ended(socket);
    }
    expect((await fetch(`${httpOf(gateway)}/health`)).status).toBe(200);
    expect(gateway.gateway.stats().published).toBe(0);
  });

  it('when too many bytes of bodies are held the next is 503 with Retry-After, until some are let go', async () => {
    const gateway = await start({ limits: limitsWith({ frameBytesMax: 1_024 }) });
    const rest = '"}';
    const body = `{"payload":"${'x'.repeat(900)}`;
    // 300 bodies of 912 bytes are more than 256 of 1,024.
    for (let at = 0; at < 300; at++)
      raw(gateway).write(postHead(`Content-Length: ${body.length + rest.length}`) + body);
    const response = await until(503, () => post(gateway, 'a', { payload: 'x'.repeat(900) }));
    expect(await response.json()).toMatchObject({ code: 'OVERLOADED' });
    expect(response.headers.get('retry-after')).toBe('1');
    for (const socket of sockets) socket.destroy();
    await until(201, () => post(gateway, 'a', { payload: 'x'.repeat(900) }));
  });
});

/** The first answer with this status. */
async function until(status: number, ask: () => Promise<Response>): Promise<Response> {
  for (;;) {
    const response = await ask();
    if (response.status === status) return response;
    await response.text();
  }
}

describe('one connection and several requests', () => {
  it('goes on after a refusal whose body was read or came whole', async () => {
    const gateway = await start();
    const bad = '{"payload":1,"x":1}';
    const request = (path: string) =>
      [
        'POST',
        path,
        'HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length:',
        `${bad.length}\r\n\r\n${bad}`,
      ].join(' ');
    const answer = await rawAnswer(
      gateway,
      `${request('/topics/a/messages')}${request('/nowhere')}GET /health HTTP/1.1`,
      'Host: x',
      'Connection: close',
      '',
      '',
    );
    expect([...answer.matchAll(/^HTTP\/1\.1 (\d+)/gm)].map(([, status]) => status)).toEqual(['400', '404', '200']);
  });

  it('Expect: 100-continue is told to go on only when the body is wanted', async () => {
    const gateway = await start();
    const wanted = raw(gateway);
    wanted.write(postHead('Expect: 100-continue', 'Content-Length: 13'));
    expect(await nextText(wanted)).toMatch(/^HTTP\/1\.1 100 /);
    wanted.write('{"payload":1}');
    expect(await nextText(wanted)).toMatch(/^HTTP\/1\.1 201 /);
    const unwanted = raw(gateway);
    unwanted.write(postHead('Expect: 100-continue', `Content-Length: 1000000`));
    expect(await nextText(unwanted)).toMatch(/^HTTP\/1\.1 413 /);
  });
});

describe('close', () => {
  it('lets a request that is under way end, and cuts one that does not', async () => {
    const gateway = await start();
    const slow = raw(gateway);
    slow.write(`${postHead('Content-Length: 13')}{"payl`);
    const stuck = raw(gateway);
    stuck.write(postHead('Content-Length: 13'));
    await Promise.all([once(slow, 'connect'), once(stuck, 'connect')]);
    // Both have been seen by the time that a later request is answered.
    await fetch(`${httpOf(gateway)}/health`);
    const closed = gateway.close();
    slow.write('oad":1}');
    expect(await text(slow)).toMatch(/^HTTP\/1\.1 201 [\s\S]*connection: close/i);
    await closed;
    await text(stuck);
    expect(gateway.gateway.stats().published).toBe(1);
  });
});

describe('a client that is gone before its body is wanted', () => {
  it('keeps nobody waiting for it', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    sockets.push(socket);
    socket.write(postHead('Content-Length: 10'));
    const [request, response] = (await once(server, 'request')) as [IncomingMessage, ServerResponse];
    // Its connection is reset under the request, which is an error that nobody has to hear.
    request.on('error', () => {});
    const closed = new Promise<void>((resolve) => void request.once('close', () => resolve()));
    socket.destroy();
    await closed;
    await expect(new RequestBody(request, response, new BodyBudget(100)).read(10)).rejects.toMatchObject({
      code: 'MALFORMED_FRAME',
    });
    server.close();
  });
});
