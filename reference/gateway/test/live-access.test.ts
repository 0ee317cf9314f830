import type { MemoryBackbone } from '@micro-socket/backbone';
import { ProtocolError } from '@micro-socket/protocol';
import { describe, expect, it } from 'vitest';
import type { AccessPolicy, Action, Principal } from '../src/index.ts';
import { GatedBackbone } from './support/gated-backbone.ts';
import { World } from './support/world.ts';

/** A policy that a test changes while it runs. Tokens are `name` or `name@expiresAt`. */
class LivePolicy implements AccessPolicy {
  version = 0;
  readonly #denied = new Set<string>();
  readonly #revoked = new Set<string>();
  #failure: Error | undefined;

  async authenticate(token: string | undefined): Promise<Principal> {
    if (this.#failure !== undefined) throw this.#failure;
    const [name = '', expiresAt] = (token ?? '').split('@');
    if (name === '') throw new ProtocolError('AUTH_FAILED', 'There is no name in this token.');
    return expiresAt === undefined ? { name } : { name, expiresAt: Number(expiresAt) };
  }

  authorize(_principal: Principal, action: Action, topic: string): boolean {
    return !this.#denied.has(`${action} ${topic}`);
  }

  isValid({ name }: Principal): boolean {
    return !this.#revoked.has(name);
  }

  deny(action: Action, topic: string): void {
    this.#denied.add(`${action} ${topic}`);
    this.version += 1;
  }

  revoke(name: string): void {
    this.#revoked.add(name);
    this.version += 1;
  }

  failWith(failure: Error): void {
    this.#failure = failure;
  }
}

function setting(limits = {}) {
  const policy = new LivePolicy();
  let gate: GatedBackbone | undefined;
  const around = (memory: MemoryBackbone) => (gate = new GatedBackbone(memory, 'read'));
  const world = new World({ policy, limits: { accessRecheckMs: 500, ...limits }, around });
  return { policy, world, gate: gate as unknown as GatedBackbone };
}

describe('a token that expires (§9.8, I1)', () => {
  it('ends the connection with 4006 at that moment, and its time stands in ready', async () => {
    const { world } = setting();
    const expiresAt = world.clock.now() + 10_000;
    const peer = await world.subscriber('a', { token: `ann@${expiresAt}` });
    expect(peer.last('ready').expiresAt).toBe(expiresAt);
    await world.clock.advance(9_999);
    world.publish('m1');
    await world.settle();
    expect(peer.messageIds).toEqual(['m1']);
    await world.clock.advance(1);
    world.publish('m2');
    await world.settle();
    expect(peer.closeCode).toBe(4006);
    expect(peer.messageIds).toEqual(['m1']);
    expect(world.gateway.stats()).toMatchObject({ expired: 1, connections: 0 });
  });

  it('ends a replay in its middle', async () => {
    const { world, gate } = setting({ ringLengthMax: 2 });
    await world.publishTurns(1, 50);
    const peer = await world.subscriber('a', { token: `ann@${world.clock.now() + 1_000}` }, { from: { last: 40 } });
    await world.clock.advance(1_000);
    gate.release();
    await world.settle();
    expect(peer.closeCode).toBe(4006);
    expect(peer.messageIds).toEqual([]);
  });

  it('that has expired already is AUTH_FAILED', async () => {
    const { world } = setting();
    const peer = await world.ready({ token: `ann@${world.clock.now()}` });
    expect(peer.last('error').code).toBe('AUTH_FAILED');
    expect(peer.closeCode).toBe(4004);
  });

  it('is noticed by the next request when the clock has jumped past its timer', async () => {
    const policy = new LivePolicy();
    const world = new World({ policy });
    const peer = await world.ready({ token: `ann@${world.clock.now() + 60_000}` });
    const { now } = world.clock;
    world.clock.now = () => now.call(world.clock) + 3_600_000;
    peer.publish('a', 'm1');
    await world.settle();
    expect(peer.closeCode).toBe(4006);
    expect(world.gateway.stats().published).toBe(0);
  });
});

describe('refresh (§4.9)', () => {
  it('takes a new token of the same user, and the connection lives on', async () => {
    const { world } = setting();
    const start = world.clock.now();
    const peer = await world.subscriber('a', { token: `ann@${start + 10_000}` });
    const id = peer.request({ type: 'refresh', token: `ann@${start + 20_000}` });
    await world.settle();
    expect(peer.answer(id)).toEqual({ type: 'refreshed', id, expiresAt: start + 20_000 });
    await world.clock.advance(15_000);
    expect(peer.closeCode).toBeUndefined();
    await world.clock.advance(5_000);
    expect(peer.closeCode).toBe(4006);
  });

  it.each([
    ['of another user', 'bob'],
    ['that is no token', ''],
    ['that has expired', 'ann@1'],
  ])('with a token %s is AUTH_FAILED, and the old one stays', async (_what, token) => {
    const { world } = setting();
    const peer = await world.subscriber('a', { token: 'ann' });
    const id = peer.request({ type: 'refresh', token });
    await world.settle();
    expect(peer.answer(id)).toMatchObject({ type: 'error', code: 'AUTH_FAILED' });
    world.publish('m1');
    await world.settle();
    expect(peer.messageIds).toEqual(['m1']);
    expect(peer.closeCode).toBeUndefined();
  });

  it('while the policy fails is INTERNAL, and the old token stays', async () => {
    const { world, policy } = setting();
    const peer = await world.subscriber('a', { token: 'ann' });
    policy.failWith(new Error('no directory'));
    const id = peer.request({ type: 'refresh', token: 'ann' });
    await world.settle();
    expect(peer.answer(id)).toMatchObject({ code: 'INTERNAL' });
    expect(peer.closeCode).toBeUndefined();
  });
});

describe('access that is withdrawn (§9.8, I1)', () => {
  it('ends the subscription with denied within accessRecheckMs, and nothing else', async () => {
    const { world, policy } = setting();
    const peer = await world.ready({ token: 'ann' });
    for (const topic of ['a', 'b']) peer.subscribe(topic);
    await world.settle();
    policy.deny('subscribe', 'a');
    await world.clock.advance(500);
    for (const topic of ['a', 'b']) world.publish(`to-${topic}`, topic);
    await world.settle();
    expect(peer.last('unsubscribed')).toEqual({ type: 'unsubscribed', topic: 'a', reason: 'denied' });
    expect(peer.messageIds).toEqual(['to-b']);
    expect(world.gateway.stats()).toMatchObject({ revoked: 1, subscriptions: 1 });
  });

  it('ends a replay at its next piece, before the bound (I1)', async () => {
    const { world, policy, gate } = setting({ ringLengthMax: 2 });
    await world.publishTurns(1, 300);
    const peer = await world.subscriber('a', { token: 'ann' }, { from: { last: 299 } });
    gate.release();
    await world.settle();
    const given = peer.messageIds.length;
    expect(given).toBeGreaterThan(0);
    policy.deny('subscribe', 'a');
    gate.release();
    await world.settle();
    expect(peer.messageIds).toHaveLength(given);
    expect(peer.types.at(-1)).toBe('unsubscribed');
    expect(peer.last('unsubscribed').reason).toBe('denied');
  });

  it('ends an explicit replay, too', async () => {
    const { world, policy, gate } = setting();
    const peer = await world.subscriber('a', { token: 'ann' });
    await world.publishTurns(1, 20);
    const id = peer.request({ type: 'replay', topic: 'a', fromSeqNo: 0 });
    await world.settle();
    policy.deny('subscribe', 'a');
    gate.release();
    await world.settle();
    expect(peer.messageIds).toHaveLength(20);
    expect(peer.answer(id)).toMatchObject({ code: 'NOT_SUBSCRIBED' });
    const again = peer.request({ type: 'replay', topic: 'a', fromSeqNo: 0 });
    await world.settle();
    expect(peer.answer(again)).toMatchObject({ code: 'ACL_DENIED' });
  });

  it('while a subscription is opening refuses it', async () => {
    const policy = new LivePolicy();
    let gate: GatedBackbone | undefined;
    const around = (memory: MemoryBackbone) => (gate = new GatedBackbone(memory, 'subscribe'));
    const world = new World({ policy, around });
    const peer = await world.ready({ token: 'ann' });
    const id = peer.subscribe('a');
    await world.settle();
    policy.deny('subscribe', 'a');
    await world.clock.advance(500);
    gate?.release();
    await world.settle();
    expect(peer.answer(id)).toMatchObject({ code: 'ACL_DENIED' });
    world.publish('m1');
    await world.settle();
    expect(peer.messageIds).toEqual([]);
    expect(world.gateway.stats()).toMatchObject({ subscriptions: 0, subSockets: 0 });
  });

  it('ends the connection with 4007 when the token itself was revoked; others stay', async () => {
    const { world, policy } = setting();
    const ann = await world.subscriber('a', { token: 'ann' });
    const bob = await world.subscriber('a', { token: 'bob' });
    policy.revoke('ann');
    await world.clock.advance(500);
    world.publish('m1');
    await world.settle();
    expect(ann.closeCode).toBe(4007);
    expect(ann.messageIds).toEqual([]);
    expect(bob.messageIds).toEqual(['m1']);
  });

  it('ends presence with it', async () => {
    const { world, policy } = setting();
    const peer = await world.ready({ token: 'ann' });
    peer.request({ type: 'presence', topic: 'a', action: 'enter' });
    peer.request({ type: 'presence', topic: 'b', action: 'enter' });
    await world.settle();
    policy.deny('presence', 'a');
    await world.clock.advance(500);
    expect((await world.memory.snapshot('a.~presence')).entries).toHaveLength(0);
    expect((await world.memory.snapshot('b.~presence')).entries).toHaveLength(1);
    policy.revoke('ann');
    await world.clock.advance(500);
    expect((await world.memory.snapshot('b.~presence')).entries).toHaveLength(0);
    expect(world.gateway.stats().presences).toBe(0);
  });
});

describe('framesPerSecondMax (§8)', () => {
  it('refuses what is beyond it with RATE_LIMITED and says when to try again; a burst of two seconds passes', async () => {
    const world = new World({ limits: { framesPerSecondMax: 10 } });
    const peer = await world.ready();
    for (let at = 0; at < 30; at++) peer.publish('a', `m${at}`);
    await world.settle();
    const refused = peer.all('error');
    // One of the burst's twenty was the setup.
    expect(refused).toHaveLength(11);
    expect(refused[0]).toMatchObject({ code: 'RATE_LIMITED', retry: true, afterMs: 100, id: 20 });
    await world.clock.advance(1_000);
    for (let at = 30; at < 45; at++) peer.publish('a', `m${at}`);
    await world.settle();
    expect(peer.all('ack')).toHaveLength(29);
    expect(peer.closeCode).toBeUndefined();
    expect(world.gateway.stats()).toMatchObject({ rateLimited: 16, badFrames: 0 });
  });
});

describe('presence over a connection (§4.8)', () => {
  it('enters, is seen by a newcomer, and leaves with the connection that closes with 1000', async () => {
    const world = new World();
    const ann = await world.ready({ token: 'ann-token' });
    const id = ann.request({ type: 'presence', topic: 'room', action: 'enter', data: { mood: 'good' } });
    await world.settle();
    expect(ann.answer(id)).toMatchObject({ type: 'ack', status: 'ok', seqNo: 1 });
    const bob = await world.ready({ token: 'bob-token' });
    bob.subscribe('room.~presence', { mode: 'keyed', from: 'snapshot' });
    bob.subscribe('room.~occupancy', { mode: 'latest', from: 'snapshot' });
    await world.settle();
    const { sessionId } = ann.last('ready');
    const stateOf = (kind: string) => bob.all('snapshot').find(({ topic }) => topic === `room.~${kind}`);
    const [presence, occupancy] = [stateOf('presence'), stateOf('occupancy')];
    expect(presence?.entries).toMatchObject([
      { key: `ann/${sessionId}`, data: { user: 'ann', sessionId, data: { mood: 'good' } } },
    ]);
    expect(occupancy?.entries).toMatchObject([{ data: { users: 1, sessions: 1 } }]);
    ann.leave();
    await world.settle();
    expect(bob.all('message').map(({ topic, data }) => [topic, data])).toEqual([
      ['room.~presence', null],
      ['room.~occupancy', { users: 0, sessions: 0 }],
    ]);
    expect(world.gateway.stats().presences).toBe(0);
  });

  it('outlives a lost connection by its grace, and a resume within it is noticed by nobody', async () => {
    const world = new World({ limits: { heartbeatMs: 600_000 } });
    const watcher = await world.ready({ token: 'bob-token' });
    watcher.subscribe('room.~presence');
    const ann = await world.ready({ token: 'ann-token' });
    ann.request({ type: 'presence', topic: 'room', action: 'enter' });
    await world.settle();
    const { sessionId, resumeKey } = ann.last('ready');
    ann.leave(1006);
    await world.clock.advance(14_000);
    const back = await world.ready({ token: 'ann-token', resume: { sessionId, resumeKey, subscriptions: [] } });
    await world.clock.advance(5_000);
    expect(watcher.all('message')).toHaveLength(1);
    back.leave(1006);
    await world.clock.advance(15_000);
    expect(watcher.all('message')).toHaveLength(2);
    expect(watcher.last('message').data).toBeNull();
  });

  it.each(['publish', 'presence'] as const)('nobody can %s in a presence topic (I1)', async (type) => {
    const world = new World();
    const peer = await world.ready({ token: 'ann-token' });
    const topic = 'room.~presence';
    const id =
      type === 'publish' ? peer.publish(topic, 'forged') : peer.request({ type: 'presence', topic, action: 'enter' });
    await world.settle();
    expect(peer.answer(id)).toMatchObject({ code: 'ACL_DENIED' });
  });

  it('is refused without the grant, and without having entered', async () => {
    const { world, policy } = setting();
    const peer = await world.ready({ token: 'ann' });
    policy.deny('presence', 'a');
    const ids = [
      peer.request({ type: 'presence', topic: 'a', action: 'enter' }),
      peer.request({ type: 'presence', topic: 'b', action: 'update', data: 1 }),
      peer.request({ type: 'presence', topic: 'b', action: 'leave' }),
    ];
    await world.settle();
    expect(ids.map((id) => (peer.answer(id) as { code?: string }).code)).toEqual([
      'ACL_DENIED',
      'NOT_PRESENT',
      'NOT_PRESENT',
    ]);
  });
});
