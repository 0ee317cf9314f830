import { ProtocolError } from '@micro-socket/protocol';
import { describe, expect, it } from 'vitest';
import { StaticPolicy } from '../src/index.ts';
import { GatedBackbone } from './support/gated-backbone.ts';
import { World } from './support/world.ts';

/** A world whose backbone answers a subscribe when the test says so. */
function gatedWorld() {
  let gate: GatedBackbone | undefined;
  const world = new World({ around: (memory) => (gate = new GatedBackbone(memory, 'subscribe')) });
  return { world, gate: gate as unknown as GatedBackbone };
}

describe('subscribe (§4.2)', () => {
  it('to an empty topic begins at 0', async () => {
    const world = new World();
    const peer = await world.subscriber('a');
    expect(peer.last('subscribed')).toEqual({
      type: 'subscribed',
      id: 1,
      topic: 'a',
      alias: expect.any(Number),
      epoch: expect.any(String),
      seqNo: 0,
      recovered: 'none',
      headSeqNo: 0,
    });
  });

  it('tells the position of the head, and the first message follows it (I4)', async () => {
    const world = new World();
    for (const id of ['m1', 'm2', 'm3']) world.publish(id);
    const peer = await world.subscriber('a');
    const position = peer.last('subscribed');
    expect(position).toMatchObject({ seqNo: 3, messageId: 'm3' });
    expect(position.epoch).toBe((await world.memory.head('a')).epoch);
    world.publish('m4');
    await world.settle();
    expect(peer.all('message')).toEqual([
      { type: 'message', topic: 'a', seqNo: 4, prevSeqNo: 3, messageId: 'm4', time: world.clock.now(), data: 'm4' },
    ]);
  });

  it('in the middle of a turn starts after what has come in it, and nobody gets anything twice', async () => {
    const world = new World();
    const early = await world.subscriber('a');
    const late = await world.ready();
    late.subscribe('a');
    world.clock.soon(() => world.publish('m1'));
    await world.settle();
    world.publish('m2');
    await world.settle();
    const { seqNo } = late.last('subscribed');
    expect(early.messageIds).toEqual(['m1', 'm2']);
    expect(late.all('message')[0]?.prevSeqNo).toBe(seqNo);
    expect(late.last('message').messageId).toBe('m2');
  });

  it('waits for the backbone; what comes meanwhile is either before the position or delivered', async () => {
    const { world, gate } = gatedWorld();
    const peer = await world.subscriber('a');
    world.publish('m1');
    await world.settle();
    expect(peer.types).toEqual(['ready']);
    gate.release();
    await world.settle();
    world.publish('m2');
    await world.settle();
    const { seqNo } = peer.last('subscribed');
    const expected = ['m1', 'm2'].slice(seqNo);
    expect(peer.messageIds).toEqual(expected);
    expect(peer.all('message')[0]?.prevSeqNo).toBe(seqNo);
  });

  it('without the right to is ACL_DENIED: nothing is subscribed and no byte of the topic is sent (I1)', async () => {
    const policy = new StaticPolicy({ anonymous: { allow: [{ pattern: 'a', actions: ['publish'] }] } });
    const world = new World({ policy });
    const peer = await world.subscriber('a');
    world.publish('m1');
    await world.settle();
    expect(peer.types).toEqual(['ready', 'error']);
    expect(peer.last('error')).toMatchObject({ id: 1, code: 'ACL_DENIED', topic: 'a', retry: false });
    expect(world.gateway.stats()).toMatchObject({ subSockets: 0, subscriptions: 0, denied: 1 });
    expect(peer.closeCode).toBeUndefined();
  });

  it('twice is ALREADY_SUBSCRIBED, and the first one goes on', async () => {
    const world = new World();
    const peer = await world.subscriber('a');
    const again = peer.subscribe('a');
    world.publish('m1');
    await world.settle();
    expect(peer.answer(again)).toMatchObject({ code: 'ALREADY_SUBSCRIBED', topic: 'a' });
    expect(peer.messageIds).toEqual(['m1']);
  });

  it('beyond topicsPerConnectionMax is TOPIC_LIMIT; there is room again after an unsubscribe', async () => {
    const world = new World({ limits: { topicsPerConnectionMax: 2 } });
    const peer = await world.ready();
    peer.subscribe('a');
    peer.subscribe('b');
    const third = peer.subscribe('c');
    await world.settle();
    expect(peer.answer(third)).toMatchObject({ code: 'TOPIC_LIMIT', topic: 'c' });
    peer.unsubscribe('a');
    const again = peer.subscribe('c');
    await world.settle();
    expect(peer.answer(again)).toMatchObject({ type: 'subscribed', topic: 'c' });
    expect(world.gateway.stats()).toMatchObject({ subscriptions: 2, subSockets: 2 });
  });

  it('that the backbone refuses is answered with its error, and can be tried again', async () => {
    const { world, gate } = gatedWorld();
    const peer = await world.subscriber('a');
    gate.fail(new ProtocolError('OVERLOADED', 'Later.', { afterMs: 250 }));
    await world.settle();
    expect(peer.answer(1)).toMatchObject({ code: 'OVERLOADED', retry: true, afterMs: 250 });
    expect(world.gateway.stats()).toMatchObject({ subSockets: 0, subscriptions: 0 });
    const again = peer.subscribe('a');
    await world.settle();
    gate.release();
    await world.settle();
    expect(peer.answer(again)).toMatchObject({ type: 'subscribed' });
  });

  it('of several connections opens one subscription to the backbone, and closes it after the last (D4)', async () => {
    const { world, gate } = gatedWorld();
    const peers = [await world.subscriber('a'), await world.subscriber('a'), await world.subscriber('a')];
    expect(gate.openSubscriptions).toBe(1);
    gate.release();
    await world.settle();
    expect(world.gateway.stats()).toMatchObject({ subSockets: 1, subscriptions: 3 });
    peers[0]?.unsubscribe('a');
    peers[1]?.leave();
    await world.settle();
    expect(gate.openSubscriptions).toBe(1);
    peers[2]?.leave();
    await world.settle();
    expect(gate.openSubscriptions).toBe(0);
    expect(world.gateway.stats()).toMatchObject({ subSockets: 0, subscriptions: 0, connections: 1 });
  });

  it('is given up when the connection ends before the backbone answers', async () => {
    const { world, gate } = gatedWorld();
    const peer = await world.subscriber('a');
    peer.leave();
    await world.settle();
    gate.release();
    await world.settle();
    expect(gate.openSubscriptions).toBe(0);
    expect(world.gateway.stats()).toMatchObject({ subSockets: 0, subscriptions: 0, connections: 0 });
  });
});

