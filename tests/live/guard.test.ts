import { networkInterfaces } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask, liveModule, refusalOf, startServer, type TestServer } from './harness.ts';

const CATALOG = { path: '/__live/catalog' };

describe('a request that does not come from a page of this server', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer();
  });
  afterAll(() => server.close());

  it('is served when nothing is wrong with it', async () => {
    const answer = await ask(server, CATALOG);
    expect(answer.status).toBe(200);
    expect(await answer.next()).toMatchObject({
      e2e: expect.any(Array),
      bench: expect.any(Array),
      examples: ['node-gateway'],
    });
  });

  it.each(['localhost', '127.0.0.1', '[::1]'])('is served under the name %s', async (name) => {
    const host = `${name}:${server.port}`;
    expect((await ask(server, { ...CATALOG, headers: { host, origin: `http://${host}` } })).status).toBe(200);
  });

  it.each([
    ['a foreign name that resolves to this machine', (port: number) => `evil.example:${port}`],
    ['a name that only begins like this machine', (port: number) => `localhost.evil.example:${port}`],
    ['another port', (port: number) => `localhost:${port + 1}`],
    ['no port', () => 'localhost'],
    ['a user before the name', (port: number) => `evil@localhost:${port}`],
    ['another loopback address', (port: number) => `127.0.0.2:${port}`],
    ['the unspecified address', (port: number) => `0.0.0.0:${port}`],
  ])('is refused when Host names %s', async (_what, hostOf) => {
    const host = hostOf(server.port);
    const answer = await ask(server, { ...CATALOG, headers: { host, origin: `http://${host}` } });
    expect(await refusalOf(answer)).toEqual({ status: 403, code: 'BAD_HOST' });
  });

  it.each([
    ['is missing', () => undefined],
    ['is null, as in a sandboxed frame', () => 'null'],
    ['is a foreign site', () => 'https://evil.example'],
    ['is another server on this machine', (port: number) => `http://localhost:${port + 1}`],
    ['is this server under another name', (port: number) => `http://127.0.0.1:${port}`],
    ['has another scheme', (port: number) => `https://localhost:${port}`],
    ['goes on after the port', (port: number) => `http://localhost:${port}.evil.example`],
  ])('is refused when Origin %s', async (_what, originOf) => {
    const answer = await ask(server, { ...CATALOG, headers: { origin: originOf(server.port) } });
    expect(await refusalOf(answer)).toEqual({ status: 403, code: 'BAD_ORIGIN' });
  });

  it.each(['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS'])('is refused when the method is %s', async (method) => {
    const answer = await ask(server, { ...CATALOG, method, rawBody: '' });
    expect(answer.status).toBe(405);
    expect(answer.headers['access-control-allow-origin']).toBeUndefined();
  });

  it.each([
    ['is missing', () => undefined],
    ['is empty', () => ''],
    ['has the right length and is wrong', (token: string) => 'x'.repeat(token.length)],
    ['is only the beginning of the right one', (token: string) => token.slice(0, -1)],
    ['goes on after the right one', (token: string) => `${token}x`],
  ])('is refused when the token %s', async (_what, tokenOf) => {
    const answer = await ask(server, { ...CATALOG, headers: { 'x-micro-socket-token': tokenOf(server.token) } });
    expect(await refusalOf(answer)).toEqual({ status: 403, code: 'BAD_TOKEN' });
  });

  it('finds the token neither in the address nor in the body', async () => {
    const headers = { 'x-micro-socket-token': undefined };
    const path = `/__live/catalog?token=${server.token}`;
    expect((await ask(server, { path, headers, body: { token: server.token } })).status).toBe(403);
  });

  it('is refused when the address does not exist', async () => {
    expect(await refusalOf(await ask(server, { path: '/__live/constructor' }))).toEqual({
      status: 404,
      code: 'NOT_FOUND',
    });
  });
});

describe('arming', () => {
  it.each([true, '0.0.0.0', '::'])('refuses everything when the server listens on %s', async (host) => {
    const server = await startServer({}, { server: { host } });
    try {
      expect(await liveModule(server.port)).toEqual({ live: false, token: '', reason: 'not-loopback' });
      expect(await refusalOf(await ask(server, CATALOG))).toEqual({ status: 403, code: 'NOT_LOOPBACK' });
      // With no token there is also none to be guessed.
      const headers = { 'x-micro-socket-token': '' };
      expect(await refusalOf(await ask(server, { ...CATALOG, headers }))).toEqual({
        status: 403,
        code: 'NOT_LOOPBACK',
      });
    } finally {
      await server.close();
    }
  });

  it('gives each start of the server a token of its own', async () => {
    const [one, two] = [await startServer(), await startServer()];
    expect(one.token).toMatch(/^[\w-]{43}$/);
    expect(two.token).not.toBe(one.token);
    await Promise.all([one.close(), two.close()]);
  });

  it('keeps every check when MICRO_SOCKET_LIVE=1 overrides it', async () => {
    const env = { PATH: process.env['PATH'], MICRO_SOCKET_LIVE: '1' };
    const server = await startServer({ env }, { server: { host: true } });
    try {
      expect((await liveModule(server.port)).live).toBe(true);
      expect((await ask(server, CATALOG)).status).toBe(200);
      const noToken = { ...CATALOG, headers: { 'x-micro-socket-token': undefined } };
      expect(await refusalOf(await ask(server, noToken))).toEqual({ status: 403, code: 'BAD_TOKEN' });
      const foreign = { ...CATALOG, headers: { origin: 'https://evil.example' } };
      expect(await refusalOf(await ask(server, foreign))).toEqual({ status: 403, code: 'BAD_ORIGIN' });
      const rebound = { ...CATALOG, headers: { host: `evil.example:${server.port}` } };
      expect(await refusalOf(await ask(server, rebound))).toEqual({ status: 403, code: 'BAD_HOST' });
    } finally {
      await server.close();
    }
  });

  const outside = Object.values(networkInterfaces())
    .flat()
    .find((entry) => entry !== undefined && !entry.internal && entry.family === 'IPv4')?.address;

  it.skipIf(outside === undefined)(
    'refuses a request that arrives over the network although its headers are right',
    async () => {
      const env = { PATH: process.env['PATH'], MICRO_SOCKET_LIVE: '1' };
      const server = await startServer({ env }, { server: { host: true } });
      try {
        const answer = await ask(server, { ...CATALOG, address: String(outside) });
        expect(await refusalOf(answer)).toEqual({ status: 403, code: 'NOT_LOOPBACK' });
      } finally {
        await server.close();
      }
    },
  );
});
