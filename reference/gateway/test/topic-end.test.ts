import type { SubscriptionMode } from '@micro-socket/protocol';
import { describe, expect, it } from 'vitest';
import { SourcedWorld } from './support/sourced-world.ts';

const WHY = 'The channel was deleted.';
const CLOSED = { type: 'unsubscribed', topic: 'a', reason: 'closed', why: WHY };
const ids = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, at) => `m${from + at}`);

describe('a topic that ends (§5.3)', () => {
  it('gives every subscriber what came before, in the same turn too, and then closed with the reason (I4)', async () => {
    const world = new SourcedWorld();
    const peers = [await world.subscriber('a'), await world.subscriber('a', { encoding: 'msgpack' })];
    const other = await world.subscriber('b');
    await world.publishTurns(1, 2);
    world.publish('m3');
    world.backbone.endTopic('a', WHY);
    await world.settle();
    for (const peer of peers) {
      expect(peer.messageIds).toEqual(ids(1, 3));
      expect(peer.frames.at(-1)).toEqual(CLOSED);
    }
    expect(other.all('unsubscribed')).toEqual([]);
    expect(world.gateway.stats()).toMatchObject({ subSockets: 1, subscriptions: 1 });
    expect(world.backbone.openFeeds).toBe(1);
  });

  it.each<SubscriptionMode>(['latest', 'keyed', 'volatile'])('ends a subscription of the mode %s', async (mode) => {
    const world = new SourcedWorld();
    const peer = await world.subscriber('a', {}, { mode });
    world.publish('m1');
    world.backbone.endTopic('a', WHY);
    await world.settle();
    expect(peer.messageIds).toEqual(['m1']);
    expect(peer.frames.at(-1)).toEqual(CLOSED);
  });

  it('does not keep one with a rate waiting for what is due to it later', async () => {
    const world = new SourcedWorld();
    const peer = await world.subscriber('a', {}, { mode: 'latest', maxRateHz: 1 });
    await world.publishTurns(1, 3);
    world.backbone.endTopic('a', WHY);
    await world.settle();
    expect(peer.messageIds).toEqual(['m1', 'm3']);
    expect(peer.frames.at(-1)).toEqual(CLOSED);
    expect(world.gateway.stats()).toMatchObject({ subSockets: 0 });
  });

  it('gives one with a rate that did not read the newest message, without waiting for its next delivery', async () => {
    const world = new SourcedWorld();
    const slow = await world.subscriber('a', { highWaterBytes: 300 }, { mode: 'latest', maxRateHz: 0.1 });
    slow.pause();
    world.publish('m1', 'a', 'x'.repeat(400));
    await world.settle();
    await world.publishTurns(2, 5);
    await world.clock.advance(10_000);
    world.publish('m6');
    world.backbone.endTopic('a', WHY);
    slow.resume();
    await world.settle();
    expect(slow.messageIds).toEqual(['m1', 'm6']);
    expect(slow.frames.at(-1)).toEqual(CLOSED);
  });

  it('lets one that does not read have everything first', async () => {
    const world = new SourcedWorld();
    const slow = await world.subscriber('a', { highWaterBytes: 300 });
    slow.pause();
    await world.publishTurns(1, 50);
    world.backbone.endTopic('a', WHY);
    await world.settle();
    expect(world.gateway.stats()).toMatchObject({ subscriptions: 1 });
    slow.resume();
    await world.settle();
    expect(slow.messageIds).toEqual(ids(1, 50));
    expect(slow.frames.at(-1)).toEqual(CLOSED);
    expect(world.gateway.stats()).toMatchObject({ subscriptions: 0, subSockets: 0 });
  });

  it('lets one that confirms have everything first', async () => {
    const world = new SourcedWorld();
    const peer = await world.subscriber('a', {}, { confirmWindow: 2 });
    await world.publishTurns(1, 3);
    world.backbone.endTopic('a', WHY);
    await world.settle();
    expect(peer.all('unsubscribed')).toEqual([]);
    peer.send({ type: 'confirm', topic: 'a', seqNo: 2 });
    await world.settle();
    expect(peer.messageIds).toEqual(ids(1, 3));
    expect(peer.frames.at(-1)).toEqual(CLOSED);
  });

  it.each<SubscriptionMode>(['stream', 'keyed'])(
    'tells one of the mode %s with lagged what nobody keeps for it any more, and then closed (I4)',
    async (mode) => {
      const world = new SourcedWorld({ limits: { ringLengthMax: 4 } });
      const slow = await world.subscriber('a', { highWaterBytes: 300 }, { mode });
      slow.pause();
      await world.publishTurns(1, 50);
      world.backbone.endTopic('a', WHY);
      await world.settle();
      slow.resume();
      await world.settle();
      const last = slow.all('message').at(-1)?.seqNo;
      expect(last).toBeLessThan(46);
      expect(slow.frames.slice(-2)).toEqual([
        { type: 'lagged', topic: 'a', fromSeqNo: last, toSeqNo: 50, why: expect.any(String) },
        CLOSED,
      ]);
      expect(world.internalErrors).toEqual([]);
      expect(world.gateway.stats()).toMatchObject({ subscriptions: 0, subSockets: 0, lagged: 1 });
    },
  );

  it('gives nothing of a topic of the same name that is there by the time a slow reader asks for its state', async () => {
    const world = new SourcedWorld({ limits: { ringLengthMax: 4 } });
    const { backbone } = world;
    const slow = await world.subscriber('a', { highWaterBytes: 300 }, { mode: 'keyed' });
    slow.pause();
    await world.publishTurns(1, 50);
    backbone.snapshot = async () => ({ head: { epoch: 'another', seqNo: 90, messageId: 'other' }, entries: [] });
    backbone.endTopic('a', WHY);
    slow.resume();
    await world.settle();
    expect(slow.all('snapshot')).toEqual([]);
    expect(slow.frames.slice(-2)).toMatchObject([{ type: 'lagged', toSeqNo: 50 }, CLOSED]);
    expect(world.gateway.stats()).toMatchObject({ subscriptions: 0, subSockets: 0 });
  });

  it('leaves no timer behind', async () => {
    const world = new SourcedWorld();
    const peer = await world.subscriber('a', {}, { mode: 'latest', maxRateHz: 1 });
    world.publish('m1');
    world.backbone.endTopic('a', WHY);
    await world.settle();
    peer.leave();
    await world.settle();
    expect(world.clock.timerCount).toBe(0);
  });

  it('can be subscribed to again when it is there again', async () => {
    const world = new SourcedWorld();
    const peer = await world.subscriber('a');
    world.backbone.endTopic('a', WHY);
    await world.settle();
    const refused = peer.subscribe('a');
    await world.settle();
    expect(peer.answer(refused)).toMatchObject({ type: 'error', code: 'NO_SUCH_TOPIC' });
    world.backbone.beginTopic('a');
    const accepted = peer.subscribe('a');
    await world.settle();
    world.publish('m1');
    await world.settle();
    expect(peer.answer(accepted)).toMatchObject({ type: 'subscribed' });
    expect(peer.messageIds).toEqual(['m1']);
  });
});

