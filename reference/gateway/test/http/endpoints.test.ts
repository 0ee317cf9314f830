import { limitsWith } from '@micro-socket/protocol';
import { parseAddress } from '@micro-socket/transport';
import { afterEach, describe, expect, it } from 'vitest';
import { StaticPolicy } from '../../src/index.ts';
import { Gateways, httpOf, openPolicy, post } from '../support/serving.ts';
import { WireClient } from '../support/wire-client.ts';

const gateways = new Gateways();
const start: Gateways['start'] = (options) => gateways.start(options);
afterEach(() => gateways.closeAll());

const good = 'https://good.example';
const evil = 'https://evil.example';

describe('GET /health (§11)', () => {
  it('says how the gateway is, with every count of its statistics', async () => {
    const gateway = await start({ name: 'north' });
    await WireClient.ready(gateway.address, { topics: ['a'] });
    const response = await fetch(`${httpOf(gateway)}/health?verbose`);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toContain('application/json');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await response.json()).toEqual({
      status: 'ok',
      gateway: 'north',
      uptimeMs: expect.any(Number),
      durability: 'memory',
      ...gateway.gateway.stats(),
      connections: 1,
      subSockets: 1,
      subscriptions: 1,
    });
  });

  it('HEAD is answered without a body', async () => {
    const response = await fetch(`${httpOf(await start())}/health`, { method: 'HEAD' });
    expect([response.status, await response.text()]).toEqual([200, '']);
    expect(Number(response.headers.get('content-length'))).toBeGreaterThan(0);
  });
});

describe('GET /stats (§11)', () => {
  it('tells the counts, and of the topics with the most subscribers how they are', async () => {
    const gateway = await start();
    const many = await WireClient.ready(gateway.address, { topics: ['one', 'two'] });
    await WireClient.ready(gateway.address, { topics: ['two'] });
    await many.publish('two', { secret: 'payload' });
    await many.next('message');
    const text = await (await fetch(`${httpOf(gateway)}/stats`)).text();
    const { topics, ...stats } = JSON.parse(text);
    expect(stats).toEqual(gateway.gateway.stats());
    expect(topics).toMatchObject([
      { topic: 'two', subscribers: 2, headSeqNo: expect.any(Number), latency: { count: 1 } },
      { topic: 'one', subscribers: 1, headSeqNo: 0 },
    ]);
    expect(text).not.toContain('secret');
  });
});

describe('what there is not', () => {
  it.each(['/', '/healthz', '/health/', '/topics/a', '/topics/a/messages/b', '/demo/topics/demo.a/messages'])(
    'GET %s is 404 and says what there is',
    async (path) => {
      const response = await fetch(`${httpOf(await start())}${path}`);
      expect(response.status).toBe(404);
      expect(response.headers.get('content-type')).toContain('application/problem+json');
      expect(await response.json()).toMatchObject({ code: 'NOT_FOUND', detail: expect.stringContaining('/health') });
    },
  );

  it.each([
    ['POST', '/health', 'GET, HEAD, OPTIONS'],
    ['DELETE', '/health', 'GET, HEAD, OPTIONS'],
    ['GET', '/topics/a/messages', 'POST, OPTIONS'],
    ['PUT', '/topics/a/messages', 'POST, OPTIONS'],
  ])('%s %s is 405 and says what is allowed', async (method, path, allow) => {
    const response = await fetch(`${httpOf(await start())}${path}`, { method });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe(allow);
    expect(await response.json()).toMatchObject({ code: 'METHOD_NOT_ALLOWED', status: 405 });
  });

  it.each(['/ws', '/ws/sub/a'])('GET %s without an upgrade is 426', async (path) => {
    const response = await fetch(`${httpOf(await start())}${path}`);
    expect(response.status).toBe(426);
    expect(response.headers.get('upgrade')).toBe('websocket');
    expect(await response.json()).toMatchObject({ code: 'UPGRADE_REQUIRED' });
  });
});

