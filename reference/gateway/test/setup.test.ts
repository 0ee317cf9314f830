import { PROTOCOL_VERSION, ProtocolError } from '@micro-socket/protocol';
import { describe, expect, it } from 'vitest';
import { StaticPolicy } from '../src/index.ts';
import { World } from './support/world.ts';

const closedPolicy = new StaticPolicy({ users: [{ name: 'ann', token: 'ann-token', allow: [] }] });

describe.each(['json', 'msgpack'] as const)('setup in %s (§4.1)', (encoding) => {
  it('is answered with ready: who, where, and the bounds that a client must know (§5.1)', async () => {
    const world = new World({ limits: { topicsPerConnectionMax: 7, historyLengthMax: 9 } });
    const peer = await world.ready({ encoding, token: 'ann-token' });
    expect(peer.frames).toEqual([
      {
        type: 'ready',
        sessionId: expect.stringMatching(/^[0-9a-z]{20}$/),
        gateway: 'test-gateway',
        time: world.clock.now(),
        heartbeatMs: 25_000,
        limits: { frameBytesMax: 65_536, topicsPerConnectionMax: 7, unacknowledgedPublishesMax: 256 },
        durability: 'memory',
        retention: { messagesMax: 9 },
        dedupWindowMs: 120_000,
        resumeKey: expect.stringMatching(/^[0-9a-z]+\.[0-9a-f]{40}$/),
      },
    ]);
    expect(world.gateway.stats().connections).toBe(1);
  });

  it('subscribes to its topics: subscribed follows ready, without an id', async () => {
    const world = new World();
    const peer = await world.ready({ encoding, topics: ['a', 'b.c'] });
    expect(peer.types).toEqual(['ready', 'subscribed', 'subscribed']);
    expect(peer.all('subscribed').map(({ topic, id }) => [topic, id])).toEqual([
      ['a', undefined],
      ['b.c', undefined],
    ]);
    world.publish('m1', 'b.c');
    await world.settle();
    expect(peer.messageIds).toEqual(['m1']);
  });
});

