import { describe, expect, it } from 'vitest';
import type { Peer } from './support/peer.ts';
import { World, type WorldOptions } from './support/world.ts';

/** Publishes m{from}…m{to}, one turn each. */
async function publishTurns(world: World, from: number, to: number, topic = 'a', size = 20): Promise<void> {
  for (let at = from; at <= to; at++) {
    world.publish(`m${at}`, topic, 'x'.repeat(size));
    await world.settle();
  }
}

const ids = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, at) => `m${from + at}`);

/** Every message that came follows the one before it, from the position of the subscription on. */
function expectChain(peer: Peer): void {
  let last = peer.all('subscribed')[0]?.seqNo;
  for (const { seqNo, prevSeqNo } of peer.all('message')) {
    expect(prevSeqNo).toBe(last);
    last = seqNo;
  }
}

async function slowAndQuick(options: WorldOptions = {}) {
  const world = new World(options);
  const slow = await world.subscriber('a', { highWaterBytes: 300 });
  const quick = await world.subscriber('a', { highWaterBytes: 300 });
  return { world, slow, quick };
}

describe('a member that does not read (§9.2)', () => {
  it('is given nothing more when it is full, and everything in order when it reads again (I4)', async () => {
    const { world, slow } = await slowAndQuick();
    slow.pause();
    await publishTurns(world, 1, 100);
    const { writes, bufferedBytes } = slow.recording;
    expect(writes.length).toBeLessThan(10);
    expect(bufferedBytes).toBeLessThan(600);
    slow.resume();
    await world.settle();
    expect(slow.messageIds).toEqual(ids(1, 100));
    expectChain(slow);
    await publishTurns(world, 101, 105);
    expect(slow.messageIds).toEqual(ids(1, 105));
    expectChain(slow);
  });

  it('leaves the others untouched: each message in its own turn, one write each', async () => {
    const { world, slow, quick } = await slowAndQuick();
    slow.pause();
    for (let at = 1; at <= 100; at++) {
      await publishTurns(world, at, at);
      expect(quick.messageIds).toHaveLength(at);
      expect(quick.recording.writes).toHaveLength(at);
    }
    expectChain(quick);
  });

  it('keeps its requests: answers go out before the messages that wait', async () => {
    const { world, slow } = await slowAndQuick();
    slow.pause();
    await publishTurns(world, 1, 20);
    const id = slow.publish('b', 'own');
    await world.settle();
    slow.resume();
    await world.settle();
    expect(slow.answer(id)).toMatchObject({ type: 'ack' });
    expect(slow.messageIds).toEqual(ids(1, 20));
  });

  it('may subscribe while it is full: the chain starts at the position that it was told', async () => {
    const { world, slow } = await slowAndQuick();
    slow.pause();
    await publishTurns(world, 1, 20);
    slow.subscribe('b');
    await world.settle();
    await publishTurns(world, 1, 5, 'b');
    slow.resume();
    await world.settle();
    const b = slow.all('message').filter(({ topic }) => topic === 'b');
    expect(slow.last('subscribed')).toMatchObject({ topic: 'b', seqNo: 0 });
    expect(b.map(({ prevSeqNo }) => prevSeqNo)).toEqual([0, 1, 2, 3, 4]);
  });

  it('may unsubscribe and may leave while it is full', async () => {
    const { world, slow, quick } = await slowAndQuick();
    const gone = await world.subscriber('a', { highWaterBytes: 300 });
    slow.pause();
    gone.pause();
    await publishTurns(world, 1, 50);
    slow.unsubscribe('a');
    gone.leave();
    await publishTurns(world, 51, 60);
    slow.resume();
    await world.settle();
    expect(slow.types.at(-1)).toBe('unsubscribed');
    expect(slow.messageIds).toEqual(ids(1, slow.messageIds.length));
    expect(slow.messageIds.length).toBeLessThan(50);
    expect(quick.messageIds).toEqual(ids(1, 60));
    expect(world.gateway.stats()).toMatchObject({ subscriptions: 1, connections: 2 });
  });

  it('with several topics is served all of them in turn, none without an end', async () => {
    const world = new World();
    const slow = await world.ready({ highWaterBytes: 300 });
    for (const topic of ['a', 'b', 'c']) slow.subscribe(topic);
    await world.settle();
    slow.pause();
    for (const topic of ['a', 'b', 'c']) await publishTurns(world, 1, 60, topic);
    slow.resume();
    await world.settle();
    for (const topic of ['a', 'b', 'c']) {
      const own = slow.all('message').filter((message) => message.topic === topic);
      expect(own.map(({ messageId }) => messageId)).toEqual(ids(1, 60));
    }
  });

  it('that reads a little now and then gets everything in order', async () => {
    const { world, slow } = await slowAndQuick({ limits: { batchBytesMax: 400 } });
    for (let round = 0; round < 20; round++) {
      slow.pause();
      await publishTurns(world, round * 10 + 1, round * 10 + 10);
      slow.resume();
      await world.settle();
    }
    expect(slow.messageIds).toEqual(ids(1, 200));
    expectChain(slow);
  });
});