describe('a topic that is not there (NO_SUCH_TOPIC, §6)', () => {
  const missing = { type: 'error', code: 'NO_SUCH_TOPIC', topic: 'a', retry: false } as const;

  function world() {
    const made = new SourcedWorld();
    made.backbone.endTopic('a', WHY);
    return made;
  }

  it('refuses subscribe, publish and read, and the connection goes on', async () => {
    const sourced = world();
    const peer = await sourced.ready();
    const requests = [
      peer.subscribe('a'),
      peer.publish('a', 'm1'),
      peer.request({ type: 'read', topic: 'a', from: 'snapshot' }),
      peer.request({ type: 'read', topic: 'a', from: { last: 2 } }),
    ];
    await sourced.settle();
    for (const id of requests) expect(peer.answer(id)).toMatchObject({ ...missing, id });
    const id = peer.subscribe('b');
    await sourced.settle();
    expect(peer.answer(id)).toMatchObject({ type: 'subscribed' });
    expect(sourced.internalErrors).toEqual([]);
    expect(sourced.gateway.stats()).toMatchObject({ subSockets: 1, subscriptions: 1 });
  });

  it('refuses a topic of setup, and the others begin (§4.1)', async () => {
    const sourced = world();
    const peer = await sourced.ready({ topics: ['a', 'b'] });
    expect(peer.last('error')).toMatchObject(missing);
    expect(peer.last('error')).not.toHaveProperty('id');
    expect(peer.all('subscribed').map(({ topic }) => topic)).toEqual(['b']);
  });

  it('refuses a topic of a session that is resumed, and the others go on (§4.7, I6)', async () => {
    const sourced = new SourcedWorld();
    for (const topic of ['a', 'b']) sourced.publish(`${topic}1`, topic);
    const before = await sourced.ready({ topics: ['a', 'b'] });
    const { sessionId, resumeKey } = before.last('ready');
    const subscriptions = before.all('subscribed').map(({ topic, epoch, seqNo, messageId = '' }) => {
      return { topic, from: { epoch, seqNo, messageId } };
    });
    before.leave();
    sourced.backbone.endTopic('a', WHY);
    await sourced.settle();
    const peer = await sourced.ready();
    const id = peer.request({ type: 'resume', sessionId, resumeKey, subscriptions });
    await sourced.settle();
    expect(peer.answer(id)).toMatchObject({ type: 'resumed' });
    expect(peer.last('error')).toMatchObject(missing);
    expect(peer.all('subscribed')).toMatchObject([{ topic: 'b', recovered: 'full' }]);
  });

  it('refuses one that was opening when the topic ended', async () => {
    const sourced = new SourcedWorld();
    const { backbone } = sourced;
    const tail = backbone.tail.bind(backbone);
    backbone.tail = async (topic, count) => {
      const answer = await tail(topic, count);
      backbone.endTopic('a', WHY);
      return answer;
    };
    const peer = await sourced.ready();
    const id = peer.subscribe('a', { from: { last: 1 } });
    await sourced.settle();
    expect(peer.answer(id)).toMatchObject({ ...missing, id });
    expect(sourced.gateway.stats()).toMatchObject({ subSockets: 0, subscriptions: 0 });
  });
});