describe('setup (§4.1)', () => {
  it('each connection has a session of its own', async () => {
    const world = new World();
    const [one, two] = [await world.ready(), await world.ready()];
    expect(one.last('ready').sessionId).not.toBe(two.last('ready').sessionId);
  });

  it('a topic that is refused is told by its name; the others are subscribed', async () => {
    const policy = new StaticPolicy({ anonymous: { allow: [{ pattern: 'good.*', actions: ['subscribe'] }] } });
    const world = new World({ policy });
    const peer = await world.ready({ topics: ['good.a', 'bad', 'good.b', 'good.a'] });
    expect(peer.all('subscribed').map(({ topic }) => topic)).toEqual(['good.a', 'good.b']);
    const errors = peer.all('error').map(({ code, topic, id }) => ({ code, topic, id }));
    expect(errors).toEqual(
      expect.arrayContaining([
        { code: 'ACL_DENIED', topic: 'bad', id: undefined },
        { code: 'ALREADY_SUBSCRIBED', topic: 'good.a', id: undefined },
      ]),
    );
    expect(errors).toHaveLength(2);
    expect(peer.closeCode).toBeUndefined();
  });

  it.each(['subscribe', 'unsubscribe'] as const)(
    '%s before it is SETUP_REQUIRED and answers the request',
    async (type) => {
      const world = new World();
      const peer = world.connect();
      peer.send({ type, id: 5, topic: 'a' });
      await world.settle();
      expect(peer.frames).toEqual([
        expect.objectContaining({ type: 'error', id: 5, code: 'SETUP_REQUIRED', retry: false }),
      ]);
      peer.send({ type: 'setup', protocol: 1 });
      await world.settle();
      expect(peer.types).toEqual(['error', 'ready']);
    },
  );

  it('publish before it is SETUP_REQUIRED and stores nothing (I1)', async () => {
    const world = new World();
    const peer = world.connect();
    const id = peer.publish('a', 'm1');
    await world.settle();
    expect(peer.answer(id)).toMatchObject({ code: 'SETUP_REQUIRED' });
    expect(await world.memory.read('a', { afterSeqNo: 0, limit: 10 })).toEqual([]);
  });

  it('a second one is ALREADY_SET_UP and changes nothing', async () => {
    const world = new World();
    const peer = await world.ready();
    peer.send({ type: 'setup', protocol: 1, topics: ['a'] });
    await world.settle();
    expect(peer.last('error').code).toBe('ALREADY_SET_UP');
    expect(peer.types).toEqual(['ready', 'error']);
    expect(peer.closeCode).toBeUndefined();
  });

  it('a second one while the first is being checked is ALREADY_SET_UP, too', async () => {
    const world = new World();
    const peer = world.connect();
    peer.send({ type: 'setup', protocol: 1 });
    peer.send({ type: 'setup', protocol: 1 });
    await world.settle();
    expect(peer.types.toSorted()).toEqual(['error', 'ready']);
    expect(peer.last('error').code).toBe('ALREADY_SET_UP');
  });

  it.each([0, 2, -1])('protocol %i is VERSION_UNSUPPORTED and closes with 4001', async (protocol) => {
    const world = new World();
    const peer = world.connect();
    peer.send({ type: 'setup', protocol });
    await world.settle();
    expect(peer.last('error')).toMatchObject({ code: 'VERSION_UNSUPPORTED', retry: false });
    expect(peer.last('error').message).toContain(`protocol ${PROTOCOL_VERSION}`);
    expect(peer.closeCode).toBe(4001);
  });

  it('no token where one is wanted is AUTH_REQUIRED and closes with 4004 (I1)', async () => {
    const world = new World({ policy: closedPolicy });
    const peer = await world.ready();
    expect(peer.last('error').code).toBe('AUTH_REQUIRED');
    expect(peer.closeCode).toBe(4004);
    expect(world.gateway.stats()).toMatchObject({ denied: 1, connections: 0 });
  });

  it('a wrong token is AUTH_FAILED and closes with 4004; nothing that follows it is served (I1)', async () => {
    const world = new World({ policy: closedPolicy });
    const peer = world.connect();
    peer.send({ type: 'setup', protocol: 1, token: 'guess', topics: ['a'] });
    peer.subscribe('a');
    await world.settle();
    expect(peer.all('error').map(({ code }) => code)).toContain('AUTH_FAILED');
    expect(peer.all('subscribed')).toEqual([]);
    expect(peer.closeCode).toBe(4004);
    expect(world.gateway.stats().subSockets).toBe(0);
  });

  it('not accepted within setupDeadlineMs closes with 4003', async () => {
    const world = new World({ limits: { setupDeadlineMs: 500 } });
    const silent = world.connect();
    const quick = await world.ready();
    await world.clock.advance(499);
    expect(silent.closeCode).toBeUndefined();
    await world.clock.advance(1);
    expect(silent.closeCode).toBe(4003);
    await world.clock.advance(5_000);
    expect(quick.closeCode).toBeUndefined();
  });

  it('a policy that thinks too long closes with 4003, and its late answer is ignored', async () => {
    let answer: (principal: { name: string }) => void = () => {};
    const policy = {
      authenticate: () => new Promise<{ name: string }>((resolve) => (answer = resolve)),
      authorize: () => true,
      isValid: () => true,
      version: 0,
    };
    const world = new World({ policy, limits: { setupDeadlineMs: 500 } });
    const peer = await world.ready();
    await world.clock.advance(500);
    expect(peer.closeCode).toBe(4003);
    answer({ name: 'ann' });
    await world.settle();
    expect(peer.frames).toEqual([]);
    expect(world.gateway.stats().connections).toBe(0);
    expect(world.clock.timerCount).toBe(0);
  });

  it('a policy that fails unexpectedly is INTERNAL and closes with 4100, so that the client comes back (§7)', async () => {
    const failure = new Error('the directory of users is away');
    const policy = {
      authenticate: () => Promise.reject(failure),
      authorize: () => true,
      isValid: () => true,
      version: 0,
    };
    const world = new World({ policy });
    const peer = await world.ready();
    expect(peer.last('error')).toMatchObject({ code: 'INTERNAL', retry: true });
    expect(peer.last('error').message).not.toContain('directory');
    expect(world.internalErrors).toEqual([failure]);
    expect(peer.closeCode).toBe(4100);
  });

  it('a policy may refuse with an error of the protocol', async () => {
    const policy = {
      authenticate: () => Promise.reject(new ProtocolError('AUTH_FAILED', 'It has expired.')),
      authorize: () => true,
      isValid: () => true,
      version: 0,
    };
    const peer = await new World({ policy }).ready({ token: 'old' });
    expect(peer.last('error')).toMatchObject({ code: 'AUTH_FAILED', message: 'It has expired.' });
  });

  it('names at most 128 topics, or is refused with INVALID_FIELD', async () => {
    const world = new World();
    const peer = await world.ready({ topics: Array.from({ length: 129 }, (_, n) => `a.${n}`) });
    expect(peer.types).toEqual(['error']);
    expect(peer.last('error')).toMatchObject({ code: 'INVALID_FIELD', message: expect.stringContaining('topics') });
  });
});
