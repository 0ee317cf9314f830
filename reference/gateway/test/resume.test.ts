import { type Backbone, MemoryBackbone } from '@micro-socket/backbone';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../transport/test/support/seeded-random.ts';
import { GatedBackbone } from './support/gated-backbone.ts';
import type { Peer } from './support/peer.ts';
import { World } from './support/world.ts';

const ids = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, at) => `m${from + at}`);

/** The position of the last message that a peer got, as a client would keep it. */
function lastPosition(peer: Peer) {
  const { epoch } = peer.last('subscribed');
  const { seqNo, messageId } = peer.last('message');
  return { epoch, seqNo, messageId };
}

/** A peer that got m1…m10 and has gone, while m11…m20 were published. */
async function missed(world: World) {
  const gone = await world.subscriber('a', { token: 'ann-token' });
  await world.publishTurns(1, 10);
  const position = lastPosition(gone);
  const { sessionId, resumeKey } = gone.last('ready');
  gone.leave(1006);
  await world.settle();
  await world.publishTurns(11, 20);
  return { gone, position, sessionId, resumeKey };
}

describe.each([
  ['from the ring', {}],
  ['from the history', { ringLengthMax: 4 }],
])('a subscription from an anchored position, %s (§4.2, I6)', (_where, limits) => {
  it('gets everything after it, once and in order, then live, then what is new', async () => {
    const world = new World({ limits });
    const watcher = await world.subscriber('a');
    const { position } = await missed(world);
    const peer = await world.subscriber('a', {}, { from: position });
    expect(peer.last('subscribed')).toMatchObject({ ...position, recovered: 'full', headSeqNo: 20 });
    await world.publishTurns(21, 22);
    expect(peer.messageIds).toEqual(ids(11, 22));
    expect(peer.types.slice(1)).toEqual([
      'subscribed',
      ...Array<string>(10).fill('message'),
      'live',
      'message',
      'message',
    ]);
    expect(peer.last('live')).toEqual({ type: 'live', topic: 'a', seqNo: 20 });
    expect(watcher.messageIds).toEqual(ids(1, 22));
  });

  it('joins history and live without a hole while others publish', async () => {
    let gate: GatedBackbone | undefined;
    const around = (memory: MemoryBackbone) => (gate = new GatedBackbone(memory, 'read'));
    const world = new World({ limits: { ...limits, historyLengthMax: 10_000 }, around });
    const { position } = await missed(world);
    const peer = await world.subscriber('a', {}, { from: position });
    for (let at = 21; at <= 60; at++) {
      world.publish(`m${at}`);
      await world.settle();
      if (at % 3 === 0) gate?.release();
    }
    for (let round = 0; round < 40; round++) {
      gate?.release();
      await world.settle();
    }
    expect(peer.messageIds).toEqual(ids(11, 60));
  });

  it('keeps its place when it is slow in the middle of the replay', async () => {
    const world = new World({ limits });
    const { position } = await missed(world);
    const peer = await world.ready({ highWaterBytes: 200 });
    peer.pause();
    peer.subscribe('a', { from: position });
    await world.settle();
    await world.publishTurns(21, 40);
    peer.resume();
    await world.settle();
    expect(peer.messageIds).toEqual(ids(11, 40));
  });
});

describe('a position that is not anchored (§4.2, I6)', () => {
  async function setting() {
    const world = new World({ limits: { historyLengthMax: 15 } });
    const { position } = await missed(world);
    return { world, position };
  }

  const wrong = [
    ['another messageId at its seqNo', { messageId: 'other' }],
    ['another epoch', { epoch: 'elsewhere' }],
    ['no messageId', { messageId: undefined }],
    ['a seqNo that is not stored any more', { seqNo: 2, messageId: 'm2' }],
    ['a seqNo that is still to come', { seqNo: 21, messageId: 'm21' }],
    ['seqNo 0, when the first messages are gone', { seqNo: 0, messageId: undefined }],
  ] as const;

  it.each(wrong)('with %s is refused with POSITION_GONE where onGap is reject', async (_what, changes) => {
    const { world, position } = await setting();
    const { messageId, ...from } = { ...position, ...changes };
    const peer = await world.ready();
    const id = peer.subscribe('a', { from: messageId === undefined ? from : { ...from, messageId }, onGap: 'reject' });
    await world.settle();
    expect(peer.answer(id)).toMatchObject({ type: 'error', code: 'POSITION_GONE', topic: 'a', retry: false });
    world.publish('m21');
    await world.settle();
    expect(peer.messageIds).toEqual([]);
    expect(world.gateway.stats().subscriptions).toBe(0);
  });

  it.each(wrong)('with %s begins at the head with gap otherwise', async (_what, changes) => {
    const { world, position } = await setting();
    const { messageId, ...from } = { ...position, ...changes };
    const peer = await world.subscriber('a', {}, { from: messageId === undefined ? from : { ...from, messageId } });
    expect(peer.last('subscribed')).toMatchObject({ recovered: 'gap', seqNo: 20, messageId: 'm20', headSeqNo: 20 });
    await world.publishTurns(21, 21);
    expect(peer.messageIds).toEqual(['m21']);
    expect(world.gateway.stats().recoveredGap).toBe(1);
  });

  it('begins with a snapshot where onGap is snapshot', async () => {
    const { world, position } = await setting();
    const peer = await world.subscriber('a', {}, { from: { ...position, epoch: 'elsewhere' }, onGap: 'snapshot' });
    expect(peer.last('subscribed')).toMatchObject({ recovered: 'snapshot', seqNo: 20 });
    expect(peer.last('snapshot')).toMatchObject({ seqNo: 20, last: true, entries: [{ seqNo: 20, data: 'm20' }] });
  });

  it('is anchored at seqNo 0 while nothing has been given up', async () => {
    const world = new World();
    const early = await world.subscriber('a');
    const { epoch } = early.last('subscribed');
    await world.publishTurns(1, 3);
    const peer = await world.subscriber('a', {}, { from: { epoch, seqNo: 0 } });
    expect(peer.last('subscribed')).toMatchObject({ recovered: 'full', seqNo: 0, headSeqNo: 3 });
    expect(peer.messageIds).toEqual(ids(1, 3));
  });
});