describe('POST /topics/:topic/messages (§11)', () => {
  it('publishes what is posted, with all that publish takes (§4.4)', async () => {
    const gateway = await start({ namePublishers: true });
    const reader = await WireClient.ready(gateway.address, { topics: ['chat:room.1'] });
    const signature = { alg: 'Ed25519', keyId: 'k1', value: 'AAAA' };
    const body = {
      payload: { n: [1, null] },
      messageId: 'm1',
      key: 'k',
      ref: 'm0',
      ttlMs: 60_000,
      expectSeqNo: 0,
      signature,
    };
    const response = await post(gateway, 'chat:room.1', body, { token: 'ann-token' });
    expect(response.status).toBe(201);
    const receipt = await response.json();
    const { payload, expectSeqNo: _expected, ...carried } = body;
    const message = await reader.next('message');
    expect(message).toMatchObject({ ...carried, data: payload, by: 'ann' });
    expect(receipt).toEqual({ status: 'ok', messageId: 'm1', epoch: expect.any(String), seqNo: message.seqNo });
  });

  it('is answered 200 for a duplicate with the first position, also when the first one came as a frame (I2)', async () => {
    const gateway = await start();
    const client = await WireClient.ready(gateway.address, { token: 'ann-token' });
    const { epoch, seqNo } = await client.publish('a', 1, 'm1');
    const response = await post(gateway, 'a', { payload: 1, messageId: 'm1' }, { token: 'ann-token' });
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ status: 'duplicate', messageId: 'm1', epoch, seqNo });
  });

  it('without a messageId makes one, another each time', async () => {
    const gateway = await start();
    const ids = new Set<string>();
    for (let at = 0; at < 10; at++) {
      const { messageId } = (await (await post(gateway, 'a', { payload: 1 })).json()) as { messageId: string };
      expect(messageId).toMatch(/^[0-9a-z]{26}$/);
      ids.add(messageId);
    }
    expect(ids.size).toBe(10);
  });

  it.each([null, false, 0, '', [], {}, { deep: [{ er: 1.5 }] }])('takes the payload %j (§3.3)', async (payload) => {
    const gateway = await start();
    const reader = await WireClient.ready(gateway.address, { topics: ['a'] });
    expect((await post(gateway, 'a', { payload })).status).toBe(201);
    expect((await reader.next('message')).data).toEqual(payload);
  });

  const deep = `${'['.repeat(65)}${']'.repeat(65)}`;
  it.each([
    ['no JSON', '{"payload":', 400, 'MALFORMED_FRAME', 'JSON'],
    ['nothing', '', 400, 'MALFORMED_FRAME', 'JSON'],
    ['no object', '[1]', 400, 'MALFORMED_FRAME', 'object'],
    ['null', 'null', 400, 'MALFORMED_FRAME', 'object'],
    ['no payload', '{}', 400, 'INVALID_FIELD', 'payload'],
    ['an unknown field', '{"payload":1,"colour":2}', 400, 'INVALID_FIELD', 'colour'],
    ['the topic in the body', '{"payload":1,"topic":"b"}', 400, 'INVALID_FIELD', 'topic'],
    ['a type', '{"payload":1,"type":"setup"}', 400, 'INVALID_FIELD', 'type'],
    ['an id', '{"payload":1,"id":1}', 400, 'INVALID_FIELD', 'id'],
    ['the field __proto__', '{"payload":1,"__proto__":{"key":"k"}}', 400, 'INVALID_FIELD', '__proto__'],
    ['a wrong messageId', '{"payload":1,"messageId":"has space"}', 400, 'INVALID_FIELD', 'messageId'],
    ['null for a field', '{"payload":1,"key":null}', 400, 'INVALID_FIELD', 'key'],
    ['a wrong ttlMs', '{"payload":1,"ttlMs":1.5}', 400, 'INVALID_FIELD', 'ttlMs'],
    ['half a signature', '{"payload":1,"signature":{"alg":"x"}}', 400, 'INVALID_FIELD', 'signature'],
    ['an infinite number', '{"payload":1e999}', 400, 'INVALID_FIELD', 'payload'],
    ['a number beyond 2^53', '{"payload":9007199254740993}', 400, 'INVALID_FIELD', 'payload'],
    ['a lone surrogate', '{"payload":"\\ud800"}', 400, 'INVALID_FIELD', 'payload'],
    ['the key __proto__', '{"payload":{"__proto__":1}}', 400, 'INVALID_FIELD', '__proto__'],
    ['65 levels', `{"payload":${deep}}`, 400, 'INVALID_FIELD', 'payload'],
    [
      'a field that is nested without end',
      `{"payload":1,"key":${'['.repeat(20_000)}${']'.repeat(20_000)}}`,
      400,
      'INVALID_FIELD',
      'key',
    ],
    ['another head than expected', '{"payload":1,"expectSeqNo":7}', 409, 'SEQ_CONFLICT', 'seqNo'],
  ])('%s is refused with what is wrong, and stores nothing', async (_title, body, status, code, words) => {
    const gateway = await start();
    const response = await post(gateway, 'a', body);
    expect(response.headers.get('content-type')).toContain('application/problem+json');
    const problem = (await response.json()) as Record<string, unknown>;
    expect([response.status, problem['status'], problem['code']]).toEqual([status, status, code]);
    expect(problem['detail']).toContain(words);
    expect(problem['type']).toBe(`/docs#${code}`);
    expect(problem['title']).not.toBe('');
    expect(gateway.gateway.stats().published).toBe(0);
  });

  it('bytes that are not UTF-8 are refused', async () => {
    const gateway = await start();
    const response = await fetch(`${httpOf(gateway)}/topics/a/messages`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: Buffer.from('{"payload":"\xff"}', 'latin1'),
    });
    expect(await response.json()).toMatchObject({ code: 'MALFORMED_FRAME', status: 400 });
  });

  it.each(['a..b', '.a', 'a b', 'a/b', 'ü', '', 'a'.repeat(256)])('%j is no topic: 400', async (topic) => {
    const response = await post(await start(), topic, { payload: 1 });
    expect(await response.json()).toMatchObject({
      status: 400,
      code: 'INVALID_FIELD',
      detail: expect.stringContaining('topic'),
    });
  });

  it('a topic that is wrongly encoded is 400', async () => {
    const response = await post(await start(), 'a', { payload: 1 }, { path: '/topics/%zz/messages' });
    expect(await response.json()).toMatchObject({ status: 400, code: 'INVALID_FIELD' });
  });

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/jsonx',
    'application/json; charset=latin1',
    '',
  ])('the content type %j is 415', async (type) => {
    const gateway = await start();
    const response = await post(gateway, 'a', { payload: 1 }, { headers: { 'Content-Type': type } });
    expect(await response.json()).toMatchObject({ status: 415, code: 'UNSUPPORTED_MEDIA_TYPE' });
  });

  it.each(['application/json', 'Application/JSON;charset=UTF-8', 'application/json; charset="utf-8"'])(
    'the content type %j is taken',
    async (type) => {
      const response = await post(await start(), 'a', { payload: 1 }, { headers: { 'Content-Type': type } });
      expect(response.status).toBe(201);
    },
  );

  it('a repeat with another payload is 409, and names the topic', async () => {
    const gateway = await start();
    await post(gateway, 'a', { payload: 1, messageId: 'm' });
    const response = await post(gateway, 'a', { payload: 2, messageId: 'm' });
    expect(await response.json()).toMatchObject({ status: 409, code: 'MESSAGE_ID_CONFLICT' });
    expect(gateway.gateway.stats().conflicts).toBe(1);
  });

  it('who may not publish gets 403 with the topic, and is counted (I1)', async () => {
    const gateway = await start();
    const response = await post(gateway, 'a', { payload: 1 }, { token: 'reader-token' });
    expect(await response.json()).toMatchObject({ status: 403, code: 'ACL_DENIED', topic: 'a' });
    expect(gateway.gateway.stats()).toMatchObject({ published: 0, denied: 1 });
  });

  it.each(['x.~presence', 'x.~occupancy'])('nobody can publish to %s (§4.8)', async (topic) => {
    const response = await post(await start(), topic, { payload: 1 });
    expect(await response.json()).toMatchObject({ status: 403, code: 'ACL_DENIED' });
  });

  it.each([
    ['an unknown token', 'Bearer nobody', 'Bearer realm="micro-socket", error="invalid_token"'],
    ['another scheme', 'Basic YTpi', 'Bearer realm="micro-socket", error="invalid_token"'],
    ['no token after the scheme', 'Bearer', 'Bearer realm="micro-socket", error="invalid_token"'],
    ['two tokens', 'Bearer a b', 'Bearer realm="micro-socket", error="invalid_token"'],
  ])('%s is 401', async (_title, authorization, challenge) => {
    const response = await post(await start(), 'a', { payload: 1 }, { headers: { Authorization: authorization } });
    expect(response.headers.get('www-authenticate')).toBe(challenge);
    expect(await response.json()).toMatchObject({ status: 401, code: 'AUTH_FAILED' });
  });

  it('no token where one is needed is 401 and says how to send it', async () => {
    const response = await post(await start({ policy: new StaticPolicy({}) }), 'a', { payload: 1 });
    expect(response.headers.get('www-authenticate')).toBe('Bearer realm="micro-socket"');
    expect(await response.json()).toMatchObject({
      status: 401,
      code: 'AUTH_REQUIRED',
      detail: expect.stringContaining('Authorization: Bearer'),
    });
  });

  it('the scheme may be in any case', async () => {
    const response = await post(await start(), 'a', { payload: 1 }, { headers: { Authorization: 'bearer ann-token' } });
    expect(response.status).toBe(201);
  });

  it('what may be tried again is 503 with Retry-After (OVERLOADED)', async () => {
    const gateway = await start({ limits: limitsWith({ stateKeysMax: 1 }) });
    await post(gateway, 'a', { payload: 1, key: 'one' });
    const response = await post(gateway, 'a', { payload: 1, key: 'two' });
    expect(await response.json()).toMatchObject({ status: 503, code: 'OVERLOADED' });
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
  });

  it('a policy that fails is 503, told to the operator, and not to the client', async () => {
    const errors: unknown[] = [];
    const policy = openPolicy();
    policy.authenticate = () => Promise.reject(new Error('database password wrong'));
    const gateway = await start({ policy, onInternalError: (error) => errors.push(error) });
    const response = await post(gateway, 'a', { payload: 1 });
    const text = await response.text();
    expect(JSON.parse(text)).toMatchObject({ status: 503, code: 'INTERNAL' });
    expect(text).not.toContain('database');
    expect(errors).toEqual([new Error('database password wrong')]);
  });
});

