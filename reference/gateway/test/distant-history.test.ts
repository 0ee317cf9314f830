/** A backbone far away: its answers and its feed reach a gateway at different moments, and so does a new history. */

import { type Backbone, type EntryListener, MemoryBackbone, type TopicSubscription } from '@micro-socket/backbone';
import { messageChecksum } from '@micro-socket/protocol';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../transport/test/support/seeded-random.ts';
import { World } from './support/world.ts';

/** Holds back what the feed brings, and the answer to `subscribe`, until it is told to go on. */
class LateFeed implements Backbone {
  readonly durability = 'memory';
  readonly retentionMessagesMax: number;
  readonly dedupWindowMs: number;
  readonly problem = undefined;
  /** What answers; the feed stays with the one that it was opened at. */
  inner: Backbone;
  #held: (() => void)[] | undefined;

  constructor(inner: Backbone) {
    this.inner = inner;
    this.retentionMessagesMax = inner.retentionMessagesMax;
    this.dedupWindowMs = inner.dedupWindowMs;
  }

  hold(): void {
    this.#held ??= [];
  }

  /** Forgets what it holds, against its promise. */
  lose(): void {
    this.#held = undefined;
  }

  release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const action of held) action();
  }

  async subscribe(topic: string, listener: EntryListener): Promise<TopicSubscription> {
    const subscription = await this.inner.subscribe(topic, (entry) => this.#later(() => listener(entry)));
    await new Promise<void>((resolve) => this.#later(resolve));
    return subscription;
  }

  publish: Backbone['publish'] = (request) => this.inner.publish(request);
  read: Backbone['read'] = (topic, range) => this.inner.read(topic, range);
  snapshot: Backbone['snapshot'] = (topic) => this.inner.snapshot(topic);
  tail: Backbone['tail'] = (topic, count) => this.inner.tail(topic, count);
  head: Backbone['head'] = (topic) => this.inner.head(topic);
  anchor: Backbone['anchor'] = (topic, position) => this.inner.anchor(topic, position);
  close: Backbone['close'] = () => this.inner.close();

  #later(action: () => void): void {
    if (this.#held === undefined) action();
    else this.#held.push(action);
  }
}

function worldWithLateFeed() {
  let feed: LateFeed | undefined;
  const world = new World({
    limits: { headIntervalMs: 1_000, latencyObjectiveMs: 250 },
    around: (memory) => {
      feed = new LateFeed(memory);
      return feed;
    },
  });
  if (feed === undefined) throw new Error('The world has no backbone.');
  return { world, feed };
}

describe('a backbone that takes its time', () => {
  it('may be asked for a topic for longer than headIntervalMs: no head is told before it is known (§5.7)', async () => {
    const { world, feed } = worldWithLateFeed();
    feed.hold();
    const peer = await world.subscriber('a');
    await world.clock.advance(5_000);
    expect(peer.all('head')).toEqual([]);
    feed.release();
    await world.settle();
    expect(peer.last('subscribed')).toMatchObject({ recovered: 'none', seqNo: 0 });
    await world.clock.advance(5_000);
    expect(peer.last('head')).toMatchObject({ seqNo: 0 });
    expect(world.internalErrors).toEqual([]);
  });

  it.each(['json', 'msgpack'] as const)(
    'may tell a state that is ahead of its feed: the checksum is that of the state (§5.7, I7) (%s)',
    async (encoding) => {
      const { world, feed } = worldWithLateFeed();
      const first = await world.subscriber('a');
      await world.publishTurns(1, 2);
      feed.hold();
      await world.publishTurns(3, 4);
      const peer = await world.subscriber('a', { encoding }, { from: 'snapshot', checksum: true });
      expect(peer.last('subscribed')).toMatchObject({ recovered: 'snapshot', seqNo: 4 });
      feed.release();
      await world.publishTurns(5, 6);
      await world.clock.advance(3_000);
      const news = peer.all('message');
      expect(news.map(({ seqNo }) => seqNo)).toEqual([5, 6]);
      const { checksum = 0 } = peer.last('subscribed');
      const sum = news.reduce((total, message) => (total + messageChecksum(message as never)) >>> 0, checksum);
      expect(peer.last('head')).toMatchObject({ seqNo: 6, checksum: sum });
      expect(first.all('message')).toHaveLength(6);
    },
  );
});

describe('a backbone that has begun another history, of which the feed has brought nothing yet', () => {
  async function worldWithTwoHistories() {
    const { world, feed } = worldWithLateFeed();
    const member = await world.subscriber('a');
    await world.publishTurns(1, 3);
    const { clock, limits } = world;
    const next = new MemoryBackbone({ clock, random: seededRandom(2), limits });
    const sizeBytes = 100;
    await next.publish({ topic: 'a', publisher: 'p', messageId: 'n1', payload: 'n1', sizeBytes });
    feed.inner = next;
    return { world, member, next };
  }

  it('gives a new subscriber nothing of the old one under the name of the new one (I6, I7)', async () => {
    const { world, member, next } = await worldWithTwoHistories();
    const peer = await world.subscriber('a', {}, { from: 'snapshot' });
    const { epoch } = await next.head('a');
    expect(peer.last('subscribed')).toMatchObject({ epoch, recovered: 'snapshot', seqNo: 1 });
    expect(peer.all('message')).toEqual([]);
    expect(member.last('unsubscribed')).toMatchObject({ topic: 'a', reason: 'epoch' });
  });

  it('resumes a position of the new one in full, without a gap that there is not (I6)', async () => {
    const { world, next } = await worldWithTwoHistories();
    const position = await next.head('a');
    const { epoch, seqNo, messageId = '' } = position;
    const peer = await world.subscriber('a', {}, { from: { epoch, seqNo, messageId } });
    expect(peer.last('subscribed')).toMatchObject({ ...position, recovered: 'full' });
  });
});

describe('a feed that has left out messages', () => {
  it.each(['stream', 'latest', 'keyed', 'volatile'] as const)(
    'sends nobody a hole: a %s reader begins again, and is given what the history has (I4, I6)',
    async (mode) => {
      const { world, feed } = worldWithLateFeed();
      const peer = await world.subscriber('a', {}, { mode });
      await world.publishTurns(1, 2);
      feed.hold();
      await world.publishTurns(3, 4);
      feed.lose();
      await world.publishTurns(5, 5);
      expect(peer.last('unsubscribed')).toMatchObject({ topic: 'a', reason: 'failed' });
      expect(peer.all('message').map(({ seqNo }) => seqNo)).toEqual([1, 2]);
      const { epoch } = peer.last('subscribed');
      peer.subscribe('a', { mode, from: { epoch, seqNo: 2, messageId: 'm2' }, onGap: 'snapshot' });
      await world.settle();
      expect(peer.last('subscribed').recovered).toBe(mode === 'stream' ? 'full' : 'snapshot');
      if (mode === 'stream') expect(peer.all('message').map(({ seqNo }) => seqNo)).toEqual([1, 2, 3, 4, 5]);
    },
  );
});

describe('a topic that is late', () => {
  it('says so to whoever subscribes meanwhile, because a subscription begins as ok (§5.8, I5)', async () => {
    const { world, feed } = worldWithLateFeed();
    const first = await world.subscriber('a');
    feed.hold();
    await world.publishTurns(1, 3);
    await world.clock.advance(1_000);
    feed.release();
    while (first.all('health').length === 0) await world.clock.advance(100);
    expect(first.last('health')).toMatchObject({ state: 'late' });
    const second = await world.subscriber('a');
    const msgpack = await world.subscriber('a', { encoding: 'msgpack' });
    const expected = first.last('health').lagMs;
    expect(second.last('health')).toEqual({ type: 'health', topic: 'a', state: 'late', lagMs: expected });
    expect(msgpack.last('health')).toMatchObject({ alias: msgpack.last('subscribed').alias, lagMs: expected });
    await world.clock.advance(3_000);
    const third = await world.subscriber('a');
    expect(third.all('health')).toEqual([]);
    expect(second.last('health')).toMatchObject({ state: 'ok' });
  });

  it('is told to whoever was behind when it was said, as soon as it has caught up (§5.8, I5)', async () => {
    const { world, feed } = worldWithLateFeed();
    const first = await world.subscriber('a');
    const slow = await world.subscriber('a', { highWaterBytes: 200 });
    slow.pause();
    await world.publishTurns(1, 6);
    feed.hold();
    await world.publishTurns(7, 8);
    await world.clock.advance(1_000);
    feed.release();
    while (first.all('health').length === 0) await world.clock.advance(100);
    expect(slow.all('health')).toEqual([]);
    slow.resume();
    await world.settle();
    expect(slow.last('health')).toMatchObject({ state: 'late' });
    expect(slow.all('message').map(({ seqNo }) => seqNo)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });
});