describe('a member that the ring has moved past (§4.2)', () => {
  it('is served from the history, everything in order, and is live again (I4)', async () => {
    const { world, slow, quick } = await slowAndQuick({ limits: { ringLengthMax: 10 } });
    slow.pause();
    await publishTurns(world, 1, 400);
    slow.resume();
    await world.settle();
    await publishTurns(world, 401, 405);
    expect(slow.messageIds).toEqual(ids(1, 405));
    expectChain(slow);
    expect(quick.messageIds).toEqual(ids(1, 405));
    expect(world.gateway.stats().replayedMessages).toBeGreaterThan(300);
  });

  it('is given no more than it reads while it is served from the history', async () => {
    const { world, slow } = await slowAndQuick({ limits: { ringLengthMax: 10 } });
    slow.pause();
    await publishTurns(world, 1, 400);
    for (let round = 0; round < 5; round++) {
      slow.resume();
      slow.pause();
      await world.settle();
      expect(slow.recording.bufferedBytes).toBeLessThan(700);
    }
    slow.resume();
    await world.settle();
    expect(slow.messageIds).toEqual(ids(1, 400));
  });
});

describe('a member that ring and history have moved past (§5.10)', () => {
  it('is told lagged and unsubscribed, with what is missing, and then nothing of the topic (D5)', async () => {
    const { world, slow, quick } = await slowAndQuick({ limits: { ringLengthMax: 10, historyLengthMax: 10 } });
    slow.pause();
    await publishTurns(world, 1, 40);
    slow.resume();
    await world.settle();
    await publishTurns(world, 41, 45);
    const given = slow.messageIds.length;
    expect(given).toBeLessThan(30);
    expectChain(slow);
    expect(slow.types.slice(-2)).toEqual(['lagged', 'unsubscribed']);
    expect(slow.last('lagged')).toEqual({
      type: 'lagged',
      topic: 'a',
      fromSeqNo: given,
      toSeqNo: 40,
      why: expect.any(String),
    });
    expect(slow.last('unsubscribed')).toEqual({ type: 'unsubscribed', topic: 'a', reason: 'lagged' });
    expect(quick.messageIds).toEqual(ids(1, 45));
    expect(world.gateway.stats()).toMatchObject({ lagged: 1, subscriptions: 1 });
  });

  it('may subscribe again, and begins at the head', async () => {
    const { world, slow } = await slowAndQuick({ limits: { ringLengthMax: 10, historyLengthMax: 10 } });
    slow.pause();
    await publishTurns(world, 1, 40);
    slow.resume();
    await world.settle();
    slow.subscribe('a');
    await world.settle();
    expect(slow.last('subscribed').seqNo).toBe(40);
    await publishTurns(world, 41, 42);
    expect(slow.messageIds.slice(-2)).toEqual(['m41', 'm42']);
    expect(slow.last('message').prevSeqNo).toBe(41);
  });

  it('keeps its other subscriptions', async () => {
    const world = new World({ limits: { ringLengthMax: 10, historyLengthMax: 10 } });
    const slow = await world.ready({ highWaterBytes: 300 });
    for (const topic of ['a', 'b']) slow.subscribe(topic);
    await world.settle();
    slow.pause();
    await publishTurns(world, 1, 40, 'a');
    await publishTurns(world, 1, 5, 'b');
    slow.resume();
    await world.settle();
    expect(slow.last('lagged').topic).toBe('a');
    expect(slow.all('message').filter(({ topic }) => topic === 'b')).toHaveLength(5);
  });

  it.each([
    [10, 'reaches the oldest message of the ring and is served', false],
    [11, 'is one message too late', true],
  ])('after %i messages more than it was given: %s', async (behind, _title, lagged) => {
    const { world, slow } = await slowAndQuick({ limits: { ringLengthMax: 10, historyLengthMax: 10 } });
    slow.pause();
    // Messages until the member is parked: what it was given stands in its buffer.
    let published = 0;
    for (let writes = -1; slow.recording.writes.length > writes; ) {
      writes = slow.recording.writes.length;
      published += 1;
      await publishTurns(world, published, published);
    }
    const given = published - 1;
    await publishTurns(world, published + 1, given + behind);
    slow.resume();
    await world.settle();
    expect(slow.all('lagged')).toHaveLength(lagged ? 1 : 0);
    expect(slow.messageIds).toEqual(lagged ? ids(1, given) : ids(1, given + behind));
  });
});

describe('ringBytesMax (§8)', () => {
  it('a member that would need more bytes than the ring keeps and the history has not is told lagged', async () => {
    const { world, slow, quick } = await slowAndQuick({ limits: { ringBytesMax: 5_000, historyLengthMax: 1 } });
    slow.pause();
    await publishTurns(world, 1, 100, 'a', 200);
    slow.resume();
    await world.settle();
    expect(slow.all('lagged')).toHaveLength(1);
    expect(slow.last('lagged')).toMatchObject({ fromSeqNo: slow.messageIds.length, toSeqNo: 100 });
    expect(quick.messageIds).toHaveLength(100);
  });

  it('bounds the ring also when every member is slow, so that nothing was written for it yet', async () => {
    const world = new World({ limits: { ringBytesMax: 5_000, historyLengthMax: 1 } });
    const slow = await world.subscriber('a', { highWaterBytes: 300 });
    slow.pause();
    await publishTurns(world, 1, 100, 'a', 200);
    slow.resume();
    await world.settle();
    // 100 messages of more than 200 bytes cannot all have been in a ring of 5 000 bytes.
    expect(slow.all('lagged')).toHaveLength(1);
  });

  it('one message larger than the ring is still delivered to those who keep up', async () => {
    const { world, quick } = await slowAndQuick({ limits: { ringBytesMax: 1_000 } });
    await publishTurns(world, 1, 3, 'a', 5_000);
    expect(quick.messageIds).toEqual(['m1', 'm2', 'm3']);
  });
});