describe('history that is given up during a replay (I4)', () => {
  it('is told with lagged, and names what is missing', async () => {
    let gate: GatedBackbone | undefined;
    const around = (memory: MemoryBackbone) => (gate = new GatedBackbone(memory, 'read'));
    const world = new World({ limits: { ringLengthMax: 2, historyLengthMax: 12 }, around });
    const { position } = await missed(world);
    const peer = await world.subscriber('a', {}, { from: position });
    expect(peer.last('subscribed').recovered).toBe('full');
    await world.publishTurns(21, 30);
    for (let round = 0; round < 5; round++) {
      gate?.release();
      await world.settle();
    }
    expect(peer.types.slice(-2)).toEqual(['lagged', 'unsubscribed']);
    expect(peer.last('lagged')).toMatchObject({ fromSeqNo: 10, toSeqNo: 30 });
    expect(peer.messageIds).toEqual([]);
  });

  it('that cannot be read at all ends the subscription with failed', async () => {
    let gate: GatedBackbone | undefined;
    const around = (memory: MemoryBackbone) => (gate = new GatedBackbone(memory, 'read'));
    const world = new World({ limits: { ringLengthMax: 2 }, around });
    const { position } = await missed(world);
    const peer = await world.subscriber('a', {}, { from: position });
    gate?.fail(new Error('the disk is gone'));
    await world.settle();
    expect(peer.last('unsubscribed')).toEqual({ type: 'unsubscribed', topic: 'a', reason: 'failed' });
    expect(world.internalErrors).toHaveLength(1);
    expect(world.gateway.stats()).toMatchObject({ subscriptions: 0, subSockets: 0 });
  });
});