describe('pages of other origins', () => {
  it('may not publish: 403, with or without a token, and nothing is stored', async () => {
    const gateway = await start({ origins: [good] });
    for (const Origin of [evil, 'null', 'https://good.example.evil', 'http://good.example']) {
      const response = await post(gateway, 'a', { payload: 1 }, { headers: { Origin }, token: 'ann-token' });
      expect(await response.json()).toMatchObject({ status: 403, code: 'ORIGIN_DENIED' });
      expect(response.headers.get('access-control-allow-origin')).toBeNull();
    }
    expect(gateway.gateway.stats().published).toBe(0);
  });

  it('are shown nothing by their browser, and those that are allowed are', async () => {
    const gateway = await start({ origins: [good] });
    const allowedFor = async (Origin: string) => {
      const response = await fetch(`${httpOf(gateway)}/health`, { headers: { Origin } });
      expect([response.status, response.headers.get('vary')]).toEqual([200, 'Origin']);
      return response.headers.get('access-control-allow-origin');
    };
    expect(await allowedFor(good)).toBe(good);
    expect(await allowedFor('http://localhost:5173')).toBe('http://localhost:5173');
    expect(await allowedFor(evil)).toBeNull();
  });

  it('that are allowed publish, and read refusals', async () => {
    const gateway = await start({ origins: [good] });
    const response = await post(gateway, 'a', { payload: 1 }, { headers: { Origin: good } });
    expect([response.status, response.headers.get('access-control-allow-origin')]).toEqual([201, good]);
    const refused = await post(gateway, 'a', {}, { headers: { Origin: good } });
    expect([refused.status, refused.headers.get('access-control-allow-origin')]).toEqual([400, good]);
  });

  it('a preflight is answered for allowed origins only', async () => {
    const gateway = await start({ origins: [good] });
    const preflight = (Origin: string) =>
      fetch(`${httpOf(gateway)}/topics/a/messages`, {
        method: 'OPTIONS',
        headers: { Origin, 'Access-Control-Request-Method': 'POST', 'Access-Control-Request-Headers': 'authorization' },
      });
    const allowed = await preflight(good);
    expect(allowed.status).toBe(204);
    expect(allowed.headers.get('access-control-allow-origin')).toBe(good);
    expect(allowed.headers.get('access-control-allow-methods')).toContain('POST');
    expect(allowed.headers.get('access-control-allow-headers')?.toLowerCase()).toBe('authorization, content-type');
    expect(allowed.headers.get('access-control-allow-credentials')).toBeNull();
    const refused = await preflight(evil);
    expect([refused.status, refused.headers.get('access-control-allow-methods')]).toEqual([403, null]);
  });

  it('OPTIONS without a preflight says what a path takes, and is 404 where there is nothing', async () => {
    const gateway = await start();
    const response = await fetch(`${httpOf(gateway)}/topics/a/messages`, { method: 'OPTIONS' });
    expect([response.status, response.headers.get('allow')]).toEqual([204, 'POST, OPTIONS']);
    expect((await fetch(`${httpOf(gateway)}/nowhere`, { method: 'OPTIONS' })).status).toBe(404);
  });
});