describe('unsubscribe (§4.3)', () => {
  it('is answered with unsubscribed, and nothing comes after it', async () => {
    const world = new World();
    const peer = await world.subscriber('a');
    world.publish('m1');
    await world.settle();
    const id = peer.unsubscribe('a');
    world.publish('m2');
    await world.settle();
    world.publish('m3');
    await world.settle();
    expect(peer.answer(id)).toEqual({ type: 'unsubscribed', id, topic: 'a', reason: 'asked' });
    expect(peer.types.at(-1)).toBe('unsubscribed');
    expect(peer.messageIds).not.toContain('m3');
  });

  it('from a topic without a subscription is NOT_SUBSCRIBED', async () => {
    const world = new World();
    const peer = await world.subscriber('a');
    const ids = [peer.unsubscribe('b'), peer.unsubscribe('a'), peer.unsubscribe('a')];
    await world.settle();
    expect(ids.map((id) => peer.answer(id)?.type)).toEqual(['error', 'unsubscribed', 'error']);
    expect(peer.answer(ids[0] as number)).toMatchObject({ code: 'NOT_SUBSCRIBED', topic: 'b' });
  });

  it('while the subscription opens is answered after subscribed', async () => {
    const { world, gate } = gatedWorld();
    const peer = await world.subscriber('a');
    const id = peer.unsubscribe('a');
    await world.settle();
    gate.release();
    world.publish('m1');
    await world.settle();
    expect(peer.types).toEqual(['ready', 'subscribed', 'unsubscribed']);
    expect(peer.answer(id)).toMatchObject({ type: 'unsubscribed', reason: 'asked' });
    expect(world.gateway.stats()).toMatchObject({ subSockets: 0, subscriptions: 0 });
    expect(gate.openSubscriptions).toBe(0);
  });

  it('while the subscription opens is answered even if it cannot be opened', async () => {
    const { world, gate } = gatedWorld();
    const peer = await world.subscriber('a');
    const id = peer.unsubscribe('a');
    await world.settle();
    gate.fail(new ProtocolError('OVERLOADED', 'Later.'));
    await world.settle();
    expect(peer.answer(1)).toMatchObject({ code: 'OVERLOADED' });
    expect(peer.answer(id)).toBeDefined();
  });

  it('twice while the subscription opens answers both', async () => {
    const { world, gate } = gatedWorld();
    const peer = await world.subscriber('a');
    const ids = [peer.unsubscribe('a'), peer.unsubscribe('a')];
    await world.settle();
    gate.release();
    await world.settle();
    expect(ids.map((id) => peer.answer(id)?.type).toSorted()).toEqual(['error', 'unsubscribed']);
  });

  it('then subscribe again begins anew, with an alias that was never used (§5.5)', async () => {
    const world = new World();
    const peer = await world.ready({ encoding: 'msgpack' });
    const aliases = new Set<number>();
    for (let round = 0; round < 5; round++) {
      peer.subscribe('a');
      peer.subscribe('b');
      await world.settle();
      world.publish(`m${round}`);
      await world.settle();
      expect(peer.last('message')).toMatchObject({ messageId: `m${round}`, prevSeqNo: round });
      peer.unsubscribe('a');
      peer.unsubscribe('b');
      await world.settle();
    }
    for (const { alias } of peer.all('subscribed')) aliases.add(alias);
    expect(aliases.size).toBe(10);
  });

  it('in the turn of a subscribe to the same topic keeps their order', async () => {
    const world = new World();
    const peer = await world.subscriber('a');
    peer.unsubscribe('a');
    peer.subscribe('a');
    await world.settle();
    world.publish('m1');
    await world.settle();
    expect(peer.types).toEqual(['ready', 'subscribed', 'unsubscribed', 'subscribed', 'message']);
  });

  it('the alias is the same for every connection of the gateway (§5.5)', async () => {
    const world = new World();
    const one = await world.subscriber('a', { encoding: 'msgpack' });
    const two = await world.subscriber('a', { encoding: 'json' });
    expect(one.last('subscribed').alias).toBe(two.last('subscribed').alias);
  });
});