describe('resuming a session (§4.7, I6)', () => {
  const from = (world: World, options: Awaited<ReturnType<typeof missed>>) => ({
    sessionId: options.sessionId,
    resumeKey: options.resumeKey,
    subscriptions: [{ topic: 'a', from: options.position }],
    world,
  });

  async function resumed(world: World, changes: object = {}, token = 'ann-token') {
    const { world: _, ...resume } = from(world, await missed(world));
    return world.ready({ token, resume: { ...resume, ...changes } });
  }

  it('inside setup takes one round trip: ready with the same session, and everything that was missed', async () => {
    const world = new World();
    const before = await missed(world);
    const { world: _, ...resume } = from(world, before);
    const peer = await world.ready({ token: 'ann-token', resume });
    expect(peer.last('ready').sessionId).toBe(before.sessionId);
    expect(peer.last('subscribed')).toMatchObject({ recovered: 'full', seqNo: 10 });
    expect(peer.messageIds).toEqual(ids(11, 20));
    expect(world.gateway.stats()).toMatchObject({ resumed: 1, recoveredFull: 1 });
  });

  it('after setup is answered with resumed, and then the subscriptions are', async () => {
    const world = new World();
    const { world: _, ...resume } = from(world, await missed(world));
    const peer = await world.ready({ token: 'ann-token' });
    const id = peer.request({ type: 'resume', ...resume });
    await world.settle();
    expect(peer.answer(id)).toMatchObject({ type: 'resumed', sessionId: resume.sessionId });
    expect(peer.types.slice(1, 3)).toEqual(['resumed', 'subscribed']);
    expect(peer.messageIds).toEqual(ids(11, 20));
  });

  it.each([
    ['another key', { resumeKey: 'loyw3v28.e386771872a4ab748b17c78a876173e81c1ae6ee' }, 'ann-token'],
    ['no key at all', { resumeKey: 'x' }, 'ann-token'],
    ['another session', { sessionId: 'abcdefghjkmnpqrstvwx' }, 'ann-token'],
    ['another user', {}, 'bob-token'],
  ])('with %s is refused, and the client may set up without it', async (_what, changes, token) => {
    const world = new World();
    const peer = await resumed(world, changes, token);
    expect(peer.types).toEqual(['error']);
    expect(peer.last('error').code).toBe('SESSION_INVALID');
    peer.send({ type: 'setup', protocol: 1, token });
    await world.settle();
    expect(peer.types).toEqual(['error', 'ready']);
    expect(world.gateway.stats()).toMatchObject({ resumed: 0, resumesRefused: 1 });
  });

  it('is refused when the session is older than sessionLifetimeMs', async () => {
    const world = new World({ limits: { sessionLifetimeMs: 60_000 } });
    const { world: _, ...resume } = from(world, await missed(world));
    await world.clock.advance(60_000);
    const peer = await world.ready({ token: 'ann-token', resume });
    expect(peer.last('error').code).toBe('SESSION_INVALID');
  });

  it('is served by any gateway with the same secret and backbone, and by no other', async () => {
    const sessionSecret = new Uint8Array(32).fill(7);
    const random = seededRandom(9);
    let shared: MemoryBackbone | undefined;
    const first = new World({ sessionSecret, around: (memory) => (shared = memory) });
    const before = await missed(first);
    const { world: _, ...resume } = from(first, before);
    const second = new World({ sessionSecret, around: () => shared as MemoryBackbone });
    const peer = await second.ready({ token: 'ann-token', resume });
    expect(peer.messageIds).toEqual(ids(11, 20));
    const secret = Uint8Array.from({ length: 32 }, () => random.uint32() & 0xff);
    const stranger = new World({ sessionSecret: secret, around: () => shared as MemoryBackbone });
    expect((await stranger.ready({ token: 'ann-token', resume })).last('error').code).toBe('SESSION_INVALID');
  });

  it('takes the session from a connection that is still open, which is closed with 4005 (§9.7)', async () => {
    const world = new World();
    const old = await world.subscriber('a', { token: 'ann-token' });
    const { sessionId, resumeKey } = old.last('ready');
    await world.publishTurns(1, 2);
    const resume = { sessionId, resumeKey, subscriptions: [{ topic: 'a', from: lastPosition(old) }] };
    const [one, two] = await Promise.all([
      world.ready({ token: 'ann-token', resume }),
      world.ready({ token: 'ann-token', resume }),
    ]);
    expect(old.closeCode).toBe(4005);
    expect([one.closeCode, two.closeCode].filter((code) => code === 4005)).toHaveLength(1);
    await world.publishTurns(3, 3);
    expect(old.messageIds).toEqual(['m1', 'm2']);
    const winner = one.closeCode === undefined ? one : two;
    expect(winner.messageIds).toEqual(['m3']);
    expect(world.gateway.stats()).toMatchObject({ connections: 1, subscriptions: 1, takenOver: 2 });
  });

  it('is asked for before the first subscribe, or refused with ALREADY_SUBSCRIBED', async () => {
    const world = new World();
    const { world: _, ...resume } = from(world, await missed(world));
    const peer = await world.subscriber('b', { token: 'ann-token' });
    const id = peer.request({ type: 'resume', ...resume });
    await world.settle();
    expect(peer.answer(id)).toMatchObject({ code: 'ALREADY_SUBSCRIBED' });
  });

  it('asks for access again, topic by topic (I1)', async () => {
    const world = new World();
    const { world: _, ...resume } = from(world, await missed(world));
    const subscriptions = [...resume.subscriptions, { topic: 'b.~presence.~presence' }];
    const peer = await world.ready({ token: 'ann-token', resume: { ...resume, subscriptions } });
    expect(peer.last('error')).toMatchObject({ code: 'ACL_DENIED', topic: 'b.~presence.~presence' });
    expect(peer.messageIds).toEqual(ids(11, 20));
  });
});

describe('a topic that begins another history', () => {
  it('ends its subscriptions with epoch, and their positions are gone', async () => {
    const world = new World();
    const other = new MemoryBackbone({ clock: world.clock, random: seededRandom(77), limits: world.limits });
    const around = (memory: MemoryBackbone): Backbone => ({
      durability: memory.durability,
      retentionMessagesMax: memory.retentionMessagesMax,
      dedupWindowMs: memory.dedupWindowMs,
      problem: memory.problem,
      publish: memory.publish.bind(memory),
      read: memory.read.bind(memory),
      head: other.head.bind(other),
      anchor: other.anchor.bind(other),
      snapshot: other.snapshot.bind(other),
      tail: other.tail.bind(other),
      close: memory.close.bind(memory),
      async subscribe(topic: string, listener: Parameters<MemoryBackbone['subscribe']>[1]) {
        const first = await memory.subscribe(topic, listener);
        await other.subscribe(topic, listener);
        return first;
      },
    });
    const broken = new World({ around });
    const peer = await broken.subscriber('a');
    await broken.publishTurns(1, 2);
    await other.publish({ topic: 'a', publisher: 'x', messageId: 'n1', payload: 1, sizeBytes: 300 });
    await broken.settle();
    expect(peer.messageIds).toEqual(['m1', 'm2']);
    expect(peer.last('unsubscribed')).toEqual({ type: 'unsubscribed', topic: 'a', reason: 'epoch' });
    expect(broken.gateway.stats()).toMatchObject({ subscriptions: 0, subSockets: 0 });
  });
});