describe('the demo', () => {
  const path = (topic: string) => ({ path: `/demo/topics/${topic}/messages` });
  const closed = () =>
    new StaticPolicy({
      users: [{ name: 'ann', token: 'ann-token', allow: [{ pattern: 'demo.>', actions: ['subscribe'] }] }],
    });

  it('does not exist unless it was asked for', async () => {
    const response = await post(await start(), '', { payload: 1 }, path('demo.a'));
    expect(await response.json()).toMatchObject({ status: 404, code: 'NOT_FOUND' });
  });

  it('publishes below demo. as the user demo, without a token', async () => {
    const gateway = await start({ demo: true, policy: closed(), namePublishers: true });
    const reader = await WireClient.ready(gateway.address, { token: 'ann-token', topics: ['demo.a'] });
    expect((await post(gateway, '', { payload: 1 }, path('demo.a'))).status).toBe(201);
    expect(await reader.next('message')).toMatchObject({ data: 1, by: 'demo' });
  });

  it.each(['demo', 'prices.eurusd', 'demos.a'])('publishes nothing to %s', async (topic) => {
    const response = await post(await start({ demo: true }), '', { payload: 1 }, path(topic));
    expect(await response.json()).toMatchObject({ status: 403, code: 'ACL_DENIED', topic });
  });

  it('gives nobody anything elsewhere: the other endpoint and WebSockets ask for a token as before', async () => {
    const gateway = await start({ demo: true, policy: closed() });
    expect((await post(gateway, 'demo.a', { payload: 1 })).status).toBe(401);
    const client = await WireClient.dial(gateway.address);
    client.send({ type: 'setup', protocol: 1 });
    expect(await client.next('error')).toMatchObject({ code: 'AUTH_REQUIRED' });
  });

  it('is for this machine: what came through a proxy is refused, and so are foreign pages', async () => {
    const gateway = await start({ demo: true });
    for (const headers of [{ 'X-Forwarded-For': '127.0.0.1' }, { Forwarded: 'for=127.0.0.1' }, { Via: '1.1 proxy' }]) {
      const response = await post(gateway, '', { payload: 1 }, { ...path('demo.a'), headers });
      expect(await response.json()).toMatchObject({ status: 403, code: 'ACL_DENIED' });
    }
    const page = await post(gateway, '', { payload: 1 }, { ...path('demo.a'), headers: { Origin: evil } });
    expect(await page.json()).toMatchObject({ status: 403, code: 'ORIGIN_DENIED' });
  });
});

describe('all addresses', () => {
  it('answer HTTP, each with its own path for WebSockets', async () => {
    const gateway = await start({ addresses: ['ws://127.0.0.1:0', 'ws://127.0.0.1:0/feed'].map(parseAddress) });
    for (const address of gateway.addresses) {
      const { origin, pathname } = new URL(address.replace(/^ws/, 'http'));
      const { paths } = (await (await fetch(`${origin}/openapi.json`)).json()) as { paths: Record<string, unknown> };
      expect(Object.keys(paths)).toContain(`${pathname}/sub/{topic}`);
      expect((await fetch(`${origin}/health`)).status).toBe(200);
    }
  });
});