describe('requests of one connection take effect in the order in which they came (§4)', () => {
  it('subscribe, unsubscribe, subscribe in one go end in a subscription', async () => {
    const { world, gate } = gatedWorld();
    const peer = await world.ready();
    const ids = [peer.subscribe('a'), peer.unsubscribe('a'), peer.subscribe('a')];
    await world.settle();
    gate.release();
    await world.settle();
    expect(ids.map((id) => peer.answer(id)?.type)).toEqual(['subscribed', 'unsubscribed', 'subscribed']);
    world.publish('m1');
    await world.settle();
    expect(peer.messageIds).toEqual(['m1']);
    expect(world.gateway.stats().subscriptions).toBe(1);
  });

  it('a publish after a subscribe is delivered, however long the subscribe takes', async () => {
    const { world, gate } = gatedWorld();
    const peer = await world.ready();
    peer.subscribe('a');
    peer.publish('a', 'm1');
    peer.publish('a', 'm2');
    peer.publish('b', 'm3');
    await world.settle();
    // Another topic does not wait for it.
    expect(peer.all('ack')).toMatchObject([{ messageId: 'm3' }]);
    gate.release();
    await world.settle();
    expect(peer.all('ack')).toHaveLength(3);
    expect(peer.last('subscribed').seqNo).toBe(0);
    expect(peer.messageIds).toEqual(['m1', 'm2']);
    expect(peer.all('message').map(({ prevSeqNo }) => prevSeqNo)).toEqual([0, 1]);
  });

  it('a subscribe after publishes begins behind them, however long they take; so do reads', async () => {
    let gate: GatedBackbone | undefined;
    const world = new World({ around: (memory) => (gate = new GatedBackbone(memory, 'publish')) });
    const peer = await world.ready();
    peer.publish('a', 'm1');
    peer.publish('a', 'm2');
    peer.subscribe('a');
    peer.publish('a', 'm3');
    const read = peer.request({ type: 'read', topic: 'a', from: { last: 9 } });
    await world.settle();
    expect(peer.types).toEqual(['ready']);
    for (let turn = 0; turn < 4; turn++) {
      gate?.release();
      await world.settle();
    }
    expect(peer.last('subscribed')).toMatchObject({ seqNo: 2, messageId: 'm2', headSeqNo: 2 });
    expect(peer.messageIds).toEqual(['m3']);
    expect(peer.answer(read)).toMatchObject({ type: 'page' });
    expect(peer.last('page').entries.map(({ messageId }) => messageId)).toEqual(['m1', 'm2', 'm3']);
  });

  it('publishes that are refused hold up nothing behind them', async () => {
    let gate: GatedBackbone | undefined;
    const world = new World({ around: (memory) => (gate = new GatedBackbone(memory, 'publish')) });
    const peer = await world.ready();
    peer.publish('a', 'm1');
    peer.subscribe('a');
    await world.settle();
    gate?.fail(new ProtocolError('OVERLOADED', 'no'));
    await world.settle();
    expect(peer.types).toEqual(['ready', 'error', 'subscribed']);
  });

  it('a publish after a subscribe to a topic that others already read is delivered', async () => {
    const world = new World();
    const early = await world.subscriber('a');
    world.publish('m0');
    await world.settle();
    const peer = await world.ready();
    peer.subscribe('a');
    peer.publish('a', 'm1');
    await world.settle();
    expect(peer.last('subscribed')).toMatchObject({ seqNo: 1, messageId: 'm0' });
    expect(peer.messageIds).toEqual(['m1']);
    expect(early.messageIds).toEqual(['m0', 'm1']);
  });

  it('starts at the head when the ring has moved on while it was opening', async () => {
    const { world, gate } = gatedWorld();
    const peer = await world.ready();
    peer.subscribe('a');
    await world.settle();
    for (let n = 0; n < 2_000; n++) world.publish(`m${n}`);
    gate.release();
    await world.settle();
    const { seqNo } = peer.last('subscribed');
    world.publish('last');
    await world.settle();
    expect(peer.all('message')[0]?.prevSeqNo).toBe(seqNo);
    expect(peer.last('message').messageId).toBe('last');
  });

  it('leaves nothing behind when a subscription that is opening is given up again and again', async () => {
    const { world, gate } = gatedWorld();
    const peer = await world.ready();
    for (let n = 0; n < 50; n++) {
      peer.subscribe('a');
      peer.unsubscribe('a');
    }
    await world.settle();
    gate.release();
    await world.settle();
    expect(peer.all('subscribed')).toHaveLength(50);
    expect(peer.all('unsubscribed')).toHaveLength(50);
    expect(world.gateway.stats()).toMatchObject({ subscriptions: 0, subSockets: 0 });
  });

  it('again, while the first subscription to the topic is opening and was left, keeps their frames apart', async () => {
    const world = new World();
    const peer = await world.ready();
    peer.subscribe('a', { from: 'snapshot' });
    peer.unsubscribe('a');
    world.publish('m1');
    peer.subscribe('a', { from: { last: 5 } });
    world.publish('m2');
    await world.settle();
    expect(peer.types.filter((type) => type !== 'ready')).toEqual([
      'subscribed',
      'unsubscribed',
      'subscribed',
      'message',
      'message',
      'live',
    ]);
  });
});
