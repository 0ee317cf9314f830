import { afterEach, describe, expect, it } from 'vitest';
import { FeedServers } from '../support/feed-server.ts';

const servers = new FeedServers();
afterEach(() => servers.closeAll());

const REQUESTS = [
  { name: 'the main prices', method: 'GET', path: '/prices', may: ['desk', 'reader'] },
  { name: 'the channels', method: 'GET', path: '/channels', may: ['desk', 'reader'] },
  { name: 'a channel', method: 'GET', path: '/channels/gold', may: ['desk', 'reader'] },
  { name: 'a channel’s prices', method: 'GET', path: '/channels/gold/prices', may: ['desk', 'reader', 'gold'] },
  { name: 'another channel’s prices', method: 'GET', path: '/channels/silver/prices', may: ['desk', 'reader'] },
  { name: 'to create', method: 'POST', path: '/channels', may: ['desk'], body: { id: 'new', margins: {} } },
  { name: 'to change', method: 'PATCH', path: '/channels/gold', may: ['desk'], body: { margins: {} } },
  { name: 'to delete', method: 'DELETE', path: '/channels/gold', may: ['desk'] },
];

const TOKENS = ['desk', 'reader', 'gold', 'nobody', null];

async function start() {
  const server = await servers.start();
  await server.port.create('gold', {});
  await server.port.create('silver', {});
  return server;
}

describe('who may do what (I1)', () => {
  it.each(REQUESTS)('$name is for $may', async ({ method, path, may, body }) => {
    for (const user of TOKENS) {
      const server = await start();
      const token = user === null ? null : `${user}-token`;
      const answered = await server.ask(method, path, { token, body, headers: { 'If-Match': '*' } });
      if (user !== null && may.includes(user)) {
        expect(answered.status, user).toBeLessThan(300);
        continue;
      }
      const code = { nobody: 'AUTH_FAILED', none: 'AUTH_REQUIRED' }[user ?? 'none'] ?? 'ACL_DENIED';
      expect([answered.status, answered.body['code']], String(user)).toEqual([code === 'ACL_DENIED' ? 403 : 401, code]);
      expect((await server.port.channels({ limit: 9 })).map(({ id, version }) => [id, version])).toEqual([
        ['gold', 5],
        ['silver', 6],
      ]);
      expect(server.gateway.gateway.stats().denied).toBe(1);
    }
  });

  it.each(REQUESTS.filter(({ path }) => path.includes('gold')))(
    '$name: who may not is not told whether the channel exists',
    async ({ method, path, body }) => {
      const server = await start();
      const answerFor = async (id: string) => {
        const at = path.replace('gold', id);
        // `gold` may read the prices of gold; whether silver or nickel exists is not its business.
        const { status, body: problem } = await server.ask(method, at, { token: 'gold-token', body });
        return JSON.stringify([status, problem]).replaceAll(id, 'X');
      };
      expect(await answerFor('silver')).toBe(await answerFor('nickel'));
      expect(await answerFor('silver')).toContain('ACL_DENIED');
    },
  );

  it('what is refused for its sender is not read: neither body nor condition matters', async () => {
    const server = await start();
    const asked = { token: 'reader-token', body: 'no JSON', headers: { 'If-Match': 'no tag', 'Content-Type': 'x/y' } };
    for (const [method, path] of [
      ['POST', '/channels'],
      ['PATCH', '/channels/Gold'],
      ['DELETE', '/channels/Gold'],
    ] as const) {
      expect((await server.ask(method, path, asked)).body).toMatchObject({ code: 'ACL_DENIED', topic: 'prices' });
    }
  });

  it.each(['POST /channels', 'PATCH /channels/gold', 'DELETE /channels/gold'])(
    'a page of another origin may not %s, whatever its token',
    async (request) => {
      const server = await start();
      const [method = '', path = ''] = request.split(' ');
      const answered = await server.ask(method, path, { headers: { Origin: 'https://evil.example' } });
      expect(answered.body).toMatchObject({ status: 403, code: 'ORIGIN_DENIED' });
    },
  );

  it('a page that is allowed learns by a preflight that it may send conditions', async () => {
    const server = await start();
    const headers = { Origin: 'http://localhost:5173', 'Access-Control-Request-Method': 'PATCH' };
    const { headers: answered } = await server.ask('OPTIONS', '/channels/gold', { headers });
    expect(answered.get('access-control-allow-methods')).toBe('GET, HEAD, PATCH, DELETE, OPTIONS');
    const allowed = answered.get('access-control-allow-headers') ?? '';
    for (const name of ['Authorization', 'Content-Type', 'If-Match', 'If-None-Match']) expect(allowed).toContain(name);
  });
});
